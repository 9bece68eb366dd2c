# SPDX-License-Identifier: Apache-2.0

"""The role of ``contrib/ansible`` on a scheduler and a compute of the cloud.

``systemctl`` is a command of ours (``tests/cloud/systemctl.py``), the rest is
as on any host: the files are those that the services read.
"""

import os
import sys

import pytest

from cloud import layout
from cloud import processes
from cloud import rest
from cloud import settings
from tests import ansible_role
from tests.cloud import agreement
from tests.cloud import choices
from tests.cloud.systemctl import UNITS

QUICK = ('tracker',)
FILTERS = settings.FILTERS.partition('=')[2].strip().split(',')


@pytest.fixture(scope='module')
def ansible(tmp_path_factory):
    return ansible_role.install(tmp_path_factory.mktemp('ansible'))


@pytest.fixture
def play(ansible, tmp_path, place, calls, choice):
    """Run the role on the host of a unit, in a cloud without us.

    Within the seconds that the role waits, a service that cannot run ends.
    """
    command = (f'/usr/bin/env PYTHONPATH={layout.ROOT} '
               f'NOVA_PCI_CLOUD={os.environ["NOVA_PCI_CLOUD"]} '
               f'{sys.executable} -m tests.cloud.systemctl')

    def run(unit, **more):
        return ansible_role.play(ansible, tmp_path, {
            'package': '', 'config_files': [str(conf(place, unit))],
            'parts': [unit.removeprefix('nova-')], 'services': [unit],
            'enabled_filters': FILTERS, 'patience': 40,
            'compute_driver': settings.driver(choice),
            'restart': f'{command} restart', 'alive': f'{command} is-active',
            **more}, limit_s=600)
    with choices.novas_classes(place, calls, choice):
        yield run


def conf(place, unit):
    """Return the file that a unit reads."""
    if unit == 'nova-compute':
        return settings.compute_settings(place, 'igb-1')
    return place.etc / 'nova' / settings.NOVA


def is_up(scene, unit):
    """Whether Nova says that a service is there."""
    host = '&host=igb-1' if unit == 'nova-compute' else ''
    return all(each['state'] == 'up' for each in scene.calls.compute(
        'GET', f'/os-services?binary={unit}{host}')['services'])


def boot(scene):
    """Boot and delete a server of the host whose compute is changed."""
    server = scene.boot(scene.flavor('nvme:2'), host='igb-1')
    assert server['status'] == 'ACTIVE', server.get('fault')
    scene.delete([server['id']])


def test_the_role_brings_us_to_scheduler_and_compute_and_takes_us_away(
        scene, records, place, play):
    before = {unit: conf(place, unit).read_text() for unit in UNITS}
    server = scene.boot(scene.flavor('nvme:1'), host='igb-1')
    for unit in UNITS:
        log = place.logs / f'{UNITS[unit]}.log'
        since = log.stat().st_size
        status, said = play(unit)
        assert status == 0, said
        assert conf(place, unit).read_text().startswith(before[unit])
        rest.wait_until(unit, lambda: is_up(scene, unit))  # noqa: B023
        agreement.assert_agreement(records)
        boot(scene)
        assert b'nova_pci_ext' in log.read_bytes()[since:]
        pid = processes.find_pid(place, UNITS[unit])
        status, said = play(unit)
        assert (status, processes.find_pid(place, UNITS[unit])) == (0, pid)
    for unit in UNITS:
        status, said = play(unit, state='absent')
        assert status == 0, said
        assert conf(place, unit).read_text() == before[unit]
        rest.wait_until(unit, lambda: is_up(scene, unit))  # noqa: B023
        agreement.assert_agreement(records)
        boot(scene)
    assert scene.server(server['id'])['status'] == 'ACTIVE'


def test_a_fault_is_found_before_a_service_is_restarted(
        scene, records, place, play):
    before = conf(place, 'nova-compute').read_text()
    pid = processes.find_pid(place, UNITS['nova-compute'])
    status, said = play('nova-compute', device_spec=[
        {'vendor_id': '8086', 'adress': '*'}])
    assert status != 0
    assert "did you mean 'address'" in said.replace('\\', '')
    assert conf(place, 'nova-compute').read_text() == before
    assert processes.find_pid(place, UNITS['nova-compute']) == pid


def test_a_compute_that_ends_is_started_with_the_configuration_of_before(
        scene, records, place, play):
    """There is no libvirtd on the host of this cloud."""
    before = conf(place, 'nova-compute').read_text()
    pid = processes.find_pid(place, UNITS['nova-compute'])
    status, said = play('nova-compute', compute_driver=settings.LIBVIRT)
    assert status != 0
    assert 'The configuration of before is in place.' in said
    assert conf(place, 'nova-compute').read_text() == before
    again = processes.find_pid(place, UNITS['nova-compute'])
    assert again not in {pid, None}
    rest.wait_until('igb-1', lambda: is_up(scene, 'nova-compute'))
    boot(scene)
