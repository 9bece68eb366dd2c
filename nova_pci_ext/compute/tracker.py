# SPDX-License-Identifier: Apache-2.0

"""The PCI devices of a compute node: who has which, and what is free.

Stands in the place of ``nova.pci.manager.PciDevTracker``.  Nova's
ResourceTracker is the only caller.  Every change goes the same way: records
of the touched families are read (``claims``), the whole change is planned on
them, and only a plan that is legal to its end is applied.
"""

import functools
import pathlib
import threading
from collections.abc import Callable
from collections.abc import Iterable
from typing import Concatenate
from typing import ParamSpec
from typing import TypeVar

from nova import objects
from oslo_config import cfg
from oslo_log import log as logging
from oslo_utils import excutils

from nova_pci_ext import stats
from nova_pci_ext.compute import device_filter
from nova_pci_ext.compute import device_groups
from nova_pci_ext.compute import devices
from nova_pci_ext.compute import drained
from nova_pci_ext.compute import health
from nova_pci_ext.compute import hotplug
from nova_pci_ext.compute import intake
from nova_pci_ext.compute import moves
from nova_pci_ext.compute import moving_rows
from nova_pci_ext.compute import notices
from nova_pci_ext.compute import ownership
from nova_pci_ext.compute import persistence
from nova_pci_ext.compute import re_addressed
from nova_pci_ext.compute import releases
from nova_pci_ext.compute import reports
from nova_pci_ext.compute import self_audit
from nova_pci_ext.compute import whereabouts
from nova_pci_ext.configuration import pci_ext
from nova_pci_ext.handing_out import places
from nova_pci_ext.metrics import record
from nova_pci_ext.model.claim import ClaimState
from nova_pci_ext.model.claim import Move
from nova_pci_ext.model.claim import OWNED
from nova_pci_ext.novaobj import charges
from nova_pci_ext.novaobj import protocols

P = ParamSpec('P')
R = TypeVar('R')
CONF = cfg.CONF
pci_ext.register_opts(CONF)
LOG = logging.getLogger(__name__)


def _locked(method: 'Callable[Concatenate[PciDevTracker, P], R]',
            ) -> 'Callable[Concatenate[PciDevTracker, P], R]':
    """Let one thread at a time into a method of the tracker."""
    @functools.wraps(method)
    def run(self: 'PciDevTracker', /,
            *args: P.args, **kwargs: P.kwargs) -> R:
        with self._lock:
            return method(self, *args, **kwargs)
    return run


class PciDevTracker:
    """The state of all PCI devices of one compute node.

    :ivar pci_devs: Nova's PciDeviceList, sorted by address; the objects are
        the one copy of the state, ``save`` writes them
    :ivar stats: pools of the available devices
    :ivar claims: instance UUID to the devices claimed for it
    :ivar allocations: instance UUID to the devices allocated to it
    :ivar stale: address of an owned device to the properties that the host
        reports by now; they wait until it is free, and reported again
    :ivar to_be_removed_when_freed: owned devices that the host no longer
        reports, or that are no longer in ``device_spec``, by address
    """

    def __init__(self, context: protocols.Context,
                 compute_node: protocols.ComputeNode) -> None:
        self._lock = threading.RLock()
        self._context = context
        self.node_id = compute_node.id
        self._node = (compute_node.hypervisor_hostname
                      if 'hypervisor_hostname' in compute_node else None)
        self.dev_filter = device_filter.DeviceFilter(CONF.pci.device_spec)
        self._groups = device_groups.declared()
        self.stats = stats.PciDeviceStats(
            _numa_topology(compute_node), dev_filter=self.dev_filter)
        self._ownership = ownership.Ownership()
        self.claims = self._ownership.claims
        self.allocations = self._ownership.allocations
        self._notices = notices.Notices(LOG)
        listed = objects.PciDeviceList.get_by_compute_node(
            context, self.node_id)
        moving_rows.recover(listed.objects)
        self._moves = moves.Moves(devices.DeviceIndex(listed), self.stats)
        self._reader = reports.Reader(
            self.dev_filter, self._notices, self._groups)
        self._intake = intake.Intake(
            context, self.node_id, self._moves, self._notices)
        self.stale = self._intake.stale
        self.to_be_removed_when_freed = self._intake.to_be_removed_when_freed
        self._drained = drained.Drained(
            pathlib.Path(CONF.pci_ext.drained_file), LOG)
        self._health = health.Health(self._drained, LOG)
        self._releases = releases.Releases(
            self._drained, LOG,
            lambda: hotplug.REPORTS.are_local(self._node),
            self._moves.is_certain)
        self._drained.follow(self._moves.index)
        self._moves.drained = self._drained.drains
        self._re_addressed = re_addressed.ReAddressed(
            context, self.node_id, LOG)
        self._re_addressed.read(self._moves.index)
        self._moves.held = self._re_addressed.held
        for dev in self._moves.index:
            self._ownership.add(dev)
            if self._moves.is_offered(dev):
                self.stats.add_device(dev)
        self._follow_budgets()
        record.watch(self._name, self)

    @property
    def _name(self) -> str:
        """What the metrics call this node."""
        return self._node or str(self.node_id)

    @property
    def pci_devs(self) -> protocols.PciDeviceList:
        """Nova's list of all devices, removed ones included until saved."""
        return self._moves.index.listed

    @pci_devs.setter
    def pci_devs(self, listed: protocols.PciDeviceList) -> None:
        self._moves.index = devices.DeviceIndex(listed)
        self._intake.start_anew()

    @property
    def pci_stats(self) -> stats.PciDeviceStats:
        """The pools, under the other name that Nova has for them."""
        return self.stats

    @_locked
    def save(self, context: protocols.Context) -> None:
        """Write every changed device to the database.

        :raises Exception: whatever the database raises; all that is not
            written stays marked as changed, and the next call writes it
        """
        deleted = []
        try:
            for dev in persistence.save_changed(self._moves.index, context):
                deleted.append(dev)
        finally:
            self._moves.index.forget(deleted)
            self._intake.forget(deleted)
            self.stats.forget(dev.address for dev in deleted)

    @_locked
    def update_devices_from_hypervisor_resources(
            self, devices_json: str) -> None:
        """Take in the devices that the host has now.

        Nova calls this once, with the report that the driver has also left
        for hot plug.

        :param devices_json: ``pci_passthrough_devices`` of the virt driver
        """
        hotplug.REPORTS.take(self._node)
        self._read(devices_json)

    def _is_taken_in(self, report: reports.Report) -> bool:
        """Whether a report would change nothing, so that it is skipped."""
        return (self._intake.has(report)
                and not self._re_addressed.is_waiting())

    def _read(self, devices_json: str) -> None:
        report = self._reader.read(devices_json)
        if self._is_taken_in(report):
            return
        held = set(self._re_addressed.held)
        try:
            has_moved = self._re_addressed.follow(self._moves.index, report)
        except Exception:
            with excutils.save_and_reraise_exception():
                # Nobody can say how far it came; the next report offers what
                # is nobody's.
                self._start_anew()
        if has_moved:
            self._start_anew()
        self.stats.forget_entries()
        self._intake.take_in(report, self._note)
        self._offer_anew(held)
        self._follow_budgets()
        self._obey_drains(anew=True)
        self._notices.incomplete(places.unusable(
            self._groups, report.addresses))

    def _offer_anew(self, held: Iterable[str]) -> None:
        """Offer what is not held any more, and nothing that is held now.

        :param held: addresses of what was held before
        """
        self._moves.pool(address for address in {
            *held, *self._re_addressed.held}
            if self._moves.index.get(address) is not None)

    def _follow_budgets(self) -> None:
        """Have the budgets that entries give to the devices there are."""
        self._moves.budgets.follow(self._moves.index, self.stats, LOG)

    def _note(self, index: devices.DeviceIndex,
              report: reports.Report) -> None:
        """Note what devices are; an entry may be for one card or slot."""
        for dev in self._re_addressed.note(index, report):
            self.stats.update_device(dev)

    def _start_anew(self) -> None:
        """Read all rows again, which have other owners than before."""
        self._moves.start_anew()
        self._intake.start_over()
        self._ownership.start_anew(self._moves.index)

    def _obey_drains(self, *, anew: bool = False) -> None:
        """Offer nothing that is drained, and what is not any more.

        :param anew: whether devices came or changed
        """
        self._moves.pool(self._drained.follow(self._moves.index, anew=anew))

    def _set_hvdevs(self, reported: Iterable[reports.Properties]) -> None:
        # Nova's own tests know this step by its name.
        self._intake.take_in(reports.Report(tuple(reported)))

    @_locked
    def claim_instance(
            self, context: protocols.Context,
            pci_requests: protocols.InstancePCIRequests,
            instance_numa_topology: protocols.InstanceNUMATopology | None,
            ) -> list[devices.PciDevice]:
        """Claim devices for all requests of an instance, or for none.

        The devices come on top of what the instance has already.

        :param pci_requests: Nova's InstancePCIRequests
        :param instance_numa_topology: where the guest goes, or None
        :returns: the devices, each with the id of its request
        :raises PciDeviceRequestFailed: when they do not fit; then nothing
            has changed
        :raises PciDevicePFInvalidStatus, PciDeviceVFInvalidStatus: as Nova's
            tracker does, when devices that were chosen exclude each other by
            what rows or reports say of them; then nothing has changed
        """
        if not pci_requests.requests:
            return []
        topology = instance_numa_topology
        with record.claiming(self._name):
            taken = self._take(pci_requests,
                               topology.cells if topology else None)
            if not taken:
                return []
            charges.settle(pci_requests.requests, taken)
            self._releases.note(taken)
            self._ownership.claimed(pci_requests.instance_uuid, taken)
            record.claimed(self._name, taken)
        if topology and any(dev.numa_node is None for dev in taken):
            LOG.warning('Instance %s has a NUMA topology, and was given a '
                        'PCI device whose NUMA node is unknown',
                        pci_requests.instance_uuid)
        return taken

    def _take(self, pci_requests: protocols.InstancePCIRequests,
              cells: list[protocols.InstanceNUMACell] | None,
              ) -> list[devices.PciDevice]:
        """Choose devices that are in service, and claim them.

        Who drains a device asks for no lock: what was drained while devices
        were chosen is seen afterwards, and they are chosen again.  So nothing
        is handed out once ``nova-pci drain`` has said that it is drained.
        """
        while True:
            self._obey_drains()
            chosen = self.stats.choose(pci_requests.requests, cells)
            taken = self._moves.claim(
                chosen, pci_requests.instance_uuid) if chosen else []
            if not self._drained.is_out_of_date():
                return taken
            self._moves.run([(Move.FREE, dev.address) for dev in taken])

    @_locked
    def allocate_instance(self, instance: devices.Owner) -> None:
        """Turn the claims of an instance into allocations."""
        claimed = self.claims.get(instance['uuid'])
        if claimed:
            self._moves.run([(Move.ALLOCATE, dev.address) for dev in claimed],
                            owner=instance['uuid'], instance=instance)
        self._ownership.allocated(instance['uuid'])

    @_locked
    def free_device(self, dev: devices.PciDevice,
                    instance: devices.Owner) -> None:
        """Free one device, if it is the instance's.

        :param dev: the device, or an older copy of it
        """
        own = self._moves.index.get(dev.address)
        if (own is not None and devices.same_row(own, dev)
                and own.status in OWNED
                and own.instance_uuid == instance['uuid']):
            self._free([own])

    @_locked
    def free_instance_allocations(self, context: protocols.Context,
                                  instance: devices.Owner) -> None:
        """Free what is allocated to an instance, and keep its claims."""
        self._free(self.allocations.get(instance['uuid'], ()), instance)

    @_locked
    def free_instance_claims(self, context: protocols.Context,
                             instance: devices.Owner) -> None:
        """Free what is claimed for an instance, and keep its allocations.

        A resize claims on the destination before anything is allocated
        there, and ``instance.pci_devices`` does not know those devices.
        """
        self._free(self.claims.get(instance['uuid'], ()), instance)

    @_locked
    def free_instance(self, context: protocols.Context,
                      instance: devices.Owner) -> None:
        """Free all that an instance has."""
        self._free(self._ownership.of(instance['uuid']), instance)

    def _free_device(self, dev: devices.PciDevice,
                     instance: devices.Owner | None = None) -> None:
        self._free([dev], instance)

    def _free(self, freed: Iterable[devices.PciDevice],
              instance: devices.Owner | None = None) -> None:
        """Free devices; those that are due for it change or go at last.

        :param instance: the owner, whose own list of devices is kept up to
            date; None where the instance is gone
        """
        held = {dev.address: dev for dev in freed}
        allocated = [dev for dev in held.values()
                     if dev.status == ClaimState.ALLOCATED]
        listed = devices.of_instance(instance) if allocated else []
        gone = [address for address in held
                if address in self.to_be_removed_when_freed]
        owners = {dev.instance_uuid or '' for dev in held.values()}
        back = {address: dev.instance_uuid or ''
                for address, dev in held.items()}
        self._intake.before_free(held)
        self._moves.run([*((Move.FREE, address) for address in held),
                         *((Move.REMOVE, address) for address in gone)],
                        owner=instance['uuid'] if instance else None)
        devices.take_out(listed, allocated)
        self._ownership.remove(owners, held.values())
        self._intake.after_free(held)
        self._releases.look(back, self._moves.index)
        self._obey_drains()
        self._drained.tell(self._moves.index)
        record.released(self._name, held.values())

    @_locked
    def update_pci_for_instance(self, context: protocols.Context,
                                instance: devices.Owner, sign: int) -> None:
        """Follow an instance that starts (1) or stops (-1) using devices."""
        if sign == -1:
            self.free_instance(context, instance)
        if sign == 1:
            self.allocate_instance(instance)

    @_locked
    def clean_usage(self, instances: Iterable[protocols.Instance],
                    migrations: Iterable[protocols.Migration]) -> None:
        """Free what belongs to instances that are not here any more.

        But not while the guest of such an instance is still here: nova-api
        deletes without a compute that counts as down, and another host may
        have taken the instance over.  A device of a running guest would go
        to the next one; so it stays where it is until Nova or an operator
        has ended the guest.  Nor while the instance is between two hosts.
        All that is asked is asked before anything is freed.

        Nova calls this in each periodic update, which makes it the place to
        take in devices that came, changed or went since the last one.  That
        comes first: the report is older than these frees.
        """
        report = hotplug.REPORTS.take(self._node)
        if report is not None:
            self._read(report)
            # Reported by a driver of ours, the devices are those of the
            # kernel that this process runs on.
            self._health.follow(
                self._moves.index,
                drains=CONF.pci_ext.unhealthy == pci_ext.DRAIN)
            self._releases.look_again(self._moves.index)
        self._drained.settle()
        self._obey_drains()
        existing = {instance.uuid for instance in instances}
        existing |= {migration.instance_uuid for migration in migrations}
        guests = hotplug.REPORTS.guests(self._node)
        others = {owner: self._ownership.of(owner)
                  for owner in self._ownership.others(existing)}
        outlived = {owner: held for owner, held in others.items()
                    if held and owner in guests}
        gone = [owner for owner in others if owner not in outlived
                and not whereabouts.is_here(self._context, owner, self._node)]
        for owner in gone:
            self._free(others[owner])
            self._ownership.forget(owner)
        self._notices.outlived(outlived)
        self_audit.measure(self._name, self._moves.index, self.stats.pools,
                           outlived)


def _numa_topology(compute_node: protocols.ComputeNode,
                   ) -> protocols.NUMATopology | None:
    """The host's NUMATopology; the column holds it as JSON text."""
    text = compute_node.numa_topology
    return objects.NUMATopology.obj_from_db_obj(text) if text else None
