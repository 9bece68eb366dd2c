# SPDX-License-Identifier: Apache-2.0

"""Nova's whitelist interface on our parser, with real Nova objects."""

import pytest
from nova import exception
from nova.objects import pci_device

from nova_pci_ext.compute import device_filter
from nova_pci_ext.model.address import PciAddress

pytestmark = pytest.mark.nova

VF = {'vendor_id': '8086', 'product_id': '1520', 'address': '0000:81:10.2',
      'parent_addr': '0000:81:00.0', 'dev_type': 'type-VF'}
PF = {'vendor_id': '8086', 'product_id': '1521', 'address': '0000:81:00.0',
      'dev_type': 'type-PF'}


class Host:
    """A host of which only this is known."""

    def __init__(self, netdevs=None, vf_ids=None):
        self.netdevs = netdevs or {}
        self.vf_ids = vf_ids or {}
        self.asked = []

    def find_netdev(self, name):
        self.asked.append(name)
        return self.netdevs.get(name)

    def find_vf_ids(self, pf):
        return self.vf_ids.get(pf)


def on(host, *texts):
    """Build a filter that asks ``host``."""
    class Filter(device_filter.DeviceFilter):
        pass

    Filter.host = host
    return Filter(texts)


def build(*texts, **netdevs):
    return on(Host(netdevs), *texts)


def index_of(found, spec):
    return None if spec is None else found.specs.index(spec)


@pytest.mark.parametrize(('entry', 'device', 'taken'), [
    pytest.param('{"vendor_id": "8086"}', VF, True, id='a vendor'),
    pytest.param('{"vendor_id": "8087"}', VF, False, id='another vendor'),
    pytest.param('{"vendor_id": "8086", "product_id": "1521"}', VF, False,
                 id='another product'),
    pytest.param('{"address": "*:81:10.*"}', VF, True, id='a glob'),
    pytest.param('{"address": "0000:81:00.0"}', VF, True,
                 id='the address of a PF stands for its VFs'),
    pytest.param('{"address": "0000:81:00.0"}', PF, True, id='a PF itself'),
    pytest.param('{"address": "0000:81:00.*"}', VF, False,
                 id='a glob that fits the PF does not stand for its VFs'),
    pytest.param('{"address": {"bus": "8", "slot": "1"}}', VF, True,
                 id='a prefix is enough for a regex'),
    pytest.param('{"address": {"domain": "0000", "bus": "81", "slot": "00",'
                 ' "function": "0"}}', VF, True,
                 id='regexes that read like the PF stand for its VFs'),
    pytest.param('{"devname": "eth1"}', VF, True, id='the PF by its name'),
    pytest.param('{"devname": "eth2"}', VF, False, id='no such interface'),
    pytest.param('{"vendor_id": "8086", "remote_managed": "true"}', VF,
                 False, id='remote-managed without a serial number'),
])
def test_an_entry_takes_a_device(entry, device, taken):
    found = build(entry, eth1=PciAddress.parse('0000:81:00.0'))
    assert (found.device_assignable(device) is not None) is taken


def test_a_serial_number_makes_a_device_remote_managed():
    found = build('{"vendor_id": "8086", "remote_managed": "true"}')
    serial = {'vpd': {'card_serial_number': 'MT2113X00000'}}
    assert found.device_assignable({**VF, 'capabilities': serial})


def test_the_first_entry_that_fits_takes_a_device():
    found = build('{"vendor_id": "8087"}',
                  '[{"product_id": "1521"}, {"vendor_id": "8086"}]',
                  '{"address": "*:*:*.*"}')
    assert index_of(found, found.device_assignable(VF)) == 2


def test_a_tracked_device_finds_its_entry_and_tags():
    found = build('{"vendor_id": "8086", "physical_network": "physnet1", '
                  '"trusted": true, "managed": "no"}')
    tracked = pci_device.PciDevice(
        vendor_id='8086', product_id='1520', address='0000:81:10.2',
        parent_addr='0000:81:00.0', extra_info={})
    assert found.get_devspec(tracked).get_tags() == {
        'physical_network': 'physnet1', 'trusted': 'true',
        'managed': 'false'}


def test_the_entry_of_a_tracked_device_is_kept_while_the_device_is_the_same(
        monkeypatch):
    host = Host({'eth1': PciAddress.parse('0000:81:00.0')})
    found = on(host, '{"devname": "eth1"}', '{"vendor_id": "8086"}',
               '{"vendor_id": "15b3", "remote_managed": "true"}')
    tracked = pci_device.PciDevice.create(
        None, {'compute_node_id': 1, 'numa_node': 0, **VF})
    asked = []
    first = found._first
    monkeypatch.setattr(found, '_first',
                        lambda *args: asked.append(args) or first(*args))

    def entry():
        return index_of(found, found.get_devspec(tracked)), len(asked)

    assert [entry(), entry()] == [(0, 1), (0, 1)]
    assert not found.refresh()
    assert entry() == (0, 1)
    host.netdevs['eth1'] = PciAddress.parse('0000:82:00.0')
    assert found.refresh()
    assert [entry(), entry()] == [(1, 2), (1, 2)]
    tracked.vendor_id = '15b3'
    assert [entry(), entry()] == [(None, 3), (None, 3)]
    tracked.extra_info = {
        'capabilities': '{"vpd": {"card_serial_number": "s"}}'}
    assert [entry(), entry()] == [(2, 4), (2, 4)]


def test_a_device_is_told_what_only_the_operator_knows():
    found = build('{"vendor_id": "8086", "live_migratable": "yes", "x": 1}')
    device = dict(VF)
    found.device_assignable(device).enhanced_pci_device_with_spec_tags(device)
    assert device == {**VF, 'live_migratable': 'true'}


def test_devnames_are_looked_up_once_and_on_refresh():
    host = Host()
    found = on(host, '{"devname": "eth1"}')
    assert found.device_assignable(VF) is None
    host.netdevs['eth1'] = PciAddress.parse('0000:81:00.0')
    assert found.device_assignable(VF) is None
    found.refresh()
    assert found.device_assignable(VF) is found.specs[0]
    assert host.asked == ['eth1', 'eth1']


def test_no_entry_takes_nothing():
    assert device_filter.DeviceFilter().device_assignable(VF) is None


def test_all_faults_come_in_one_exception():
    with pytest.raises(exception.PciConfigInvalidSpec) as caught:
        build('{"adress": "0000:81:00.0"}', '{"vendor_id": 8086}')
    assert caught.value.args[0] == (
        "Invalid [pci]device_spec config: [pci] device_spec[0].adress: "
        "unknown key; did you mean 'address'?\n"
        '[pci] device_spec[1].vendor_id: cannot be 8086; expected four '
        'hexadecimal digits in quotes, such as "8086", or "*"')


def test_a_device_that_nova_cannot_keep_is_refused():
    found = build('{"vendor_id": "8086"}')
    with pytest.raises(exception.PciConfigInvalidSpec) as caught:
        found.device_assignable({**PF, 'address': '10000:81:00.0'})
    assert caught.value.args[0] == (
        'Invalid [pci]device_spec config: property domain (10000) is greater '
        'than the maximum allowable value (FFFF).')


DPU = Host({'eth1': PciAddress.parse('0000:82:00.0')},
           {PciAddress.parse('0000:82:00.0'): ('15b3', '101e')})


@pytest.mark.parametrize('entry', [
    pytest.param('{"address": "0000:82:00.0", "product_id": "101e",'
                 ' "remote_managed": "true"}', id='by address'),
    pytest.param('{"devname": "eth1", "product_id": "101e",'
                 ' "vendor_id": "15b3", "remote_managed": "true"}',
                 id='by name'),
    pytest.param('{"address": "0000:82:00.1", "remote_managed": "true"}',
                 id='an address that is not a PF'),
])
def test_the_vfs_of_a_dpu_are_taken(entry):
    assert len(on(DPU, entry).specs) == 1


@pytest.mark.parametrize(('entry', 'message'), [
    pytest.param(
        '{"address": "0000:82:00.0", "remote_managed": "true"}',
        '[pci] device_spec[0].remote_managed: the entry does not take the '
        'VFs of PF 0000:82:00.0 only; expected "product_id": "101e", and '
        'vendor_id "15b3" or none', id='a PF by address'),
    pytest.param(
        '{"devname": "eth1", "product_id": "a2d6",'
        ' "remote_managed": "true"}',
        '[pci] device_spec[0].remote_managed: the entry does not take the '
        'VFs of PF 0000:82:00.0 only; expected "product_id": "101e", and '
        'vendor_id "15b3" or none', id='a PF by name'),
    pytest.param(
        '{"devname": "eth2", "remote_managed": "true"}',
        "[pci] device_spec[0].devname: 'eth2' is not a network interface of "
        'a PCI device on this host; remote_managed needs one that is there',
        id='an interface that is missing'),
])
def test_a_dpu_itself_is_never_handed_out(entry, message):
    with pytest.raises(exception.PciConfigInvalidSpec) as caught:
        on(DPU, entry)
    assert caught.value.args[0] == (
        f'Invalid [pci]device_spec config: {message}')


def test_a_device_that_was_never_saved_has_an_entry():
    """Nova's getter makes the notes that such an object lacks."""
    dev = pci_device.PciDevice(address='0000:81:00.0', vendor_id='8086',
                               product_id='1521')
    assert '_obj_extra_info' not in vars(dev)
    assert on(Host(), '{"vendor_id": "8086"}').get_devspec(dev) is not None
