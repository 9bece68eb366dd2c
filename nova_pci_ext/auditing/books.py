# SPDX-License-Identifier: Apache-2.0

"""The books of a cloud: what each service and each host says of devices.

Nova's database has nodes (with their published pools), rows, instances and
migrations; Placement has providers, Neutron has ports, and a machine has
devices and guests.  A book that was not read is None, never empty.
"""

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """One pool that a compute has published."""

    vendor_id: str
    product_id: str
    dev_type: str
    numa_node: int | None
    count: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A row of ``compute_nodes``.

    :ivar id: as ``pci_devices.compute_node_id`` names it, within its cell
    :ivar name: ``hypervisor_hostname``
    :ivar uuid: that of the node's resource provider too
    :ivar deleted: whether the row is deleted, or not there at all
    :ivar pools: None where they cannot be read
    :ivar disabled: whether its nova-compute gets no new servers
    """

    cell: str = ''
    id: int
    host: str
    name: str
    uuid: str
    deleted: bool = False
    pools: tuple[Pool, ...] | None = ()
    disabled: bool = False


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """That a device is in a group of ``[pci_ext] device_group``.

    :ivar group: name and number of devices, ``p1:2``
    """

    type: str
    group: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of ``pci_devices`` that is not deleted; the text is Nova's.

    :ivar id: number of the row, within its cell
    :ivar node_id: number of its node, within its cell
    :ivar provider: UUID of the provider that Nova noted in ``extra_info``,
        None for a device that is not in Placement
    :ivar managed: whether libvirt binds the driver
    :ivar drained: why it is not handed out, None where it is
    :ivar held: why nobody gets it, not even its owner anew; None where the
        device is the one that the row is about, as far as is known
    :ivar updated: when it was written last, as ISO 8601 has it
    :ivar unhealthy: what is wrong with its card, None where nothing is
    :ivar unclean: what its last server has left on it, None for nothing that
        is known
    :ivar noted: whether what Nova keeps in ``extra_info`` could be read
    :ivar charge: Mbit/s that its owner takes of the bandwidth budget of its
        PF, as ``novaobj.charges`` notes it
    :ivar charged: whom that note names, None without a note
    """

    cell: str = ''
    id: int
    node_id: int
    address: str
    parent: str | None = None
    dev_type: str
    vendor_id: str
    product_id: str
    numa_node: int | None = None
    status: str
    owner: str | None = None
    request_id: str | None = None
    provider: str | None = None
    managed: bool = True
    drained: str | None = None
    held: str | None = None
    updated: str | None = None
    unhealthy: str | None = None
    unclean: str | None = None
    groups: tuple[Membership, ...] = ()
    noted: bool = True
    charge: int = 0
    charged: str | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A PCI request of an instance.

    :ivar port: UUID of the port that it is for, None for an alias
    :ivar takes: Mbit/s that each of its devices takes of the bandwidth budget
        of its PF, as the flavor says; None where that cannot be read
    """

    request_id: str
    count: int
    port: str | None = None
    takes: int | None = 0


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """A row of ``instances`` that is not deleted, with its requests.

    :ivar host: None where it is on no host, as one that is offloaded
    :ivar requests: None where they cannot be read
    """

    cell: str = ''
    uuid: str
    host: str | None
    vm_state: str
    task_state: str | None = None
    requests: tuple[Request, ...] | None = ()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """A move of an instance; it is a consumer of Placement as well.

    :ivar hosts: the two that it is between
    :ivar ended: whether nothing of it is left to be done
    """

    uuid: str
    instance: str
    hosts: tuple[str, ...]
    ended: bool


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """An inventory of a provider."""

    resource_class: str
    total: int
    reserved: int = 0


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """What one consumer has of a provider."""

    consumer: str
    resource_class: str
    used: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A resource provider of PCI devices.

    :ivar name: name of the node, ``_``, and the address of the card
    :ivar root: UUID of the provider of the node
    :ivar generation: what Placement counts changes with
    :ivar one_time_use: whether it has the trait ``HW_PCI_ONE_TIME_USE``
    """

    uuid: str
    name: str
    root: str
    generation: int
    one_time_use: bool = False
    stocks: tuple[Stock, ...] = ()
    allocations: tuple[Allocation, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """A port whose VNIC type takes a device.

    :ivar instance: ``device_id``, '' for a port of nobody
    :ivar host: ``binding:host_id``
    :ivar vnic_type: ``binding:vnic_type``; '' where it is not known
    :ivar vif_type: ``binding:vif_type``; '' where it is not known
    :ivar slot: ``pci_slot`` of the profile
    :ivar ids: ``pci_vendor_info`` of the profile
    :ivar revision: what Neutron counts changes with
    """

    id: str
    instance: str = ''
    host: str = ''
    vnic_type: str = ''
    vif_type: str = ''
    slot: str | None = None
    ids: str | None = None
    revision: int = 0


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class MachineDevice:
    """A PCI function as the kernel shows it.

    :ivar for_guests: whether its driver gives it to guests, as vfio-pci does
    :ivar num_vfs: VFs that a PF has made
    """

    address: str
    parent: str | None = None
    dev_type: str
    vendor_id: str
    product_id: str
    driver: str | None = None
    for_guests: bool = False
    num_vfs: int = 0


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """A domain of libvirt, running or only defined.

    :ivar uuid: that of its instance, if it is Nova's
    :ivar hostdevs: addresses of the devices that it gets whole, sorted
    :ivar netdevs: addresses of those behind its macvtap and vDPA interfaces,
        sorted
    :ivar parts: addresses of those that it has a part of, as a mediated
        device or a VLAN of an interface, sorted
    :ivar complete: whether all its devices could be followed to an address
    """

    uuid: str
    name: str
    running: bool
    hostdevs: tuple[str, ...] = ()
    netdevs: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    complete: bool = True

    @property
    def addresses(self) -> tuple[str, ...]:
        """All devices that it has."""
        return (*self.hostdevs, *self.netdevs)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """One host itself, which can be read only where it is.

    :ivar devices: sorted by address; None where sysfs was not read
    :ivar guests: None where libvirt was not asked
    :ivar recorded: whether no kernel stands behind it
    """

    host: str
    devices: tuple[MachineDevice, ...] | None = None
    guests: tuple[Guest, ...] | None = None
    recorded: bool = False


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """All that was read, at one moment or nearly so.

    :ivar host: the host whose nodes, rows and ports were read, None for all;
        of another one only what these name is known
    :ivar in_flight: consumers and instances that exist, but not yet or not
        in the cells that were read
    :ivar acted_on: instances with which a service has begun something that
        it has not ended
    :ivar left_out: which books were not asked for, and why, for people
    :ivar unread: which were asked for and could not be read, and why
    """

    host: str | None = None
    nodes: tuple[Node, ...] = ()
    rows: tuple[Row, ...] = ()
    instances: tuple[Instance, ...] = ()
    migrations: tuple[Migration, ...] = ()
    providers: tuple[Provider, ...] | None = None
    ports: tuple[Port, ...] | None = None
    machines: tuple[Machine, ...] = ()
    in_flight: tuple[str, ...] = ()
    acted_on: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
