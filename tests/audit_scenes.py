# SPDX-License-Identifier: Apache-2.0

"""Clouds whose books agree, to lie in.

Each host has::

    0000:3b:00.0  PF, tracked, with VFs of a physical network (ports)
    0000:5e:00.0  PF, not tracked, with VFs in Placement (aliases)
    0000:41:00.0  GPUs, each in Placement, one bus each
    0000:c1:00.0  NVMe disk for one-time use, in Placement
    0000:d8:00.0  PF, tracked, whose VFs are tracked too (direct-physical)
"""

import dataclasses
import uuid

from nova_pci_ext.auditing.books import Allocation
from nova_pci_ext.auditing.books import Books
from nova_pci_ext.auditing.books import Guest
from nova_pci_ext.auditing.books import Instance
from nova_pci_ext.auditing.books import Machine
from nova_pci_ext.auditing.books import MachineDevice
from nova_pci_ext.auditing.books import Migration
from nova_pci_ext.auditing.books import Node
from nova_pci_ext.auditing.books import Pool
from nova_pci_ext.auditing.books import Port
from nova_pci_ext.auditing.books import Provider
from nova_pci_ext.auditing.books import Request
from nova_pci_ext.auditing.books import Row
from nova_pci_ext.auditing.books import Stock

PORTS, ALIAS, OTHER = '0000:3b:00', '0000:5e:00', '0000:d8:00'
DISK = '0000:c1:00.0'
IDS = {PORTS: ('8086', '1572', '154c'), ALIAS: ('15b3', '1017', '1018'),
       OTHER: ('8086', '1563', '1565')}
GPU_IDS, DISK_IDS = ('10de', '20b0'), ('144d', 'a824')


def name_of(*parts):
    """Return a UUID that is always the same."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, '/'.join(map(str, parts))))


def gpu(number):
    """Return the address of a GPU."""
    return f'0000:{0x41 + number:02x}:00.0'


@dataclasses.dataclass(frozen=True, kw_only=True)
class Server:
    """What one server has: numbers of devices of its host.

    :ivar moving_to: the host to which it is being resized, with the same
        devices there
    """

    name: str
    host: str
    gpus: int = 0
    vfs: int = 0
    ports: int = 0
    disk: bool = False
    physical: bool = False
    vm_state: str = 'active'
    moving_to: str | None = None

    @property
    def uuid(self):
        return name_of('server', self.name)

    @property
    def requests(self):
        """Return the requests that its devices are owned for."""
        found = [(kind, number, None) for kind, number in (
            ('gpu', self.gpus), ('vf', self.vfs), ('disk', int(self.disk)))]
        found += [(f'port{number}', 1, name_of(self.name, 'port', number))
                  for number in range(self.ports)]
        found.append(('pf', int(self.physical), name_of(self.name, 'pf')))
        return tuple(Request(request_id=name_of(self.name, kind),
                             count=number, port=port)
                     for kind, number, port in found if number)


class Builder:
    """Builds the books of servers on hosts, so that all agree."""

    def __init__(self, hosts, gpus, vfs):
        self._hosts = {name: number for number, name in enumerate(hosts, 1)}
        self._rows = {}
        for name in hosts:
            for row in self._host_rows(name, gpus, vfs):
                self._rows[name, row.address] = row
        self._ports = []
        self._servers = []
        self._migrations = []
        self._used = {}

    def _host_rows(self, host, gpus, vfs):
        node = self._hosts[host]
        ids = iter(range(node * 1000, node * 1000 + 999))

        def row(address, kind, vendor, product, provider=None, parent=None):
            return Row(id=next(ids), node_id=node, address=address,
                       parent=parent, dev_type=kind, vendor_id=vendor,
                       product_id=product, numa_node=0, status='available',
                       provider=provider and name_of(host, provider))

        for card in (PORTS, OTHER):
            vendor, pf, vf = IDS[card]
            yield row(f'{card}.0', 'type-PF', vendor, pf)
            for number in range(vfs):
                yield row(vf_address(card, number), 'type-VF', vendor, vf,
                          parent=f'{card}.0')
        for number in range(vfs):
            yield row(vf_address(ALIAS, number), 'type-VF', IDS[ALIAS][0],
                      IDS[ALIAS][2], f'{ALIAS}.0', f'{ALIAS}.0')
        for number in range(gpus):
            yield row(gpu(number), 'type-PCI', *GPU_IDS, gpu(number))
        yield row(DISK, 'type-PCI', *DISK_IDS, DISK)

    def add(self, server):
        """Give a server what it asks for, as far as it is there.

        :returns: whether it was
        """
        hosts = [server.host, *filter(None, [server.moving_to])]
        taken = [self._take(server, host) for host in hosts]
        if None in taken:
            return False
        for host, found in zip(hosts, taken, strict=True):
            for (kind, request_id), rows in found.items():
                for row in rows:
                    self._own(host, row, server.uuid, request_id, kind)
        self._servers.append(server)
        if server.moving_to:
            self._migrations.append(Migration(
                uuid=name_of('move', server.name), instance=server.uuid,
                hosts=(server.host, server.moving_to), ended=False))
        at = server.moving_to or server.host
        for (_, request_id), rows in taken[-1].items():
            port = next(each.port for each in server.requests
                        if each.request_id == request_id)
            if port:
                row = rows[0]
                self._ports.append(Port(
                    id=port, instance=server.uuid, host=at,
                    vnic_type='direct-physical'
                    if row.dev_type == 'type-PF' else 'direct',
                    vif_type='hw_veb', slot=row.address,
                    ids=f'{row.vendor_id}:{row.product_id}', revision=1))
        return True

    def _take(self, server, host):
        free = [row for (name, _), row in sorted(self._rows.items())
                if name == host and row.status == 'available']
        found = {}
        for request in server.requests:
            kind = next(kind for kind in (
                'gpu', 'vf', 'disk', 'pf', *map('port{}'.format, range(9)))
                if name_of(server.name, kind) == request.request_id)
            fits = [row for row in free if _serves(row, kind)]
            if len(fits) < request.count:
                return None
            found[kind, request.request_id] = fits[:request.count]
            free = [row for row in free if row not in fits[:request.count]]
        return found

    def _own(self, host, row, owner, request_id, kind):
        self._rows[host, row.address] = dataclasses.replace(
            row, status='allocated', owner=owner, request_id=request_id)
        for (name, address), other in list(self._rows.items()):
            if name != host or address == row.address:
                continue
            if other.parent == row.address:
                self._set(name, other, 'unavailable')
            if address == row.parent:
                self._set(name, other, 'unavailable')

    def _set(self, host, row, status):
        self._rows[host, row.address] = dataclasses.replace(
            row, status=status)

    def books(self):
        """Return all books."""
        rows = tuple(self._rows.values())
        return Books(
            nodes=tuple(Node(id=number, host=name, name=f'{name}.example',
                             uuid=name_of('node', name),
                             pools=self._pools(name))
                        for name, number in self._hosts.items()),
            rows=rows,
            instances=tuple(Instance(
                uuid=each.uuid, host=each.moving_to or each.host,
                vm_state='resized' if each.moving_to else each.vm_state,
                requests=each.requests) for each in self._servers),
            migrations=tuple(self._migrations),
            providers=tuple(self._providers()),
            ports=tuple(self._ports),
            machines=tuple(map(self._machine, self._hosts)))

    def _of(self, host):
        return [row for (name, _), row in self._rows.items() if name == host]

    def _pools(self, host):
        counts = {}
        for row in self._of(host):
            if row.status == 'available':
                key = row.vendor_id, row.product_id, row.dev_type
                counts[key] = counts.get(key, 0) + 1
        return tuple(Pool(vendor_id=vendor, product_id=product,
                          dev_type=kind, numa_node=0, count=count)
                     for (vendor, product, kind), count in counts.items())

    def _providers(self):
        for host in self._hosts:
            cards = {}
            for row in self._of(host):
                if row.provider:
                    cards.setdefault(row.provider, []).append(row)
            for provider, rows in cards.items():
                yield self._provider(host, provider, rows)

    def _provider(self, host, provider, rows):
        address = (rows[0].parent or rows[0].address).upper()
        product = rows[0].product_id.upper()
        resource = f'CUSTOM_PCI_{rows[0].vendor_id.upper()}_{product}'
        used = {}
        for row in rows:
            if row.owner:
                consumer = self._consumer(host, row.owner)
                used[consumer] = used.get(consumer, 0) + 1
        once = rows[0].address == DISK
        return Provider(
            uuid=provider, name=f'{host}.example_{address}',
            root=name_of('node', host), generation=1, one_time_use=once,
            stocks=(Stock(resource_class=resource, total=len(rows),
                          reserved=int(once and bool(used))),),
            allocations=tuple(Allocation(
                consumer=consumer, resource_class=resource, used=number)
                for consumer, number in sorted(used.items())))

    def _consumer(self, host, owner):
        """Return the move for the source of a server that moves."""
        return next((each.uuid for each in self._migrations
                     if each.instance == owner and each.hosts[0] == host),
                    owner)

    def _machine(self, host):
        rows = self._of(host)
        handed_out = {row.address for row in rows
                      if row.dev_type == 'type-PF' and row.owner}
        there = [row for row in rows if row.parent not in handed_out]
        guests = {}
        for row in rows:
            if row.owner:
                guests.setdefault(row.owner, []).append(row.address)
        owned = {address for each in guests.values() for address in each}
        vfs = {card: sum(row.parent == f'{card}.0' for row in there)
               for card in IDS}
        devices = [MachineDevice(
            address=row.address, parent=row.parent, dev_type=row.dev_type,
            vendor_id=row.vendor_id, product_id=row.product_id,
            driver='vfio-pci' if row.address in owned else 'driver',
            for_guests=row.address in owned,
            num_vfs=vfs.get(row.address[:-2], 0)
            if row.dev_type == 'type-PF' else 0) for row in there]
        devices.append(MachineDevice(
            address=f'{ALIAS}.0', dev_type='type-PF', vendor_id='15b3',
            product_id='1017', driver='mlx5_core', num_vfs=vfs[ALIAS]))
        return Machine(
            host=host,
            devices=tuple(sorted(devices, key=lambda each: each.address)),
            guests=tuple(Guest(
                uuid=owner, name=f'instance-{owner[:8]}',
                running=self._runs(owner, host),
                hostdevs=tuple(sorted(addresses)))
                for owner, addresses in guests.items()))

    def _runs(self, uuid, host):
        server = next(each for each in self._servers if each.uuid == uuid)
        return server.vm_state == 'active' and (
            host == (server.moving_to or server.host))


def vf_address(card, number):
    """Return the address of a VF: seven a slot."""
    return f'{card[:-2]}{number // 7:02x}.{number % 7 + 1}'


def _serves(row, kind):
    if kind == 'gpu':
        return (row.vendor_id, row.product_id) == GPU_IDS
    if kind == 'vf':
        return row.parent == f'{ALIAS}.0'
    if kind == 'disk':
        return row.address == DISK
    if kind == 'pf':
        return row.address == f'{OTHER}.0'
    return row.parent == f'{PORTS}.0'


#: Those that are in every cloud, for lies about them.
KNOWN = (
    Server(name='a', host='h0', gpus=1, vfs=1, ports=1),
    Server(name='b', host='h0', gpus=1, vfs=1, ports=1),
    Server(name='c', host='h0', physical=True),
    Server(name='d', host='h1', disk=True),
)
A, B, C, D = KNOWN


def known_cloud(hosts=3, gpus=4, vfs=5, more=()):
    """Return the books of the known servers and of those that still fit."""
    builder = Builder([f'h{number}' for number in range(hosts)], gpus, vfs)
    for server in KNOWN:
        assert builder.add(server)
    for server in more:
        builder.add(server)
    return builder.books()


def without(books, unread):
    """Return books some of which nobody has read."""
    return dataclasses.replace(books, **{
        name: () if name == 'machines' else None for name in unread})


def only(books, host):
    """Return what is read of books for one host, as ``--host`` does."""
    nodes = [each for each in books.nodes
             if each.host == host and not each.deleted]
    numbers, roots = {each.id for each in nodes}, {
        each.uuid for each in nodes}
    rows = [each for each in books.rows if each.node_id in numbers]
    providers = [each for each in books.providers or ()
                 if each.root in roots]
    ports = [each for each in books.ports or () if each.host == host]
    machines = [each for each in books.machines if each.host == host]
    named = {row.owner for row in rows}
    named |= {each.consumer for provider in providers
              for each in provider.allocations}
    named |= {each.instance for each in ports if each.slot}
    named |= {guest.uuid for each in machines for guest in each.guests or ()}
    instances = [each for each in books.instances
                 if each.host == host or each.uuid in named]
    asked = {request.port for each in instances
             for request in each.requests or () if request.port}
    ports += [each for each in books.ports or ()
              if each.id in asked and each not in ports]
    return dataclasses.replace(
        books, host=host, nodes=tuple(nodes), rows=tuple(rows),
        instances=tuple(instances), ports=tuple(ports),
        providers=None if books.providers is None else tuple(providers),
        machines=tuple(machines), migrations=tuple(
            each for each in books.migrations
            if not each.ended or each.uuid in named))
