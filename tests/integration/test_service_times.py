# SPDX-License-Identifier: Apache-2.0

"""Nova, with two of its functions timed for a benchmark."""

import os
import pathlib
import subprocess
import sys

HOOK = (pathlib.Path(__file__).parents[2] / 'benchmarks' / 'service_times')
CHECK = """
from nova.compute import resource_tracker
from nova_pci_ext import install
from nova_pci_ext.novaobj.hooks import Part
install.install(Part.COMPUTE, Part.LIBVIRT)
print(resource_tracker.ResourceTracker.instance_claim.__code__.co_filename)
"""


def test_nova_is_accepted_while_it_is_timed(tmp_path):
    ended = subprocess.run(
        [sys.executable, '-W', 'ignore', '-c', CHECK], text=True,
        capture_output=True, check=False,
        env={**os.environ, 'PYTHONPATH': str(HOOK),
             'NOVA_PCI_TIMES': str(tmp_path / 'times')})

    assert (ended.returncode, ended.stdout.strip()) == (
        0, str(HOOK / 'sitecustomize.py')), ended.stderr
