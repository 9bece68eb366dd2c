# SPDX-License-Identifier: Apache-2.0

"""A compute's tracker under random operations, crashes and faults.

A host of two PFs with VFs, one with vDPA devices and three plain devices;
guests that claim, move and die; devices that come, go and change; reports
that are wrong; writes that fail; a process that dies and starts again on the
rows it left.  After each operation every safety property is checked on the
whole state, and at the end the host is offered as it is.
"""

import collections
import contextlib
import copy
import itertools
import os
import uuid as uuids

import pytest
from hypothesis import HealthCheck
from hypothesis import Phase
from hypothesis import settings
from hypothesis import stateful
from hypothesis import strategies as st
from nova import exception
from nova import objects
from oslo_db import exception as db_exc

from nova_pci_ext import stats
from nova_pci_ext.compute import hotplug
from nova_pci_ext.model import families
from nova_pci_ext.model.claim import DEPENDENT
from nova_pci_ext.model.claim import GONE
from nova_pci_ext.model.claim import OWNED
from tests import device_rows
from tests.device_rows import PCI
from tests.device_rows import PF
from tests.device_rows import VDPA
from tests.device_rows import VF

pytestmark = [pytest.mark.property, pytest.mark.nova]

# 100,000 reports and moves and more in the long form, which says how many:
#   NOVA_PCI_EXT_TRACKER_RUNS=3000 pytest -s tests/property/test_tracker.py
RUNS = int(os.environ.get('NOVA_PCI_EXT_TRACKER_RUNS', '40'))
STEPS = 50
# To shrink a failure takes minutes; the long form shows it as it was found.
PHASES = [Phase.generate] if RUNS != 40 else [Phase.generate, Phase.shrink]

HOST = [*device_rows.family('81', 3), *device_rows.family('82', 2, numa=1),
        *device_rows.family('83', 2, kind=VDPA),
        *(device_rows.reported(f'0000:0{bus}:00.0') for bus in range(3))]
IDENTITY = ('vendor_id', 'product_id', 'dev_type', 'numa_node', 'parent_addr')
ADDRESSES = [device['address'] for device in HOST]
GUESTS = [str(uuids.UUID(int=number)) for number in range(4)]

PFS = [device['address'] for device in HOST if device['dev_type'] == PF]

kinds = st.sampled_from([VF, VF, PF, PCI, VDPA])
# What can be different in a report: any property, another device, or nothing.
properties = st.one_of(
    st.none(),
    st.fixed_dictionaries({}, optional={
        'numa_node': st.sampled_from([0, 1, None]),
        'product_id': st.sampled_from(
            ['beef', *device_rows.PRODUCTS.values()]),
        'vendor_id': st.sampled_from(['8086', '15b3']),
        'dev_type': st.sampled_from([PF, VF, PCI, VDPA]),
        'parent_addr': st.sampled_from([None, *PFS, ADDRESSES[1]])}),
    st.just({'dev_type': PCI, 'parent_addr': None}))
changed = st.dictionaries(
    st.sampled_from([*ADDRESSES, '0000:81:10.7', '0000:99:00.0']), properties,
    min_size=1, max_size=3)
guests = st.sampled_from(GUESTS)


class TrackerMachine(stateful.RuleBasedStateMachine):
    """What nova-compute may do with its tracker, in any order."""

    operations = collections.Counter()

    def __init__(self):
        super().__init__()
        self._patches = device_rows.Rows().in_place()
        self.rows = self._patches.__enter__()
        self.host = {device['address']: dict(device) for device in HOST}
        # What the last report said that is not so.
        self.lies = {}
        # PF and child by what was said rightly of the child; kept with an
        # owner since it claimed.
        self.links = Links()
        self.last = dict(self.host)
        self.tracker = device_rows.start(self.report())
        self.links.report(self.host)
        self.in_placement = False
        self.instances = {uuid: device_rows.guest(uuid) for uuid in GUESTS}
        # What each guest was promised: request id to (count, device type).
        self.promised = collections.defaultdict(dict)
        self.request_ids = (
            str(uuids.UUID(int=number)) for number in itertools.count(100))

    def teardown(self):
        self.everything_comes_back()
        self._patches.__exit__(None, None, None)
        hotplug.REPORTS.publish('compute-1', '[]')
        hotplug.REPORTS.take('compute-1')

    def report(self):
        return [dict(device) for device in self.host.values()]

    # Guests

    @stateful.rule(uuid=guests, kind=kinds)
    def claim_one(self, uuid, kind):
        self.claim(uuid, [(1, kind)])

    @stateful.rule(uuid=guests, kind=kinds)
    def boot(self, uuid, kind):
        """A claim as ResourceTracker.instance_claim makes it."""
        self.claim(uuid, [(1, kind)])
        self.allocate(uuid)
        self.save()

    @stateful.rule(uuid=guests, wanted=st.lists(
        st.tuples(st.integers(1, 2), kinds), min_size=1, max_size=3))
    def claim(self, uuid, wanted):
        self.operations['moves'] += 1
        counts = dict(zip(self.request_ids, wanted, strict=False))
        before = device_rows.snapshot(self.tracker)
        try:
            claimed = self.tracker.claim_instance(
                None, device_rows.ask(uuid, **counts), None)
        except exception.PciDeviceRequestFailed:
            assert device_rows.snapshot(self.tracker) == before
            self.operations['refused'] += 1
        else:
            self.operations['claimed'] += 1
            assert len(claimed) == sum(count for count, _ in wanted)
            self.promised[uuid].update(counts)

    @stateful.rule(uuid=guests, kind=kinds)
    def claim_and_free(self, uuid, kind):
        """A free after a claim restores everything, providers included.

        Nova reports to Placement at the end of each operation; without that
        a device that changed when it was freed has its old provider.
        """
        if self.in_placement:
            self.report_to_placement()
        before = device_rows.snapshot(self.tracker)
        self.operations['moves'] += 2
        waiting = set(self.tracker.stale) | set(
            self.tracker.to_be_removed_when_freed)
        try:
            claimed = self.tracker.claim_instance(
                None, device_rows.ask(
                    uuid, **{next(self.request_ids): (1, kind)}), None)
        except exception.PciDeviceRequestFailed:
            return
        for dev in claimed:
            self.tracker.free_device(dev, {'uuid': uuid})
        assert not waiting & {dev.address for dev in claimed}
        assert device_rows.snapshot(self.tracker) == before

    @stateful.rule(uuid=guests)
    def allocate(self, uuid):
        self.operations['moves'] += 1
        self.tracker.update_pci_for_instance(
            None, self.instances[uuid], sign=1)

    @stateful.rule(uuid=guests)
    def free(self, uuid):
        self.operations['moves'] += 1
        self.tracker.update_pci_for_instance(
            None, self.instances[uuid], sign=-1)
        assert self.owned_by(uuid) == []
        self.promised.pop(uuid, None)

    @stateful.rule(uuid=guests)
    def free_claims(self, uuid):
        self.operations['moves'] += 1
        kept = {dev.address for dev in self.tracker.allocations.get(uuid, ())}
        self.tracker.free_instance_claims(None, self.instances[uuid])
        assert kept == {dev.address for dev in self.owned_by(uuid)}
        self.keep_promises_held(uuid)

    @stateful.rule(uuid=guests)
    def free_allocations(self, uuid):
        self.operations['moves'] += 1
        kept = {dev.address for dev in self.tracker.claims.get(uuid, ())}
        self.tracker.free_instance_allocations(None, self.instances[uuid])
        assert kept == {dev.address for dev in self.owned_by(uuid)}
        self.keep_promises_held(uuid)

    @stateful.rule(uuid=guests, other=guests, address=st.sampled_from(
        ADDRESSES))
    def free_device(self, uuid, other, address):
        """An old copy of a device frees it only for its owner."""
        for dev in self.owned_by(uuid):
            if dev.address == address:
                self.operations['moves'] += 1
                self.tracker.free_device(dev.obj_clone(), {'uuid': other})
                assert (dev.status in OWNED) == (uuid != other)
        self.keep_promises_held(uuid)

    @stateful.rule(alive=st.sets(guests, min_size=2),
                   running=st.sets(guests, max_size=2))
    def clean_usage(self, alive, running):
        """A periodic update; some guests outlive their instances."""
        self.told(self.host)
        hotplug.REPORTS.publish(
            'compute-1', device_rows.json.dumps(self.report()), running)
        self.tracker.clean_usage(
            [self.instances[uuid] for uuid in sorted(alive)][1:],
            [objects.Migration(instance_uuid=uuid)
             for uuid in sorted(alive)][:1])
        if self.in_placement:
            self.report_to_placement()
        owners = {dev.instance_uuid for dev in self.tracker.pci_devs}
        assert owners <= alive | running | {None}
        for uuid in set(GUESTS) - alive - running:
            self.instances[uuid] = device_rows.guest(uuid)
            self.promised.pop(uuid, None)

    # The host

    @stateful.rule(gone=st.sets(st.sampled_from(ADDRESSES), max_size=3))
    def unplug(self, gone):
        for address in gone:
            self.host.pop(address, None)
        self.sync()

    @stateful.rule()
    def plug(self):
        """Everything is back, as it was."""
        self.host = {device['address']: dict(device) for device in HOST}
        self.sync()

    @stateful.rule(changes=changed)
    def change(self, changes):
        """The host changes for good: devices, new ones, and vanished ones."""
        self.host = with_changes(self.host, changes)
        self.sync()

    @stateful.rule(lies=changed)
    def lie(self, lies):
        """One report is wrong; the next is wrong otherwise, or right."""
        lies = {address: lie for address, lie in lies.items()
                if address not in self.lies}
        self.sync(lies)

    @stateful.rule(address=st.sampled_from(ADDRESSES), change=st.sampled_from(
        [{'numa_node': 1}, {'product_id': 'beef'}, {'vendor_id': '15b3'},
         {}]))
    def change_back(self, address, change):
        """A device is as it was at first, or nearly."""
        original, = (device for device in HOST
                     if device['address'] == address)
        self.host[address] = {**original, **change}
        self.sync()

    @stateful.rule(address=st.sampled_from(ADDRESSES))
    def report_twice(self, address):
        if address in self.host:
            twice = dict(self.host[address], numa_node=7)
            self.operations['reports'] += 1
            device_rows.sync(self.tracker, [*self.report(), twice])
            self.sync()

    @stateful.rule()
    def sync(self, lies=()):
        reported = with_changes(self.host, dict(lies))
        self.told(reported, lies)
        device_rows.sync(self.tracker, list(map(dict, reported.values())))
        if self.in_placement:
            self.report_to_placement()

    def told(self, reported, lies=()):
        """Remember what the next report says, and what of it is so."""
        self.operations['reports'] += 1
        self.last = dict(reported)
        self.lies = dict(lies)
        self.links.report({address: device
                           for address, device in self.host.items()
                           if address not in self.lies})

    @stateful.rule()
    def report_to_placement(self):
        """Nova writes the provider into every device, one a family.

        Once that is configured, it follows every sync.
        """
        self.in_placement = True
        for dev in self.tracker.pci_devs:
            dev.extra_info['rp_uuid'] = dev.parent_addr or dev.address
        self.tracker.stats.populate_pools_metadata_from_assigned_devices()

    # The process

    @stateful.rule()
    def save(self):
        device_rows.save(self.tracker)
        self.rows_are_as_memory()

    @stateful.rule(gone=st.sets(st.sampled_from(ADDRESSES), max_size=3),
                   write=st.integers(0, 4),
                   when=st.sampled_from(['before', 'after']))
    def fail_to_save(self, gone, write, when):
        self.unplug(gone)
        self.rows.fail(write, when)
        with contextlib.suppress(db_exc.DBError):
            device_rows.save(self.tracker)
        self.rows.fix()

    @stateful.rule(lies=st.one_of(st.just({}), changed))
    def restart(self, lies):
        """Nothing is left but the rows, wherever the process was killed.

        The first report after it may be wrong as well.
        """
        lies = {address: lie for address, lie in lies.items()
                if address not in self.lies}
        owners = {address: row['instance_uuid']
                  for address, row in self.rows.rows.items()
                  if row['status'] in OWNED}
        # Of a device without a row nobody knows what it was.
        self.links.forget(self.rows.rows)
        self.links.resume(set(owners))
        self.tracker = device_rows.start()
        self.sync(lies)
        assert owners == {dev.address: dev.instance_uuid
                          for dev in self.tracker.pci_devs
                          if dev.status in OWNED}
        for uuid in GUESTS:
            self.instances[uuid] = device_rows.guest(uuid)
            self.instances[uuid].pci_devices.objects = [
                dev.obj_clone() for dev in self.owned_by(uuid)
                if dev.status == 'allocated']
            self.keep_promises_held(uuid)

    # What must always hold

    @stateful.invariant()
    def operations_are_counted(self):
        self.operations['done'] += 1

    @stateful.invariant()
    def what_an_equal_report_skips_would_change_nothing(self):
        """Wherever the tracker would skip the last report, it is taken in."""
        text = self.tracker._reader._text
        if text is None or not self.tracker._is_taken_in(
                self.tracker._reader.read(text)):
            return
        self.operations['skipped'] += 1
        before = everything(self.tracker)
        self.tracker._reader.forget()
        self.tracker._read(text)
        assert everything(self.tracker) == before

    @stateful.invariant()
    def books_and_devices_agree(self):
        """Every device has at most one owner, in one book."""
        for status, book in (('claimed', self.tracker.claims),
                             ('allocated', self.tracker.allocations)):
            booked = sorted((dev.address, uuid)
                            for uuid, held in book.items() for dev in held)
            assert booked == sorted(
                (dev.address, dev.instance_uuid)
                for dev in self.tracker.pci_devs if dev.status == status)

    @stateful.invariant()
    def relatives_are_never_both_owned(self):
        """Checked on what was reported, not on what the tracker links."""
        self.links.check({dev.address for dev in self.tracker.pci_devs
                          if dev.status in OWNED})

    @stateful.invariant()
    def dependent_means_held_by_a_relative(self):
        """Available, owned and dependent make up all that is not gone."""
        index = self.tracker._moves.index
        for dev in self.tracker.pci_devs:
            if dev.status in OWNED | GONE:
                continue
            relatives = {index[relative].status for relative in
                         index.whole_families([dev.address])[
                             dev.address].relatives}
            assert (dev.status in DEPENDENT) == bool(relatives & OWNED)
            assert (dev.status == 'unavailable') == ('allocated' in relatives)
            assert dev.instance_uuid is None
            assert dev.request_id is None

    @stateful.invariant()
    def contested_links_are_those_that_no_row_names(self):
        """A free asks this set instead of looking at whole families."""
        index = self.tracker._moves.index
        known = {*ADDRESSES, *(dev.address for dev in index)}
        named = {address: set() for address in known}
        for dev in filter(None, map(index.alive, known)):
            parent = families.parent_of(dev.dev_type, dev.parent_addr)
            named[dev.address] = {parent} - {None, dev.address}
        assert index.families.contested & known == {
            address for address in known
            if set(index.families.parents(address)) != named[address]}

    @stateful.invariant()
    def pools_are_what_the_devices_say(self):
        withheld = self.tracker._moves.withheld.union(
            self.tracker._re_addressed.held)
        fresh = stats.PciDeviceStats(None, dev_filter=self.tracker.dev_filter)
        for dev in self.tracker.pci_devs:
            if dev.status == 'available' and dev.address not in withheld:
                fresh.add_device(dev)
        assert without_providers(fresh) == without_providers(
            self.tracker.stats)
        offered = [dev.address for dev in self.tracker.stats.get_free_devs()]
        assert len(offered) == len(set(offered))

    @stateful.invariant()
    def what_is_offered_is_as_it_was_reported(self):
        """No phantom: a device that is gone, or another than its row says."""
        for dev in self.tracker.stats.get_free_devs():
            reported = self.last[dev.address]
            assert reported['vendor_id'] == '8086'
            assert {name: getattr(dev, name) for name in IDENTITY} == {
                name: reported[name] for name in IDENTITY}

    @stateful.invariant()
    def guests_have_what_they_were_promised(self):
        for uuid in GUESTS:
            held = collections.Counter(
                dev.request_id for dev in self.owned_by(uuid))
            assert held == {request_id: count for request_id, (count, _)
                            in self.promised[uuid].items()}

    @stateful.invariant()
    def links_of_the_objects_are_those_of_the_addresses(self):
        devices = {dev.address: dev for dev in self.tracker.pci_devs
                   if dev.status not in GONE}
        assert len(devices) == len(
            [dev for dev in self.tracker.pci_devs if dev.status not in GONE])
        for dev in devices.values():
            parent = devices.get(dev.parent_addr)
            if dev.dev_type not in (VF, VDPA) or parent is dev or (
                    parent is not None and parent.dev_type != PF):
                parent = None
            assert dev.parent_device is parent
            assert [child.address for child in dev.child_devices] == sorted(
                child.address for child in devices.values()
                if child.parent_device is dev)

    def everything_comes_back(self):
        """Nothing is withheld for ever: the host is offered as it is."""
        self.rows.fix()
        self.told(self.host)
        hotplug.REPORTS.publish(
            'compute-1', device_rows.json.dumps(self.report()))
        self.tracker.clean_usage([], [])
        for _ in range(2):
            self.sync()
        assert device_rows.pooled(self.tracker) == sorted(
            address for address, device in self.host.items()
            if device['vendor_id'] == '8086')

    # Helpers of the rules

    def owned_by(self, uuid):
        return [dev for dev in self.tracker.pci_devs
                if dev.instance_uuid == uuid and dev.status in OWNED]

    def keep_promises_held(self, uuid):
        """After a part was given back: the promise is what is left."""
        held = collections.Counter(
            dev.request_id for dev in self.owned_by(uuid))
        self.promised[uuid] = {request_id: (count, None)
                               for request_id, count in held.items()}

    def rows_are_as_memory(self):
        assert {address: (row['status'], row['instance_uuid'],
                          row['request_id'])
                for address, row in self.rows.rows.items()} == {
            dev.address: (dev.status, dev.instance_uuid, dev.request_id)
            for dev in self.tracker.pci_devs}


def everything(tracker):
    """Return all that a report could change, of every object involved."""
    taking, moving, told = tracker._intake, tracker._moves, tracker._notices
    links = moving.index.families
    return device_rows.snapshot(tracker), {
        'rows': [(dev.obj_to_primitive(), sorted(dev._changed_fields))
                 for dev in tracker.pci_devs],
        'waiting': copy.deepcopy((taking.stale, taking._doubted)),
        'removed': (sorted(taking.to_be_removed_when_freed),
                    dict(taking._left)),
        'reported': copy.deepcopy(taking._reported),
        'withheld': set(moving.withheld),
        'links': copy.deepcopy(vars(links)),
        'books': [{uuid: [dev.address for dev in held]
                   for uuid, held in book.items()}
                  for book in (tracker.claims, tracker.allocations)],
        'told': copy.deepcopy((told._said, told._duplicates, told._outlived,
                               told._incomplete)),
        'entries': copy.deepcopy(tracker.dev_filter._found)}


class Links:
    """Which devices exclude each other, by what was reported and is so."""

    def __init__(self):
        self._now = {}
        self._kept = {}
        self._owned = set()
        # Of every claim, for owners that were freed and not saved.
        self._ever = {}

    def report(self, devices):
        self._now.update(
            (address, device['parent_addr']
             if device['dev_type'] in (VF, VDPA) else None)
            for address, device in devices.items())

    def forget(self, known):
        self._now = {address: parent for address, parent in self._now.items()
                     if address in known}
        self._kept = {address: relatives & set(known)
                      for address, relatives in self._kept.items()}

    def resume(self, owned):
        """The owners in the rows; they claimed when they did."""
        for address in owned - self._owned:
            self._kept[address] = self._ever[address]
            assert not self._kept[address] & (owned - {address})
        self._owned = owned

    def _of(self, address):
        return {other for pair in self._now.items() if address in pair
                for other in pair} - {address, None}

    def check(self, owned):
        """No device was claimed beside a relative of its own."""
        new = owned - self._owned
        for address in new:
            others = owned - {address}
            assert not self._of(address) & others
            assert not {other for other in others
                        if address in self._kept.get(other, ())}
        self._ever.update((address, self._of(address)) for address in new)
        self._kept = {address: self._ever[address] if address in new
                      else self._kept[address] for address in owned}
        self._owned = owned


def with_changes(host, changes):
    """A host with some devices changed, added, or (None) taken away."""
    changed = {**host}
    for address, change in changes.items():
        if change is None:
            changed.pop(address, None)
        else:
            known = host.get(address) or device_rows.reported(address)
            changed[address] = {**known, **change}
    return changed


def without_providers(pools):
    return sorted(
        (sorted((key, str(value)) for key, value in pool.items()
                if key not in ('devices', 'rp_uuid')),
         sorted(dev.address for dev in pool['devices']))
        for pool in pools.pools if pool['count'])


class TestTracker(TrackerMachine.TestCase):
    """Runs the machine, and prints what it did."""

    settings = settings(
        max_examples=RUNS, stateful_step_count=STEPS, deadline=None,
        database=None, report_multiple_bugs=False, phases=PHASES,
        suppress_health_check=list(HealthCheck))

    def runTest(self):
        TrackerMachine.operations.clear()
        super().runTest()
        print(dict(TrackerMachine.operations))
