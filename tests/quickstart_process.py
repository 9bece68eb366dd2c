# SPDX-License-Identifier: Apache-2.0

"""``nova-pci quickstart --keep`` as a process that a test talks to."""

import contextlib
import os
import pathlib
import re
import signal
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[1]
TIMEOUT_S = 180
_COMMAND = """
import sys
from nova_pci_ext.quickstart import threads
threads.use_threads()
from nova_pci_ext.quickstart import settings
settings._OVERRIDES += sys.argv.pop(1)
from nova_pci_ext.cli import main
sys.exit(main.main(sys.argv[1:]))
"""


@contextlib.contextmanager
def kept_running(folder, *arguments, options=''):
    """Yield (process, its lines so far) once everything is served.

    :param folder: where its temporary folder with ``nova.log`` will be
    :param options: lines of nova.conf beside those that it takes over
    """
    process = subprocess.Popen(
        [sys.executable, '-c', _COMMAND, options, 'quickstart', '--keep',
         *map(str, arguments)],
        cwd=ROOT, env={**os.environ, 'TMPDIR': str(folder)},
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    lines = []
    for line in process.stderr:
        lines.append(line)
        if 'openstack server list' in line:
            break
    try:
        yield process, ''.join(lines)
    finally:
        process.kill()
        process.communicate()


def interrupt(process):
    """End it as Ctrl-C does; return its exit status."""
    process.send_signal(signal.SIGINT)
    return process.wait(timeout=TIMEOUT_S)


def client(text, command, timeout_s=TIMEOUT_S):
    """Run one printed command line with the printed environment."""
    exports = re.findall(r'(OS_[A-Z_]+)=(\S+)', text)
    # The clients are beside this interpreter, or wherever pytest is.
    where = os.pathsep.join([
        str(pathlib.Path(sys.executable).parent),
        *(str(pathlib.Path(path).parents[2] / 'bin') for path in sys.path
          if path.endswith('site-packages')), os.environ['PATH']])
    return subprocess.run(
        ['sh', '-c', command], capture_output=True, text=True,
        env={**os.environ, **dict(exports), 'PATH': where}, timeout=timeout_s)
