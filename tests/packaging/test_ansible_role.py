# SPDX-License-Identifier: Apache-2.0

"""The role of ``contrib/ansible`` on a host of this machine's folders.

The services are a script that writes down its restarts; what is checked is
checked by the installed commands.
"""

import json
import pathlib
import sys

import pytest

from tests import ansible_role

pytestmark = pytest.mark.nova

BEFORE = """\
[DEFAULT]
compute_driver = libvirt.LibvirtDriver
[filter_scheduler]
enabled_filters = ComputeFilter,PciPassthroughFilter
"""
BLOCK = '# BEGIN nova-pci-ext, by Ansible\n'
PARTS = ['scheduler', 'compute', 'api']
SPEC = {'vendor_id': '8086', 'product_id': '1520',
        'physical_network': 'physnet1'}
ALIAS = {'name': 'a1', 'vendor_id': '8086', 'product_id': '1520'}


@pytest.fixture(scope='module')
def ansible(tmp_path_factory):
    """The program of a virtual environment of its own."""
    return ansible_role.install(tmp_path_factory.mktemp('ansible'))


class Host:
    """A host that is a folder."""

    def __init__(self, folder, ansible):
        self._folder, self._ansible = folder, ansible
        self.conf = folder / 'nova.conf'
        self.conf.write_text(BEFORE)
        self._restarts = folder / 'restarts'
        self._restarts.write_text('')

    def play(self, **more):
        """Run the role; return the status and what was printed."""
        return ansible_role.play(self._ansible, self._folder, {
            'package': '', 'config_files': [str(self.conf)], 'parts': PARTS,
            'device_spec': [SPEC], 'alias': [ALIAS], 'patience': 0,
            'restart': f'{sys.executable} -c "import sys; '
                       f'open({str(self._restarts)!r}, {"a"!r}).write('
                       f'sys.argv[1] + chr(32))"',
            'alive': '/bin/true', **more})

    def restarts(self):
        return self._restarts.read_text().split()


@pytest.fixture
def host(tmp_path, ansible):
    return Host(tmp_path, ansible)


def test_the_options_are_written_once_checked_and_taken_away(host):
    status, said = host.play(options={'search_steps': 5000})
    assert status == 0, said
    text = host.conf.read_text()
    assert text.startswith(BEFORE + BLOCK)
    assert 'compute_driver = pci_ext.LibvirtDriver\n' in text
    assert f'alias = {json.dumps(ALIAS)}\n' in text
    assert '[pci_ext]\nsearch_steps = 5000\n' in text
    services = [f'nova-{part}' for part in PARTS]
    assert host.restarts() == services

    status, said = host.play(options={'search_steps': 5000})
    assert (status, host.restarts()) == (0, services), said
    assert 'changed=0' in said

    status, said = host.play(state='absent')
    assert (status, host.conf.read_text()) == (0, BEFORE), said
    assert host.restarts() == services * 2


@pytest.mark.parametrize(('more', 'words'), [
    ({'device_spec': [{**SPEC, 'vendor_id': '80'}]},
     'vendor_id'),
    ({'compute_driver': 'pci_ext.LibvritDriver'},
     'LibvritDriver')])
def test_a_fault_is_said_and_nothing_is_changed(host, more, words):
    status, said = host.play(**more)
    assert status != 0
    assert words in said
    assert 'The configuration of before is in place.' in said
    assert host.conf.read_text() == BEFORE
    assert host.restarts() == []
    assert list(host.conf.parent.glob('*.before')) == []


def test_a_service_that_dies_gets_its_configuration_back(host):
    broken = pathlib.Path(host.conf.parent / 'alive')
    broken.write_text(f'#!/bin/sh\n! grep -q pci_ext {host.conf}\n')
    broken.chmod(0o755)
    status, said = host.play(alive=str(broken),
                             services=['nova-compute'])
    assert status != 0
    assert 'The configuration of before is in place.' in said
    assert host.conf.read_text() == BEFORE
    assert host.restarts() == ['nova-compute'] * 2


def test_another_part_is_refused(host):
    status, said = host.play(parts=['conductor'])
    assert status != 0
    assert 'a list of scheduler, compute and api' in said
    assert host.conf.read_text() == BEFORE
