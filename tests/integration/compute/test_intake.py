# SPDX-License-Identifier: Apache-2.0

"""Reports that are wrong, or made while a device is half removed.

The host, unless a test draws another::

  PF 0000:81:00.0 - VF 0000:81:10.0
                  - VF 0000:81:10.1
  PF 0000:82:00.0 - VF 0000:82:10.0
"""

import logging

import pytest
from nova import exception

from nova_pci_ext.compute import hotplug
from tests import device_rows
from tests.device_rows import PCI
from tests.device_rows import PF
from tests.device_rows import VF

pytestmark = pytest.mark.nova

ME = '00000000-0000-0000-0000-000000000001'
OTHER = '00000000-0000-0000-0000-000000000002'
R1 = '00000000-0000-0000-0000-0000000000a1'
R2 = '00000000-0000-0000-0000-0000000000a2'
PF_81, VF_0, VF_1 = '0000:81:00.0', '0000:81:10.0', '0000:81:10.1'
PF_82, VF_2 = '0000:82:00.0', '0000:82:10.0'
HOST = [*device_rows.family('81', 2), *device_rows.family('82', 1)]
PLAIN = {'dev_type': PCI, 'product_id': device_rows.PRODUCTS[PCI]}
FEATURES = {'network': ['rx', 'tx'],
            'sriov': {'pf_mac_address': '52:54:00:00:00:01', 'vf_num': 0}}


@pytest.fixture(autouse=True)
def rows():
    with device_rows.Rows().in_place() as rows:
        yield rows


def host(**changes):
    """The host, with properties of some devices changed.

    A device is named as in ``VF_0=None``, which leaves it out.
    """
    changes = {globals()[name]: change for name, change in changes.items()}
    return [{**device, **changes.get(device['address'], {})}
            for device in HOST if changes.get(device['address'], {})
            is not None]


def own(tracker, *addresses, uuid=ME):
    """Let an instance have some devices, whatever else would fit."""
    guest = device_rows.guest(uuid)
    others = [dev for dev in tracker.stats.get_free_devs()
              if dev.address not in addresses]
    for dev in others:
        tracker.stats.remove_device(dev)
    kinds = {dev.address: dev.dev_type for dev in tracker.pci_devs}
    for number, address in enumerate(addresses):
        device_rows.claim(tracker, uuid, **{
            R1[:-1] + str(number): (1, kinds[address])})
    for dev in others:
        if dev.status == 'available':
            tracker.stats.add_device(dev)
    tracker.allocate_instance(guest)
    device_rows.save(tracker)
    return guest


def cannot_claim(tracker, kind, product=None):
    before = device_rows.snapshot(tracker)
    ask = device_rows.ask(OTHER, **{R2: (1, kind)})
    if product:
        ask.requests[0].spec[0]['product_id'] = product
    with pytest.raises(exception.PciDeviceRequestFailed):
        tracker.claim_instance(None, ask, None)
    assert device_rows.snapshot(tracker) == before


def states(tracker):
    return {address: state.partition(':')[0]
            for address, state in device_rows.states(tracker).items()}


def messages(caplog, level):
    return [record.getMessage() for record in caplog.records
            if record.levelno == level and record.name.endswith('tracker')]


# A PF and its VF never go to two guests

def test_a_pf_is_not_free_because_it_is_reported_as_a_plain_device():
    """(a) A VF is allocated; then its PF is reported as type-PCI."""
    tracker = device_rows.start(HOST)
    own(tracker, VF_0)
    for _ in range(3):
        device_rows.sync(tracker, host(PF_81={'dev_type': PCI}))
        assert states(tracker)[PF_81] == 'unavailable'
        assert device_rows.pooled(tracker) == [VF_1, PF_82, VF_2]
    cannot_claim(tracker, PCI, device_rows.PRODUCTS[PF])


@pytest.mark.parametrize('change', [
    pytest.param({'parent_addr': None}, id='without a parent'),
    pytest.param({'dev_type': PCI, 'parent_addr': None}, id='as type-PCI'),
    pytest.param({'parent_addr': PF_82}, id='under another PF'),
])
@pytest.mark.parametrize('between', [[], [host(VF_0=None, VF_1=None)]],
                         ids=['at once', 'after they were gone'])
def test_vfs_are_not_free_because_they_lose_their_owned_pf(change, between):
    """(b) A PF is allocated; then its VFs are reported otherwise."""
    tracker = device_rows.start(HOST)
    own(tracker, PF_81)
    for report in [*between, *3 * [host(VF_0=change, VF_1=change)]]:
        device_rows.sync(tracker, report)
        device_rows.save(tracker)
        assert not {VF_0, VF_1} & set(device_rows.pooled(tracker))


@pytest.mark.parametrize('report', [
    pytest.param(HOST, id='the report is right'),
    pytest.param(host(PF_81={'dev_type': PCI}), id='the PF is type-PCI'),
])
def test_a_pf_is_not_free_because_the_row_of_its_vf_has_no_parent(
        rows, report):
    """(c) ``parent_addr`` of an owned VF is NULL; nova-compute restarts."""
    own(device_rows.start(HOST), VF_0)
    rows.rows[VF_0]['parent_addr'] = None
    tracker = device_rows.start(report)
    assert states(tracker)[PF_81] == 'unavailable'
    # What one report has said is not forgotten for the next.
    device_rows.sync(tracker, host(VF_0={'parent_addr': None}))
    assert PF_81 not in device_rows.pooled(tracker)
    cannot_claim(tracker, PCI, device_rows.PRODUCTS[PF])


def test_no_pf_is_free_that_an_owned_vf_is_reported_under():
    """(d) An owned VF is reported under another PF; both may be its own."""
    tracker = device_rows.start(HOST)
    guest = own(tracker, VF_0)
    device_rows.sync(tracker, host(VF_0={'parent_addr': PF_82}))
    assert states(tracker) == {
        PF_81: 'unavailable', VF_0: 'allocated', VF_1: 'available',
        PF_82: 'unavailable', VF_2: 'available'}
    cannot_claim(tracker, PF)
    # The VF stays where it was, as nothing owned is given up.
    assert [dev.parent_addr for dev in tracker.pci_devs
            if dev.address == VF_0] == [PF_81]
    tracker.free_instance(None, guest)
    assert device_rows.pooled(tracker) == [PF_81, VF_1, PF_82, VF_2]
    for _ in range(2):
        device_rows.sync(tracker, HOST)
    assert device_rows.pooled(tracker) == [
        PF_81, VF_0, VF_1, PF_82, VF_2]


def test_a_pf_that_is_reported_among_vfs_is_told_of(caplog):
    tracker = device_rows.start(HOST)
    own(tracker, VF_0)
    for _ in range(2):
        device_rows.sync(tracker, host(PF_81={'dev_type': PCI}))
    assert messages(caplog, logging.WARNING) == [
        f'Device {PF_81} is reported with another type or PF while a '
        'relative of it is owned. It is not offered until the last owner in '
        'its family is gone.']


# Half states

def torn(address):
    """A VF that is being removed has lost the link to its PF."""
    return {address: {'dev_type': PCI, 'parent_addr': None}}


def test_a_vf_that_was_unplugged_below_its_guest_is_no_phantom():
    """The kernel waits for the guest, and libvirt lists a plain device.

    That went into the row when the guest ended, and a device that did not
    exist was available until the next report.
    """
    tracker = device_rows.start(HOST)
    guest = own(tracker, VF_0)
    device_rows.sync(tracker, host(VF_1=None, **torn('VF_0')))
    tracker.free_instance(None, guest)
    assert [dev.dev_type for dev in tracker.pci_devs
            if dev.address == VF_0] == [VF]
    assert VF_0 not in device_rows.pooled(tracker)
    device_rows.sync(tracker, host(VF_1=None, VF_0=None))
    device_rows.save(tracker)
    assert states(tracker) == {
        PF_81: 'available', PF_82: 'available', VF_2: 'available'}


def test_a_half_removed_vf_that_nobody_has_is_no_phantom():
    tracker = device_rows.start(HOST)
    device_rows.sync(tracker, host(**torn('VF_0')))
    assert VF_0 not in device_rows.pooled(tracker)
    assert {dev.dev_type for dev in tracker.pci_devs
            if dev.address == VF_0} == {VF}
    device_rows.sync(tracker, host(VF_0=None))
    assert VF_0 not in device_rows.pooled(tracker)


def test_a_device_that_left_and_comes_back_as_another_is_reported_twice():
    tracker = device_rows.start(HOST)
    for report, offered in [(host(VF_0=None), False),
                            (host(**torn('VF_0')), False),
                            (host(**torn('VF_0')), True)]:
        device_rows.sync(tracker, report)
        device_rows.save(tracker)
        assert (VF_0 in device_rows.pooled(tracker)) == offered


def test_a_free_before_the_report_is_taken_in_does_not_make_it_newer():
    """The report of a periodic update is older than what it frees."""
    tracker = device_rows.start(HOST)
    own(tracker, VF_0)
    report = device_rows.json.dumps(host(**torn('VF_0')))
    hotplug.REPORTS.publish('compute-1', report)
    tracker.clean_usage([], [])
    assert VF_0 not in device_rows.pooled(tracker)
    assert states(tracker)[VF_0] == 'available'


@pytest.mark.parametrize('reported', [
    pytest.param({'capabilities': {'sriov': FEATURES['sriov']}}, id='less'),
    pytest.param({}, id='none'),
])
def test_what_a_vf_has_on_its_host_driver_is_kept(reported):
    """A VF with a guest has no network interface, and so no features.

    The report of that time went into the row when the guest ended.
    """
    whole = host(VF_0={'capabilities': FEATURES, 'parent_ifname': 'eno1'})
    tracker = device_rows.start(whole)
    guest = own(tracker, VF_0)

    def capabilities():
        dev, = (dev for dev in tracker.pci_devs if dev.address == VF_0)
        return device_rows.json.loads(dev.extra_info['capabilities'])

    for step in (lambda: None, lambda: tracker.free_instance(None, guest)):
        step()
        assert capabilities() == FEATURES
        device_rows.sync(tracker, host(VF_0=reported))
        assert capabilities() == FEATURES
    assert VF_0 in device_rows.pooled(tracker)
    changed = {**FEATURES, 'network': ['rx']}
    device_rows.sync(tracker, host(VF_0={'capabilities': changed}))
    assert capabilities() == changed


def test_what_another_vf_had_on_its_host_driver_is_not_kept():
    tracker = device_rows.start(host(VF_0={'capabilities': FEATURES}))
    device_rows.sync(tracker, host(VF_0={
        'product_id': 'beef', 'capabilities': {'vpd': {
            'card_serial_number': '1'}}}))
    dev, = (dev for dev in tracker.pci_devs if dev.address == VF_0)
    assert dev.extra_info['capabilities'] == (
        '{"vpd": {"card_serial_number": "1"}}')


# What the operator is told

def test_a_guest_that_has_lost_its_device_is_named(caplog):
    """With macvtap the guest loses its NIC at once, and in silence."""
    tracker = device_rows.start(HOST)
    guest = own(tracker, VF_0)
    caplog.set_level(logging.INFO)
    for _ in range(2):
        device_rows.sync(tracker, host(VF_0=None))
    assert messages(caplog, logging.WARNING) == [
        f'Unable to remove device with address {VF_0}, which the host no '
        f'longer reports: it is allocated by instance {ME}, whose guest has '
        'lost it. It is kept for that instance, and removed when it is '
        'freed.']
    tracker.free_instance(None, guest)
    assert messages(caplog, logging.INFO) == [
        f'Device {VF_0} was freed, and is removed']


def test_a_device_that_device_spec_no_longer_names_is_not_lost(rows, caplog):
    own(device_rows.start(HOST), VF_0)
    with rows.in_place(spec='{"address": "0000:82:*.*"}'):
        device_rows.start(HOST)
    assert messages(caplog, logging.WARNING) == [
        f'Unable to remove device with address {VF_0}, which device_spec no '
        f'longer names: it is allocated by instance {ME}. It is kept for '
        'that instance, and removed when it is freed.']


@pytest.mark.parametrize('change', [
    pytest.param(None, id='gone'),
    pytest.param({'numa_node': 1}, id='changed'),
])
def test_an_owned_device_that_is_as_it_was_is_told_of(caplog, change):
    tracker = device_rows.start(HOST)
    own(tracker, VF_0)
    caplog.set_level(logging.INFO)
    for report in (host(VF_0=change), HOST, HOST):
        device_rows.sync(tracker, report)
    assert messages(caplog, logging.INFO) == [
        f'The host reports device {VF_0} as it was; it is allocated by '
        f'instance {ME}']


def test_a_freed_device_that_changed_is_told_of(caplog):
    tracker = device_rows.start(HOST)
    guest = own(tracker, VF_0)
    caplog.set_level(logging.INFO)
    device_rows.sync(tracker, host(VF_0={'numa_node': 1}))
    tracker.free_instance(None, guest)
    device_rows.sync(tracker, host(VF_0={'numa_node': 1}))
    assert messages(caplog, logging.INFO) == [
        f'Device {VF_0} was freed, and is offered again once the host has '
        'reported it']
    assert VF_0 in device_rows.pooled(tracker)


def test_a_free_device_in_another_family_is_told_of(caplog):
    tracker = device_rows.start(HOST)
    caplog.set_level(logging.INFO)
    for report in (host(VF_0={'parent_addr': PF_82}), HOST, HOST):
        device_rows.sync(tracker, report)
    assert messages(caplog, logging.INFO) == [
        f'Device {VF_0} is reported with another type or PF. It is offered '
        'once two reports in a row agree.',
        f'The host reports device {VF_0} as it was']
    assert VF_0 in device_rows.pooled(tracker)


def test_a_plain_device_that_becomes_a_pf_is_one_at_once(caplog):
    plain = host(PF_81=PLAIN, VF_0=None, VF_1=None)
    tracker = device_rows.start(plain)
    caplog.set_level(logging.INFO)
    device_rows.sync(tracker, HOST)
    found = {dev.address: dev.dev_type for dev in tracker.pci_devs}
    assert (found[PF_81], found[VF_0]) == ('type-PF', 'type-VF')
    assert {PF_81, VF_0} <= set(device_rows.pooled(tracker))
    assert messages(caplog, logging.INFO) == []


def test_a_pf_waits_for_vfs_that_are_not_linked_to_it_yet():
    """The kernel shows a new VF before the link to its PF."""
    tracker = device_rows.start(host(PF_81=PLAIN, VF_0=None, VF_1=None))
    half_there = host(VF_0={**PLAIN, 'parent_addr': None}, VF_1=None)
    device_rows.sync(tracker, half_there)
    assert device_rows.pooled(tracker) == [VF_0, PF_82, VF_2]
    guest = own(tracker, VF_0)
    for _ in range(3):
        device_rows.sync(tracker, host(VF_1=None))
        assert device_rows.pooled(tracker) == [PF_82, VF_2]
    tracker.free_instance(None, guest)
    for _ in range(2):
        device_rows.sync(tracker, host(VF_1=None))
    assert device_rows.pooled(tracker) == [PF_81, VF_0, PF_82, VF_2]


def test_a_plain_device_with_an_owner_stays_one():
    tracker = device_rows.start(
        host(PF_81=PLAIN, VF_0=None, VF_1=None))
    own(tracker, PF_81)
    device_rows.sync(tracker, HOST)
    found = {dev.address: dev.dev_type for dev in tracker.pci_devs}
    assert found[PF_81] == 'type-PCI'
    assert not {VF_0, VF_1} & set(device_rows.pooled(tracker))


# Links that only a wrong report made, in a family that has an owner

def claim_vf_and_pf(tracker):
    return device_rows.claim(tracker, OTHER, **{R1: (1, VF), R2: (1, PF)})


def test_two_right_reports_part_what_a_wrong_one_linked():
    tracker = device_rows.start(HOST)
    own(tracker, VF_0)
    device_rows.sync(tracker, host(VF_1={'parent_addr': PF_82}))
    device_rows.sync(tracker, HOST)
    assert device_rows.pooled(tracker) == [PF_82, VF_2]
    device_rows.sync(tracker, HOST)
    assert claim_vf_and_pf(tracker) == [VF_1, PF_82]


def test_a_pf_that_was_called_a_vf_is_claimed_beside_the_other():
    tracker = device_rows.start(
        [*HOST, *device_rows.family('83', 1)])
    own(tracker, VF_0)
    wrong = host(VF_1={'parent_addr': PF_82},
                 PF_82={'dev_type': VF, 'parent_addr': '0000:83:00.0'})
    device_rows.sync(tracker, [*wrong, *device_rows.family('83', 1)])
    for _ in range(2):
        device_rows.sync(tracker, [*HOST, *device_rows.family('83', 1)])
    assert device_rows.claim(tracker, OTHER, **{R1: (2, PF)}) == [
        PF_82, '0000:83:00.0']


def test_what_was_linked_wrongly_while_owned_waits_for_a_report():
    tracker = device_rows.start(HOST)
    own(tracker, VF_0)
    guest = own(tracker, VF_1, uuid=OTHER)
    device_rows.sync(tracker, host(VF_1={'parent_addr': PF_82}))
    device_rows.sync(tracker, HOST)
    assert device_rows.pooled(tracker) == [VF_2]
    tracker.free_instance(None, guest)
    assert device_rows.pooled(tracker) == [PF_82, VF_2]
    device_rows.sync(tracker, HOST)
    assert claim_vf_and_pf(tracker) == [VF_1, PF_82]


def test_what_is_freed_and_gone_holds_no_other_family():
    tracker = device_rows.start(HOST)
    guest = own(tracker, VF_0)
    device_rows.sync(tracker, host(VF_0={'parent_addr': PF_82}))
    device_rows.sync(tracker, host(VF_0=None))
    tracker.free_instance(None, guest)
    own(tracker, VF_1)
    # Only where nobody has anything do reports say what a device is.
    for _ in range(2):
        device_rows.sync(tracker, host(VF_0=None, VF_2=PLAIN))
    assert device_rows.pooled(tracker) == [PF_82, VF_2]


# A report that makes relatives of two devices that are owned already

def test_what_is_claimed_is_allocated_whatever_a_report_says_since():
    tracker = device_rows.start(HOST)
    guest = device_rows.guest(OTHER)
    own(tracker, PF_82)
    device_rows.claim(tracker, OTHER, **{R2: (1, VF)})
    claimed, = tracker.claims[OTHER]
    assert claimed.address == VF_1
    device_rows.sync(tracker, host(VF_1={'parent_addr': PF_82}))
    tracker.allocate_instance(guest)
    assert states(tracker)[VF_1] == 'allocated'


def test_the_one_of_them_that_is_freed_is_not_offered():
    tracker = device_rows.start(HOST)
    guest = own(tracker, PF_82)
    own(tracker, VF_0, uuid=OTHER)
    device_rows.sync(tracker, host(VF_0={'parent_addr': PF_82}))
    tracker.free_instance(None, guest)
    assert states(tracker)[PF_82] == 'unavailable'
    assert PF_82 not in device_rows.pooled(tracker)
