# SPDX-License-Identifier: Apache-2.0

"""The tracker on Nova's own objects: named cases, faults of the host."""

import logging

import pytest
from nova import exception
from nova import objects

from nova_pci_ext import claims
from nova_pci_ext.compute import hotplug
from nova_pci_ext.virt import driver
from tests import device_rows
from tests.device_rows import PCI
from tests.device_rows import PF
from tests.device_rows import VDPA
from tests.device_rows import VF

pytestmark = pytest.mark.nova

ME = '00000000-0000-0000-0000-000000000001'
OTHER = '00000000-0000-0000-0000-000000000002'
R1 = '00000000-0000-0000-0000-0000000000a1'
R2 = '00000000-0000-0000-0000-0000000000a2'
PF_81, VF_0, VF_1 = '0000:81:00.0', '0000:81:10.0', '0000:81:10.1'


@pytest.fixture(autouse=True)
def rows():
    with device_rows.Rows().in_place() as rows:
        yield rows


def warnings(caplog):
    return [record.getMessage() for record in caplog.records
            if record.levelno == logging.WARNING]


# What Nova's tracker gets wrong, or forgets

def test_a_pf_and_its_vf_in_one_claim_change_nothing():
    tracker = device_rows.start(device_rows.family('81', 1))
    before = device_rows.snapshot(tracker)
    with pytest.raises(exception.PciDeviceRequestFailed):
        device_rows.claim(tracker, ME, **{R1: (1, VF), R2: (1, PF)})
    assert device_rows.snapshot(tracker) == before
    assert device_rows.claim(tracker, ME, **{R1: (1, PF)}) == [PF_81]


def test_a_fault_of_the_pools_leaves_everything_as_it_was(monkeypatch):
    tracker = device_rows.start(device_rows.family('81', 2))
    device_rows.claim(tracker, ME, **{R1: (1, PF)})
    before = device_rows.snapshot(tracker)
    give_back = tracker.stats.give_back

    def fail_at_the_last(dev, address):
        if address == VF_1:
            raise RuntimeError('a fault of the pools')
        give_back(dev, address)

    monkeypatch.setattr(tracker.stats, 'give_back', fail_at_the_last)
    with pytest.raises(RuntimeError):
        tracker.free_instance(None, device_rows.guest(ME))
    monkeypatch.undo()
    assert device_rows.snapshot(tracker) == before


def test_a_claim_takes_nothing_before_its_plan_is_legal(monkeypatch):
    tracker = device_rows.start(device_rows.family('81', 2))
    before, seen = device_rows.snapshot(tracker), []
    plan = claims.plan

    def see(*args, **kwargs):
        seen.append(device_rows.snapshot(tracker))
        return plan(*args, **kwargs)

    monkeypatch.setattr(claims, 'plan', see)
    assert device_rows.claim(tracker, ME, **{R1: (1, VF)}) == [VF_1]
    assert seen == [before]
    assert device_rows.pooled(tracker) == [VF_0]


@pytest.mark.parametrize('kind', [PF, VF])
@pytest.mark.parametrize('step', [
    'nova_pci_ext.claims.plan',
    'nova.objects.PciDevice.claim',
    'nova_pci_ext.stats.device_pools.DevicePools.drop'])
def test_a_fault_in_a_claim_leaves_everything_as_it_was(
        step, kind, monkeypatch):
    tracker = device_rows.start(device_rows.family('81', 2))
    before = device_rows.snapshot(tracker)

    def fail(*_args, **_kwargs):
        raise RuntimeError('a fault')

    with monkeypatch.context() as faulty:
        faulty.setattr(step, fail)
        with pytest.raises(RuntimeError, match='a fault'):
            device_rows.claim(tracker, ME, **{R1: (1, kind)})
    assert device_rows.snapshot(tracker) == before
    assert len(device_rows.claim(tracker, ME, **{R1: (1, kind)})) == 1


def test_an_instance_that_cannot_be_read_leaves_everything_as_it_was():
    """Nova loads ``pci_devices`` when an instance comes without them."""
    tracker = device_rows.start(device_rows.family('81', 2))
    device_rows.claim(tracker, ME, **{R1: (1, VF)})
    before = device_rows.snapshot(tracker)
    with pytest.raises(exception.OrphanedObjectError):
        tracker.allocate_instance(objects.Instance(uuid=ME))
    assert device_rows.snapshot(tracker) == before


def test_a_second_claim_adds_to_the_first():
    tracker = device_rows.start(device_rows.family('81', 2))
    device_rows.claim(tracker, ME, **{R1: (1, VF)})
    device_rows.claim(tracker, ME, **{R2: (1, VF)})
    instance = device_rows.guest(ME)
    tracker.allocate_instance(instance)
    assert sorted(dev.address for dev in instance.pci_devices) == [VF_0, VF_1]
    tracker.free_instance(None, instance)
    assert len(instance.pci_devices) == 0
    assert device_rows.pooled(tracker) == [PF_81, VF_0, VF_1]


def test_requests_on_a_host_without_devices_fail():
    tracker = device_rows.start([])
    with pytest.raises(exception.PciDeviceRequestFailed):
        device_rows.claim(tracker, ME, **{R1: (1, PCI)})


def test_a_freed_vf_that_is_to_be_removed_gives_its_pf_back():
    tracker = device_rows.start(device_rows.family('81', 1))
    device_rows.claim(tracker, ME, **{R1: (1, VF)})
    device_rows.sync(tracker, device_rows.family('81', 0))
    tracker.free_instance_claims(None, device_rows.guest(ME))
    assert device_rows.states(tracker) == {
        PF_81: 'available', VF_0: 'removed'}
    assert device_rows.pooled(tracker) == [PF_81]


def test_a_device_that_returned_while_owned_is_not_removed_when_freed():
    tracker = device_rows.start(device_rows.family('81', 1))
    device_rows.claim(tracker, ME, **{R1: (1, VF)})
    device_rows.sync(tracker, device_rows.family('81', 0))
    device_rows.sync(tracker, device_rows.family('81', 1))
    tracker.free_instance_claims(None, device_rows.guest(ME))
    assert device_rows.pooled(tracker) == [PF_81, VF_0]


@pytest.mark.parametrize('change', [
    pytest.param({'numa_node': 1}, id='NUMA node'),
    pytest.param({'numa_node': None}, id='NUMA node unknown'),
    pytest.param({'product_id': 'beef'}, id='product'),
    pytest.param({'dev_type': PF}, id='type'),
])
def test_a_changed_device_moves_to_its_new_pool(change):
    """At once, or where it may be half removed, when it is reported again."""
    tracker = device_rows.start([device_rows.reported(PF_81)])
    for _ in range(2):
        device_rows.sync(tracker, [device_rows.reported(PF_81) | change])
    pool, = tracker.stats.pools
    assert {key: pool[key] for key in change} == change
    assert [dev.address for dev in pool['devices']] == [PF_81]


def test_a_pool_without_devices_is_not_published():
    tracker = device_rows.start([device_rows.reported(PF_81)])
    assert len(tracker.stats.to_device_pools_obj().objects) == 1
    device_rows.claim(tracker, ME, **{R1: (1, PCI)})
    assert tracker.stats.to_device_pools_obj().objects == []


def test_a_duplicate_address_is_one_device(caplog):
    tracker = device_rows.start()
    twice = [device_rows.reported(PF_81), device_rows.reported(PF_81, numa=1)]
    device_rows.sync(tracker, twice)
    device_rows.sync(tracker, twice)
    assert device_rows.claim(tracker, ME, **{R1: (1, PCI)}) == [PF_81]
    assert tracker.pci_devs[0].numa_node == 0
    assert warnings(caplog) == [
        f'The host reports device {PF_81} more than once; the first report '
        'counts']


def test_another_instance_frees_nothing():
    tracker = device_rows.start(device_rows.family('81', 1))
    claimed = tracker.claim_instance(
        None, device_rows.ask(ME, **{R1: (1, VF)}), None)
    old_copy = claimed[0].obj_clone()
    tracker.free_device(claimed[0], {'uuid': OTHER})
    assert device_rows.states(tracker)[VF_0] == f'claimed:{ME}'
    tracker.free_device(old_copy, {'uuid': ME})
    device_rows.claim(tracker, OTHER, **{R2: (1, VF)})
    tracker.free_device(old_copy, {'uuid': ME})
    assert device_rows.states(tracker)[VF_0] == f'claimed:{OTHER}'


def test_a_provider_is_kept_over_claim_and_free():
    tracker = device_rows.start(device_rows.family('81', 2))
    for dev in tracker.pci_devs:
        dev.extra_info['rp_uuid'] = PF_81
    tracker.stats.populate_pools_metadata_from_assigned_devices()
    before = device_rows.snapshot(tracker)
    for kind in (PF, VF):
        device_rows.claim(tracker, ME, **{R1: (1, kind)})
        tracker.free_instance_claims(None, device_rows.guest(ME))
        assert device_rows.snapshot(tracker) == before


# Families

def test_vfs_without_a_listed_pf_and_a_pf_without_listed_vfs():
    vfs = device_rows.family('81', 2)[1:]
    tracker = device_rows.start([*vfs, *device_rows.family('82', 0)])
    assert sorted(device_rows.claim(
        tracker, ME, **{R1: (2, VF), R2: (1, PF)})) == [
            VF_0, VF_1, '0000:82:00.0']


def test_a_pf_that_is_listed_later_joins_its_owned_vf():
    host = device_rows.family('81', 1)
    tracker = device_rows.start(host[1:])
    device_rows.claim(tracker, ME, **{R1: (1, VF)})
    device_rows.sync(tracker, host)
    assert device_rows.states(tracker)[PF_81] == 'unclaimable'
    tracker.free_instance_claims(None, device_rows.guest(ME))
    assert device_rows.pooled(tracker) == [PF_81, VF_0]


@pytest.mark.parametrize('kind', [VF, VDPA])
def test_a_vf_that_appears_below_an_owned_pf_is_not_given_away(kind):
    tracker = device_rows.start(device_rows.family('81', 0))
    device_rows.claim(tracker, ME, **{R1: (1, PF)})
    tracker.allocate_instance(device_rows.guest(ME))
    device_rows.sync(tracker, device_rows.family('81', 1, kind=kind))
    assert device_rows.states(tracker)[VF_0] == 'unavailable'
    assert device_rows.pooled(tracker) == []


# Hot plug

def test_an_owned_device_that_vanishes_is_kept_and_told_once(caplog):
    tracker = device_rows.start(device_rows.family('81', 1))
    device_rows.claim(tracker, ME, **{R1: (1, VF)})
    for _ in range(3):
        device_rows.sync(tracker, device_rows.family('81', 0))
    assert device_rows.states(tracker)[VF_0] == f'claimed:{ME}'
    assert warnings(caplog) == [
        f'Unable to remove device with address {VF_0}, which the host no '
        f'longer reports: it is claimed by instance {ME}. It is kept for '
        'that instance, and removed when it is freed.']
    device_rows.sync(tracker, device_rows.family('81', 1))
    device_rows.sync(tracker, device_rows.family('81', 0))
    assert len(warnings(caplog)) == 2


def test_an_owned_device_that_changes_waits_and_is_told_once(caplog):
    tracker = device_rows.start([device_rows.reported(PF_81)])
    device_rows.claim(tracker, ME, **{R1: (1, PCI)})
    for _ in range(3):
        device_rows.sync(tracker, [device_rows.reported(PF_81, numa=1)])
    assert tracker.pci_devs[0].numa_node == 0
    assert warnings(caplog) == [
        f'Device {PF_81} changed (numa_node) while it is claimed by instance '
        f'{ME}. It keeps its properties until it is freed, and is offered '
        'again once the host has reported it after that.']
    tracker.free_instance_claims(None, device_rows.guest(ME))
    assert device_rows.pooled(tracker) == []
    device_rows.sync(tracker, [device_rows.reported(PF_81, numa=1)])
    assert tracker.pci_devs[0].numa_node == 1
    assert [pool['numa_node'] for pool in tracker.stats] == [1]


def test_vfs_made_anew_are_new_devices():
    tracker = device_rows.start(device_rows.family('81', 2))
    device_rows.save(tracker)
    device_rows.sync(tracker, device_rows.family('81', 0))
    assert device_rows.pooled(tracker) == [PF_81]
    device_rows.sync(tracker, device_rows.family('81', 2))
    assert device_rows.pooled(tracker) == [PF_81, VF_0, VF_1]
    device_rows.save(tracker)
    assert device_rows.states(device_rows.start()) == (
        device_rows.states(tracker))


class FakeDriver:
    """A driver whose host and guests change below it."""

    def __init__(self):
        self.devices = '[]'
        self.guests = []

    def get_available_resource(self, nodename):
        return {'pci_passthrough_devices': self.devices}

    def running_guests(self):
        return self.guests


class PluggedDriver(driver.PciExtDriver, FakeDriver):
    """The mixin of all our drivers, over that one."""

    def __init__(self):
        FakeDriver.__init__(self)


def test_the_periodic_update_takes_in_what_the_driver_reports():
    virt, tracker = PluggedDriver(), device_rows.start([])
    virt.devices = device_rows.json.dumps(device_rows.family('81', 1))
    virt.get_available_resource('compute-2')
    tracker.clean_usage([], [])
    assert device_rows.pooled(tracker) == []
    virt.get_available_resource('compute-1')
    tracker.clean_usage([], [])
    assert device_rows.pooled(tracker) == [PF_81, VF_0]
    assert hotplug.REPORTS.take('compute-1') is None
    hotplug.REPORTS.take('compute-2')


@pytest.fixture
def virt():
    """A driver with a card of two VFs, whose reports end with the test."""
    virt = PluggedDriver()
    virt.devices = device_rows.json.dumps(device_rows.family('81', 2))
    yield virt
    hotplug.REPORTS.publish('compute-1', '[]')
    hotplug.REPORTS.take('compute-1')


def test_devices_stay_their_owners_while_its_guest_is_there(virt, caplog):
    """nova-api deletes without a compute that counts as down."""
    tracker = device_rows.start(device_rows.family('81', 2))
    device_rows.claim(tracker, ME, **{R1: (1, VF)})
    device_rows.claim(tracker, OTHER, **{R2: (1, VF)})
    tracker.allocate_instance(device_rows.guest(ME))
    virt.guests = [ME]
    for _ in range(2):
        virt.get_available_resource('compute-1')
        tracker.clean_usage([], [])
        assert device_rows.states(tracker) == {
            PF_81: 'unavailable', VF_0: 'available', VF_1: f'allocated:{ME}'}
        assert device_rows.pooled(tracker) == [VF_0]
    assert warnings(caplog) == [
        f'Instance {ME} is no longer on this host, but its guest runs: PCI '
        f'devices {VF_1} stay its own until the guest has ended. Nova ends '
        'such guests as [DEFAULT] running_deleted_instance_action says.']
    virt.guests = []
    virt.get_available_resource('compute-1')
    tracker.clean_usage([], [])
    assert device_rows.pooled(tracker) == [PF_81, VF_0, VF_1]


def test_a_guest_is_known_after_its_node_has_a_new_tracker(virt):
    """Nova gives the first report to the tracker that it makes."""
    tracker = device_rows.start(device_rows.family('81', 2))
    device_rows.claim(tracker, ME, **{R1: (1, VF)})
    tracker.allocate_instance(device_rows.guest(ME))
    device_rows.save(tracker)
    virt.guests = [ME]
    virt.get_available_resource('compute-1')
    again = device_rows.start(device_rows.family('81', 2))
    again.clean_usage([], [])
    assert device_rows.states(again) == device_rows.states(tracker)


# Persistence

def story(tracker):
    """Operations with many kinds of writes, each step saved."""
    device_rows.sync(tracker, device_rows.family('81', 2))
    yield
    device_rows.claim(tracker, ME, **{R1: (1, VF)})
    yield
    instance = device_rows.guest(ME)
    tracker.allocate_instance(instance)
    yield
    device_rows.sync(tracker, device_rows.family('81', 1, numa=1))
    yield
    tracker.free_instance(None, instance)
    yield
    device_rows.sync(tracker, [])
    yield


def writes_of_the_story():
    with device_rows.Rows().in_place() as rows:
        tracker = device_rows.start()
        for _ in story(tracker):
            device_rows.save(tracker)
        return rows.writes


@pytest.mark.parametrize('when', ['before', 'after'])
@pytest.mark.parametrize('write', range(writes_of_the_story()))
@pytest.mark.parametrize('restart', [False, True], ids=['goes on', 'dies'])
def test_a_write_that_fails_is_made_good(rows, write, when, restart):
    """Memory and rows meet again, wherever one write was lost."""
    rows.fail(write, when)
    tracker = device_rows.start()
    failed = False
    for _ in story(tracker):
        try:
            device_rows.save(tracker)
        except device_rows.db_exc.DBError:
            failed = True
            if restart:
                break
    assert failed
    if restart:
        owners = {address: row['instance_uuid']
                  for address, row in rows.rows.items()}
        tracker = device_rows.start(device_rows.family('81', 2))
        assert {dev.address: dev.instance_uuid for dev in tracker.pci_devs
                if dev.instance_uuid} == {
            address: owner for address, owner in owners.items() if owner}
        tracker.clean_usage([], [])
        device_rows.sync(tracker, [])
    device_rows.save(tracker)
    assert rows.rows == {}
    assert len(tracker.pci_devs) == 0


def test_a_lost_instance_loses_its_devices_at_the_next_update():
    tracker = device_rows.start(device_rows.family('81', 2))
    device_rows.claim(tracker, ME, **{R1: (1, VF)})
    device_rows.claim(tracker, OTHER, **{R2: (1, VF)})
    tracker.allocate_instance(device_rows.guest(ME))
    tracker.clean_usage([], [objects.Migration(instance_uuid=OTHER)])
    assert sorted(device_rows.states(tracker).values()) == [
        'available', f'claimed:{OTHER}', 'unclaimable']


@pytest.mark.parametrize('wrong', [
    {'vendor_id': None}, {'product_id': 5}, {'dev_type': 'type-X'},
    {'numa_node': 'x'}, {'capabilities': None}, {'parent_addr': []}])
def test_a_device_that_cannot_be_read_stops_no_other(wrong, caplog):
    """A report names a new device, an unreadable one and an owner's."""
    host = device_rows.family('81', 2)
    tracker = device_rows.start(host)
    taken, = device_rows.claim(tracker, ME, **{R1: (1, VF)})
    device_rows.save(tracker)
    bad = {**device_rows.reported('0000:05:00.0'), **wrong}
    new = device_rows.reported('0000:06:00.0')
    for _ in range(2):
        device_rows.sync(tracker, [bad, new, *(
            {**device, **wrong} if device['address'] == taken else device
            for device in host)])
    assert device_rows.states(tracker) == {
        '0000:06:00.0': 'available', PF_81: 'unclaimable',
        VF_0: 'available', VF_1: 'available', taken: f'claimed:{ME}'}
    assert len([line for line in warnings(caplog) if line.startswith(
        'Ignoring a PCI device that the host reports: 0000:05:00.0: ')]) == 1
    device_rows.save(tracker)
    tracker.free_instance(None, device_rows.guest(ME))
    for _ in range(2):
        device_rows.sync(tracker, [*host, new])
    assert device_rows.pooled(tracker) == [
        '0000:06:00.0', PF_81, VF_0, VF_1]


def test_a_report_cannot_say_who_owns_a_device():
    tracker = device_rows.start([device_rows.reported(
        PF_81, status='allocated', instance_uuid=OTHER, request_id=R1,
        compute_node_id=7, created_at=5, deleted='x')])
    device_rows.save(tracker)
    dev, = tracker.pci_devs
    assert (dev.status, dev.instance_uuid, dev.request_id,
            dev.compute_node_id) == ('available', None, None, 1)


def test_a_pf_that_names_a_pf_is_not_claimed_beside_it():
    """Two devices that exclude each other, and are asked for together."""
    tracker = device_rows.start([
        device_rows.reported(PF_81, PF),
        device_rows.reported('0000:99:00.0', PF, PF_81)])
    before = device_rows.snapshot(tracker)
    with pytest.raises((exception.PciDevicePFInvalidStatus,
                        exception.PciDeviceVFInvalidStatus)):
        device_rows.claim(tracker, ME, **{R1: (2, PF)})
    assert device_rows.snapshot(tracker) == before
