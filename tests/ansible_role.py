# SPDX-License-Identifier: Apache-2.0

"""Runs the role of ``contrib/ansible`` on this machine."""

import json
import subprocess
import sys

from tests import distribution

ROLES = distribution.ROOT / 'contrib' / 'ansible' / 'roles'


def install(folder):
    """Make a virtual environment with Ansible; return its program."""
    distribution.run(sys.executable, '-m', 'venv', str(folder))
    distribution.run(str(folder / 'bin' / 'pip'), 'install', '--quiet',
                     'ansible-core>=2.14', limit_s=900)
    return folder / 'bin' / 'ansible-playbook'


def play(program, folder, variables, limit_s=300):
    """Run the role; return the status and what was printed.

    :param folder: for the play, and as home
    :param variables: of the role, without ``nova_pci_ext_``
    """
    (folder / 'play.yml').write_text(json.dumps([{
        'hosts': 'localhost', 'gather_facts': False, 'roles': [{
            'role': 'nova_pci_ext', 'nova_pci_ext_virtualenv': sys.prefix,
            **{f'nova_pci_ext_{name}': value
               for name, value in variables.items()}}]}]))
    done = subprocess.run(
        [program, '-i', 'localhost,', '-c', 'local', folder / 'play.yml'],
        capture_output=True, text=True, timeout=limit_s, check=False,
        cwd=folder, env={
            'PATH': '/usr/bin:/bin', 'HOME': str(folder),
            'LC_ALL': 'C.UTF-8', 'ANSIBLE_ROLES_PATH': str(ROLES),
            'ANSIBLE_PYTHON_INTERPRETER': sys.executable})
    return done.returncode, done.stdout + done.stderr
