# SPDX-License-Identifier: Apache-2.0

"""What ``nova-pci explain`` says of a cloud is what its scheduler then does.

``explained_cloud`` asks about flavors in an embedded Nova, and then boots each
until no host takes another.
"""

import json
import pathlib
import subprocess
import sys

import pytest

pytestmark = [pytest.mark.nova, pytest.mark.slow]

ROOT = pathlib.Path(__file__).parents[3]
NOVA_CONF = ROOT / 'etc' / 'nova_pci_ext' / 'quickstart' / 'nova.conf'
# Devices with a physical network are not in Placement, in Nova too.
PLACEMENT_CONF = """\
[pci]
report_in_placement = True
device_spec = {"vendor_id":"10de", "product_id":"1db6"}
device_spec = {"vendor_id":"8086", "product_id":"1520"}
alias = {"vendor_id":"10de", "product_id":"1db6", "device_type":"type-PCI", "name":"v100"}
alias = {"vendor_id":"8086", "product_id":"1520", "device_type":"type-VF", "name":"a1"}
[filter_scheduler]
pci_in_placement = True
available_filters = nova.scheduler.filters.all_filters
available_filters = nova_pci_ext.scheduler.filters.PciPassthroughFilter
enabled_filters = ComputeFilter,NUMATopologyFilter,PciPassthroughFilter
"""  # noqa: E501
NEAR = 'a1:3;hw:numa_nodes=1;hw:pci_numa_affinity_policy=required'


def tell(nova_conf, *flavors):
    done = subprocess.run(
        [sys.executable, '-m', 'tests.integration.explaining.explained_cloud',
         nova_conf, *flavors], cwd=ROOT,
        capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


@pytest.fixture(scope='module')
def told():
    return tell(NOVA_CONF, 'pairs=a1:2', f'near={NEAR}')


@pytest.fixture(scope='module')
def told_with_placement(tmp_path_factory):
    path = tmp_path_factory.mktemp('placement') / 'nova.conf'
    path.write_text(PLACEMENT_CONF)
    return tell(path, 'gpus=v100:2', 'both=a1:1,v100:1')


@pytest.mark.parametrize(('flavor', 'servers'), [
    ('pairs', {'gpu-host': 1, 'plain-host': 4}),
    ('near', {'gpu-host': 1, 'plain-host': 2})])
def test_capacity_is_what_scheduling_places(told, flavor, servers):
    assert told[flavor]['said'] == told[flavor]['placed'] == servers
    assert told[flavor]['said_after'] == {}


@pytest.mark.parametrize(('flavor', 'servers'), [
    ('gpus', {'gpu-host': 2}), ('both', {'gpu-host': 3})])
def test_capacity_with_placement_is_what_scheduling_places(
        told_with_placement, flavor, servers):
    found = told_with_placement[flavor]
    assert found['said'] == found['placed'] == servers
    assert found['said_after'] == {}


@pytest.mark.parametrize('flavor', ['pairs', 'near'])
def test_a_count_of_all_flavors_is_what_scheduling_places(told, flavor):
    """Servers, and then those that run, of which no more fit."""
    placed = sum(told[flavor]['placed'].values())
    assert told[flavor]['counted'] == [[placed, 0, None], [0, placed, 0]]


@pytest.mark.parametrize('flavor', ['gpus', 'both'])
def test_a_count_with_placement_is_what_scheduling_places(
        told_with_placement, flavor):
    placed = sum(told_with_placement[flavor]['placed'].values())
    assert told_with_placement[flavor]['counted'] == [
        [placed, 0, None], [0, placed, 0]]


def test_hosts_that_refuse_say_why(told, told_with_placement):
    assert told['pairs']['reasons'] == {
        'igb-host': ['not possible on this host', 'other vendor or product']}
    assert told_with_placement['gpus']['reasons'] == {
        'igb-host': ['not possible on this host', 'no free PCI device'],
        'plain-host': ['not possible on this host', 'other vendor or product']}


@pytest.mark.parametrize(('physnet', 'host', 'servers'), [
    ('physnet1', 'plain-host', 8), ('physnet2', 'igb-host', 14)])
def test_a_port_of_the_cloud_is_read_by_nova(told, physnet, host, servers):
    assert told[physnet]['said'] == {host: servers}
    assert set(map(tuple, told[physnet]['reasons'].values())) == {
        ('not possible on this host', 'other physical network')}


@pytest.mark.parametrize(('physnet', 'host', 'servers'), [
    ('physnet1', 'plain-host', 8), ('physnet2', 'igb-host', 14)])
def test_devices_that_others_own_are_no_reason_for_never(
        told, physnet, host, servers):
    """The tags of the VFs are those that the owners' ports asked for."""
    found = told[physnet]['reasons_after']
    assert found.pop(host) == ['not now', 'devices that fit are in use']
    assert {tuple(reason) for reason in found.values()} == {
        ('not possible on this host', 'other physical network')}
    # Each of the servers has two.
    assert told[physnet]['leavers_after'] == {host: servers // 2}


def test_devices_that_placement_has_given_away_are_in_use(
        told_with_placement):
    gpus = told_with_placement['gpus']
    assert gpus['reasons_after']['gpu-host'] == [
        'not now', 'devices that fit are in use']
    assert gpus['leavers_after'] == {'gpu-host': 2}
    both = told_with_placement['both']
    assert both['reasons_after']['gpu-host'][0] == 'not now'
    assert both['leavers_after'] == {'gpu-host': 3}


def test_devices_are_not_blamed_for_what_placement_lacks_beside(
        told, told_with_placement):
    placement = ['refused by another filter',
                 'Placement offers no candidate on the host']
    for found, why in (
            (told, 'other vendor or product'),
            (told_with_placement, 'no free PCI device')):
        assert found['memory'] == {
            'gpu-host': placement, 'plain-host': placement,
            'igb-host': ['not possible on this host', why]}


def test_hosts_that_placement_leaves_out_are_not_called_refused(
        told, told_with_placement):
    """Of two hosts that fit and one that does not, it names one."""
    for found in (told, told_with_placement):
        limited = found['limited']
        left_out = {host for host, (group, _) in limited['reasons'].items()
                    if group == 'left out of the answer of Placement'}
        assert len(limited['said']) <= 1
        assert {*limited['said'], *left_out} == {'gpu-host', 'plain-host'}


def test_the_command_says_the_same_in_a_process_of_its_own(told):
    status, out, err = told['pairs']['shown']
    assert (status, err) == (1, '')
    assert out.splitlines()[:4] == [
        '0 of 3 hosts can take such a server; 0 of 1 server fits',
        '  1 not possible on this host: other vendor or product',
        '  1 not now: devices that fit are in use',
        '  1 not now: not enough free devices']
