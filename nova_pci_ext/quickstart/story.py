# SPDX-License-Identifier: Apache-2.0

"""The quickstart's story: boot, refuse, delete, and check every claim."""

import contextlib
import dataclasses
import logging
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

from nova_pci_ext.quickstart import client
from nova_pci_ext.quickstart import cloud
from nova_pci_ext.quickstart import neutron
from nova_pci_ext.quickstart import observe
from nova_pci_ext.quickstart import plan
from nova_pci_ext.quickstart import stand_ins
from nova_pci_ext.virt import hand_over

FILTER = 'nova_pci_ext.scheduler.filters.PciPassthroughFilter'
TRACKER = 'nova_pci_ext.compute.tracker.PciDevTracker'
STATS = 'nova_pci_ext.stats.PciDeviceStats'

HOST_KEY = 'OS-EXT-SRV-ATTR:host'


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One claim of the story, and whether it held.

    :ivar wrong: what was found instead, None when the claim held
    """

    claim: str
    wrong: str | None = None


@dataclasses.dataclass(slots=True, kw_only=True)
class Outcome:
    """What the story has found so far."""

    checks: list[Check] = dataclasses.field(default_factory=list)
    servers: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    refusal: tuple[str, ...] = ()
    before: observe.Counts = dataclasses.field(default_factory=dict)
    during: observe.Counts = dataclasses.field(default_factory=dict)
    after: observe.Counts = dataclasses.field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """Whether every claim held."""
        return all(check.wrong is None for check in self.checks)


class Story:
    """One telling of the story in one running cloud.

    :ivar outcome: complete when ``tell`` has returned
    """

    def __init__(self, running: cloud.Cloud, wanted: plan.Plan,
                 say: Callable[[str], None]) -> None:
        self.outcome = Outcome()
        self._cloud = running
        self._plan = wanted
        self._say = say
        self._api = client.Client(running.api_url)
        self._network = running.stand_ins.network

    def tell(self) -> None:
        """Run all steps; a step that cannot go on ends the story.

        :raises ApiError: when Nova's API refuses a call
        """
        self._check_classes()
        if not self.outcome.holds:
            return
        self.outcome.before = observe.count_devices()
        self._boot_alias()
        if self._plan.physnet is not None:
            self._boot_port(self._plan.physnet)
        self._check_owners()
        self.outcome.during = observe.count_devices()
        self._ask_too_much()
        self._delete()

    def _check(self, claim: str, expected: object, found: object) -> None:
        wrong = (None if expected == found
                 else f'expected {expected}, found {found}')
        self.outcome.checks.append(Check(claim=claim, wrong=wrong))
        self._say(f'  ok: {claim}' if wrong is None
                  else f'  WRONG: {claim}: {wrong}')

    def _check_classes(self) -> None:
        """Nothing below means anything if Nova runs its own classes."""
        found = [path for path in observe.filter_paths(self._cloud)
                 if path.endswith('.PciPassthroughFilter')]
        self._check('the scheduler filters with our PciPassthroughFilter',
                    [FILTER], found)
        for host, paths in observe.tracker_paths(self._cloud).items():
            self._check(f'the tracker and its pools on {host} are ours',
                        (TRACKER, STATS), paths)

    def _boot_alias(self) -> None:
        wanted = f'{self._plan.alias}:{self._plan.count}'
        self._say(f'flavor m1.large with pci_passthrough:alias={wanted}')
        flavor_id = self._api.create_flavor(
            'm1.large', vcpus=4, ram_mb=8192, disk_gb=80, alias=wanted)
        self._say('boot server-alias with flavor m1.large')
        server = self._api.boot(
            'server-alias', flavor_id, stand_ins.IMAGE_ID, 'none')
        if self._check_active(server):
            handed = self._record(server, f'alias {wanted}')
            self._check(
                f'server-alias was handed {self._plan.count} devices of '
                f'alias {self._plan.alias}',
                [self._plan.alias] * self._plan.count,
                [each['alias'] for each in handed['devices']])

    def _boot_port(self, physnet: str) -> None:
        self._say(f'port of vnic_type direct on network {physnet}')
        flavor_id = self._api.create_flavor(
            'm1.small', vcpus=1, ram_mb=512, disk_gb=1)
        port_id = self._network.create_port({'port': {
            'network_id': neutron.network_uuid(physnet),
            'binding:vnic_type': 'direct'}})['port']['id']
        self._say(f'boot server-port with flavor m1.small, port {port_id}')
        server = self._api.boot('server-port', flavor_id, stand_ins.IMAGE_ID,
                                [{'port': port_id}])
        if not self._check_active(server):
            return
        handed = self._record(server, f'port {port_id}')
        port = self._network.show_port(port_id)['port']
        addresses = [each['address'] for each in handed['devices']]
        profile = port['binding:profile']
        self._check('server-port was handed the device of its port',
                    [profile['pci_slot']], addresses)
        self._check(f'the device of the port is on {physnet}',
                    physnet, profile['physical_network'])
        self._check(
            'the driver was given what Neutron has of the port',
            (profile, port['binding:vif_details'],
             port['binding:vif_type']),
            next(((each['profile'], each['vif_details'], each['vif_type'])
                  for each in handed['ports'] if each['id'] == port_id),
                 None))

    def _check_active(self, server: dict[str, Any]) -> bool:
        """Check that a boot succeeded; say Nova's reason if not."""
        found = server['status']
        if found == 'ERROR':
            found = f'ERROR: {_fault(server)}'
        self._check(f'{server["name"]} is ACTIVE', 'ACTIVE', found)
        return bool(server['status'] == 'ACTIVE')

    def _record(self, server: dict[str, Any],
                request: str) -> hand_over.Record:
        """Keep what the driver was handed for a server; return it."""
        host = server[HOST_KEY]
        known = hand_over.read_all(str(self._cloud.state_paths[host]))
        nothing: hand_over.Record = {
            'server': server['id'], 'name': server['name'],
            'display_name': None, 'devices': [], 'elements': [], 'ports': []}
        handed = next((each for each in known
                       if each['server'] == server['id']), nothing)
        self.outcome.servers.append({
            'id': server['id'], 'name': server['name'], 'host': host,
            'request': request, 'devices': handed['devices'],
            'ports': handed['ports']})
        return handed

    def _check_owners(self) -> None:
        """The database must say of each device what the driver was told."""
        for each in self.outcome.servers:
            self._check(
                f'pci_devices has the devices of {each["name"]} on '
                f'{each["host"]}',
                sorted((each['host'], device['address'])
                       for device in each['devices']),
                observe.owned_addresses(each['id']))

    def _ask_too_much(self) -> None:
        count = 1 + sum(sum(of_host.values())
                        for of_host in self.outcome.during.values())
        wanted = f'{self._plan.alias}:{count}'
        self._say(f'flavor too.much with pci_passthrough:alias={wanted}, '
                  f'more than there is')
        flavor_id = self._api.create_flavor(
            'too.much', vcpus=1, ram_mb=512, disk_gb=1, alias=wanted)
        with _filter_lines() as lines:
            server = self._api.boot(
                'server-too-much', flavor_id, stand_ins.IMAGE_ID, 'none')
        self.outcome.refusal = (
            f'Nova: {_fault(server)}', *(f'filter: {line}' for line in lines))
        for line in self.outcome.refusal:
            self._say(f'  {line}')
        self._check('server-too-much is refused', 'ERROR', server['status'])
        self._check('our filter gave the reason', True, bool(lines))
        self._check('the refusal took no device',
                    self.outcome.during, observe.count_devices())

    def _delete(self) -> None:
        self._say('delete all servers')
        self._api.delete_all()
        self.outcome.after = observe.await_counts(self.outcome.before)
        self._check('all devices are as they were before',
                    self.outcome.before, self.outcome.after)


def _fault(server: dict[str, Any]) -> str:
    """Return why a server failed, as Nova tells its owner."""
    return str(server.get('fault', {}).get('message', 'no reason given'))


@contextlib.contextmanager
def _filter_lines() -> Iterator[list[str]]:
    """Yield a list that takes each line which our filter logs."""
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())

    logger = logging.getLogger(FILTER.rpartition('.')[0])
    keep, level = Keep(), logger.level
    logger.addHandler(keep)
    logger.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        logger.setLevel(level)
        logger.removeHandler(keep)
