# SPDX-License-Identifier: Apache-2.0

"""``make test-distributions``: both commands of README, on each distribution.

Each distribution is a folder below ``/var/tmp``. What is mounted there, and
every process, is in namespaces that end with the run; then the folder is
removed. Needs root and mmdebstrap; no file of this clone is written but the
logs in ``.distributions``.
"""

import argparse
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from tests.distributions import systems

ROOT = pathlib.Path(__file__).resolve().parents[2]
LOGS = ROOT / '.distributions'
#: With a space, as a home of a person may have.
PLACE = f'/home/{systems.USER}/my clones/nova pci ext'
COMMANDS = ('make quickstart', 'make test')
NAMESPACES = ('unshare', '--mount', '--pid', '--fork', '--kill-child',
              '--propagation', 'private', '--')
#: What the user's shell has, besides what says how a registry is reached.
ENVIRONMENT = {'HOME': f'/home/{systems.USER}', 'USER': systems.USER,
               'LANG': 'C.UTF-8', 'PATH': '/usr/bin:/bin'}
PASSED_ON = ('PIP_CERT', 'PIP_DEFAULT_TIMEOUT', 'PIP_INDEX_URL')
#: What says how far a command came.
TOLD = re.compile(r'^(== .*|\w+: \d+ s|=* ?\d+ (passed|failed).*)$')
#: The mounts that Python and the tests look for.
MOUNTS = (('proc', 'proc', 'proc', ''), ('sysfs', 'sys', 'sysfs', 'ro'),
          ('tmpfs', 'tmp', 'tmpfs', 'mode=1777'))


def main() -> int:
    """Run all or the named distributions; returns the exit status."""
    parser = argparse.ArgumentParser(prog='python -m tests.distributions')
    parser.add_argument('suites', nargs='*', default=[*systems.SYSTEMS],
                        metavar='SUITE', help=', '.join(systems.SYSTEMS))
    parser.add_argument('--command', action='append', dest='commands',
                        help='instead of both commands; may be repeated')
    parser.add_argument('--inside', help=argparse.SUPPRESS)
    given = parser.parse_args()
    if unknown := sorted({*given.suites} - {*systems.SYSTEMS}):
        parser.error(f'unknown distribution {", ".join(unknown)}; there are '
                     f'{", ".join(systems.SYSTEMS)}')
    commands = given.commands or COMMANDS
    if given.inside:
        return inside(given.suites[0], pathlib.Path(given.inside), commands)
    if os.geteuid() or not shutil.which('mmdebstrap'):
        print('test-distributions: needs root and mmdebstrap (apt-get '
              'install mmdebstrap)', file=sys.stderr)
        return 2
    # An end by a signal removes the folder too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    statuses = [outside(suite, commands) for suite in given.suites]
    print(f'{statuses.count(0)} passed, '
          f'{len(statuses) - statuses.count(0)} failed')
    return int(any(statuses))


def outside(suite: str, commands: list[str]) -> int:
    """Run one distribution in namespaces of its own, and remove it."""
    folder = pathlib.Path(tempfile.mkdtemp(
        prefix=f'nova-pci-{suite}-', dir='/var/tmp'))
    # mmdebstrap's own user has to reach it.
    folder.chmod(0o755)
    more = [word for each in commands for word in ('--command', each)]
    try:
        process = subprocess.Popen(
            [*NAMESPACES, sys.executable, '-m', 'tests.distributions', suite,
             '--inside', str(folder), *more], cwd=ROOT)
        try:
            return process.wait()
        except BaseException:
            process.kill()
            process.wait()
            raise
    finally:
        shutil.rmtree(folder)


def inside(suite: str, folder: pathlib.Path, commands: list[str]) -> int:
    """Make one distribution and run the commands in it as its user."""
    system, root = systems.SYSTEMS[suite], folder / 'root'
    begin = time.monotonic()

    def say(text: str) -> None:
        print(f'{system.name}: {time.monotonic() - begin:6.0f} s  {text}',
              flush=True)
    (folder / 'keys').mkdir()
    try:
        systems.make(suite, root, folder / 'keys')
        mount(root)
        systems.clone(ROOT, root, PLACE)
        python = as_user(root, 'python3 --version').strip()
    except (OSError, systems.UnreadableError,
            subprocess.CalledProcessError) as exc:
        say(f'FAILED to make it: {exc}')
        return 1
    say(f'is made, with {python}')
    LOGS.mkdir(exist_ok=True)
    with (LOGS / f'{suite}.log').open('w') as log:
        for command in commands:
            say(command)
            if status := follow(root, command, log, say):
                say(f'FAILED: {command}: status {status}, {log.name} has '
                    'what it printed')
                return 1
    say('done')
    return 0


def mount(root: pathlib.Path) -> None:
    """Mount what a process looks for, seen from this namespace alone."""
    for source, target, kind, options in MOUNTS:
        subprocess.run(['mount', '-t', kind, *(['-o', options] * bool(
            options)), source, str(root / target)], check=True)
    subprocess.run(['mount', '--rbind', '/dev', str(root / 'dev')],
                   check=True)


def user_command(root: pathlib.Path, command: str) -> list[str]:
    """Return what runs a line of shell as the user, in the clone."""
    passed = {name: os.environ[name] for name in PASSED_ON
              if name in os.environ}
    return ['chroot', f'--userspec={systems.UID}:{systems.UID}', '--groups=',
            str(root), '/usr/bin/env', '-i', *(
                f'{name}={value}' for name, value in {
                    **ENVIRONMENT, **passed}.items()),
            'sh', '-c', f"cd '{PLACE}' && {command}"]


def as_user(root: pathlib.Path, command: str) -> str:
    """Return what a command prints."""
    return subprocess.run(user_command(root, command), check=True, text=True,
                          capture_output=True).stdout


def follow(root: pathlib.Path, command: str, log, say) -> int:
    """Run a command, log what it prints, tell the main lines of it."""
    with subprocess.Popen(
            user_command(root, command), text=True, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            errors='replace') as process:
        assert process.stdout is not None
        for line in process.stdout:
            log.write(line)
            log.flush()
            if TOLD.match(line):
                say(line.strip(' =\n'))
    return process.returncode


if __name__ == '__main__':
    sys.exit(main())
