# SPDX-License-Identifier: Apache-2.0

"""Our libvirt driver reports what the host has now, as Nova would."""

import json
import logging

import pytest
from nova import exception
from nova.tests.fixtures import libvirt as fakelibvirt

from nova_pci_ext.virt import node_devices
from tests import libvirt_machine

pytestmark = pytest.mark.nova


@pytest.fixture
def machine(tmp_path):
    """A card with three VFs, and a plain device."""
    made = libvirt_machine.Machine(tmp_path)
    made.card(0x81, 3)
    made.plug('0000:03:00.0', product='0443')
    return made


@pytest.fixture
def host(machine):
    with machine.in_place() as made:
        yield made


@pytest.fixture
def devices(machine, host):
    return node_devices.NodeDevices(host, machine.sysfs)


@pytest.fixture
def never_again(monkeypatch):
    """Nothing is described again without a reason."""
    monkeypatch.setattr(node_devices, 'ROUND', 10**9)


def of_nova(host):
    return json.loads(libvirt_machine.nova_report(host))


def calls_of_a_report(machine, devices):
    """What a report asks libvirt, as counts."""
    machine.answers.clear()
    devices.report()
    return {call: machine.answers.count(call)
            for call in sorted(set(machine.answers))}


def test_it_reports_what_nova_reports(host, devices):
    found = devices.report()
    assert found == of_nova(host)
    assert [each['dev_type'] for each in found] == [
        'type-PF', 'type-VF', 'type-VF', 'type-VF', 'type-PCI']
    assert found[1]['capabilities'] == {
        'network': ['rx', 'tx', 'sg'],
        'sriov': {'pf_mac_address': '52:54:00:81:00:00', 'vf_num': 0}}


@pytest.mark.usefixtures('never_again')
@pytest.mark.parametrize('change', [
    pytest.param(lambda machine: machine.unplug('0000:81:10.1'),
                 id='a VF goes'),
    pytest.param(lambda machine: machine.vf('0000:81:00.0', 3),
                 id='a VF comes'),
    pytest.param(lambda machine: machine.unplug('0000:81:00.0'),
                 id='a card goes'),
    pytest.param(lambda machine: machine.card(0x82, 2), id='a card comes'),
    pytest.param(lambda machine: machine.set('0000:81:10.1', netdev=None),
                 id='a VF goes to vfio-pci'),
    pytest.param(lambda machine: machine.set('0000:81:00.0', netdev='eth0'),
                 id='the netdev of a PF is renamed'),
    pytest.param(lambda machine: machine.set(
        '0000:81:00.0', mac='02:00:00:00:00:01'),
        id='the MAC address of a PF changes'),
    pytest.param(lambda machine: machine.set('0000:81:10.1', vdpa=True),
                 id='a vDPA device is made of a VF'),
    pytest.param(lambda machine: (
        machine.unplug('0000:03:00.0'),
        machine.plug('0000:03:00.0', product='0442')),
        id='another card is in the slot'),
])
def test_a_change_is_in_the_next_report(machine, host, devices, change):
    before = devices.report()
    change(machine)
    found = devices.report()
    assert found != before
    assert found == of_nova(host)


@pytest.mark.usefixtures('never_again')
def test_only_what_changed_is_described_again(machine, devices):
    devices.report()
    assert calls_of_a_report(machine, devices) == {'listAllDevices': 3}
    machine.set('0000:81:10.1', netdev=None)
    assert calls_of_a_report(machine, devices) == {
        # The VF, and its PF for the serial number of the card.
        'XMLDesc': 2, 'listAllDevices': 6}


def test_what_is_told_nowhere_is_seen_within_a_round(machine, host, devices):
    devices.report()
    machine.set('0000:81:10.1', features=('rx',))
    for _ in range(node_devices.ROUND):
        found = devices.report()
    assert found == of_nova(host)


@pytest.mark.parametrize('answer', range(20))
def test_a_device_that_goes_while_it_is_described(machine, host, devices,
                                                  answer):
    """Nova fails the whole audit with libvirtError, "Node device not found".

    Whatever the moment, the report is the host before the change or after.
    """
    before = of_nova(host)
    machine.before(answer, lambda: machine.unplug('0000:81:10.1'))
    found = devices.report()
    after = of_nova(host)
    assert found == (after if len(machine.answers) > answer else before)


def test_a_netdev_that_goes_while_it_is_described(machine, host, devices):
    machine.before(6, lambda: machine.set('0000:81:10.0', netdev=None))
    assert devices.report() == of_nova(host)
    assert 'net_ens129v0_52_54_00_81_10_00' not in machine.names()


def test_a_device_without_a_folder_in_sys_is_gone(machine, host, devices):
    """libvirt hears of a removal after the kernel has made it."""
    devices.report()
    machine.sysfs.joinpath('0000:81:10.1', 'physfn').unlink()
    machine.sysfs.joinpath('0000:81:10.1').rename(machine.sysfs / 'gone')
    assert [each['address'] for each in devices.report()] == [
        '0000:81:00.0', '0000:81:10.0', '0000:81:10.2', '0000:03:00.0']


def test_the_folders_of_another_machine_are_not_asked(host, tmp_path):
    (tmp_path / 'other' / '0000:00:00.0').mkdir(parents=True)
    devices = node_devices.NodeDevices(host, tmp_path / 'other')
    assert devices.report() == of_nova(host)


def test_one_device_that_cannot_be_described_fails_no_report(
        machine, devices, monkeypatch, caplog):
    def fail(address):
        raise exception.PciDeviceNotFoundById(id=address)
    with monkeypatch.context() as patch:
        patch.setattr('nova.pci.utils.get_vf_num_by_pci_address', lambda
                      address: fail(address) if address == '0000:81:10.1'
                      else 0)
        for _ in range(2):
            assert [each['address'] for each in devices.report()] == [
                '0000:81:00.0', '0000:81:10.0', '0000:81:10.2',
                '0000:03:00.0']
    assert warnings(caplog) == [
        'libvirt lists device pci_0000_81_10_1, and it cannot be described: '
        'PCI device 0000:81:10.1 not found. It is left out until it can be.']
    assert len(devices.report()) == 5


#: What libvirt says of a VF whose folder goes while it is read.
HALF_GONE = ('Device 0000:81:10.1 not found: could not access '
             '/sys/bus/pci/devices/0000:81:10.1/config: No such file or '
             'directory')


def libvirt_error(code, domain=None, words=HALF_GONE):
    return fakelibvirt.make_libvirtError(
        fakelibvirt.libvirtError, words, error_code=code,
        error_domain=domain)


@pytest.fixture
def half_gone(monkeypatch):
    """Have the description of one VF fail with an error."""
    describe = libvirt_machine.NodeDevice.XMLDesc

    def begin(error):
        def fail(device, flags=0):
            if device.name() == 'pci_0000_81_10_1':
                raise error
            return describe(device, flags)
        monkeypatch.setattr(libvirt_machine.NodeDevice, 'XMLDesc', fail)
    return begin


@pytest.mark.parametrize('code', [
    fakelibvirt.VIR_ERR_SYSTEM_ERROR, fakelibvirt.VIR_ERR_INTERNAL_ERROR,
    fakelibvirt.VIR_ERR_NO_NODE_DEVICE])
def test_a_device_that_is_half_gone_fails_no_report(
        devices, half_gone, caplog, code):
    half_gone(libvirt_error(code))
    assert [each['address'] for each in devices.report()] == [
        '0000:81:00.0', '0000:81:10.0', '0000:81:10.2', '0000:03:00.0']
    assert warnings(caplog) == [
        'libvirt lists device pci_0000_81_10_1, and it cannot be described: '
        f'{HALF_GONE}. It is left out until it can be.']


@pytest.mark.parametrize('domain', [
    fakelibvirt.VIR_FROM_REMOTE, fakelibvirt.VIR_FROM_RPC])
def test_a_connection_that_is_lost_on_the_way_fails_the_report(
        devices, half_gone, domain):
    half_gone(libvirt_error(fakelibvirt.VIR_ERR_INTERNAL_ERROR, domain,
                            'client socket is closed'))
    with pytest.raises(fakelibvirt.libvirtError, match='socket is closed'):
        devices.report()


def test_an_error_is_not_a_host_without_devices(machine, devices):
    """Nova logs it and reports none, and all free devices are removed."""
    before = devices.report()
    machine.broken = fakelibvirt.make_libvirtError(
        fakelibvirt.libvirtError, 'broken',
        error_code=fakelibvirt.VIR_ERR_INTERNAL_ERROR)
    with pytest.raises(fakelibvirt.libvirtError, match='broken'):
        devices.report()
    machine.broken = None
    assert devices.report() == before


def test_a_libvirt_without_node_devices_has_none(machine, devices):
    machine.broken = fakelibvirt.make_libvirtError(
        fakelibvirt.libvirtError, 'this function is not supported',
        error_code=fakelibvirt.VIR_ERR_NO_SUPPORT)
    assert devices.report() == []


def warnings(caplog):
    return [record.getMessage() for record in caplog.records
            if record.levelno == logging.WARNING]
