# SPDX-License-Identifier: Apache-2.0

"""The options of this package: group ``[pci_ext]``."""

from typing import Any

from oslo_config import cfg
from oslo_config import types

from nova_pci_ext.matching import flow
from nova_pci_ext.parsing.listen_address import ListenAddress
from nova_pci_ext.parsing.listen_address import parse_listen_address

#: Values of ``allocation_candidates``.
OURS, NOVAS = 'ours', 'nova'
#: Values of ``unhealthy``.
REPORT, DRAIN = 'report', 'drain'
#: Values of ``verify_clean``.
OFF, WARN, HOLD = 'off', 'warn', 'hold'

GROUP = cfg.OptGroup('pci_ext', title='Out-of-tree PCI extension')


class ListenType(types.ConfigType):
    """The type of ``metrics_listen``: a ``ListenAddress``."""

    def __init__(self) -> None:
        super().__init__(type_name='listen address value')

    def __call__(self, value: Any) -> ListenAddress:
        """Read a value; services do not start with one that is none.

        :raises ValueError: which says what was expected
        """
        if isinstance(value, ListenAddress):
            return value
        return parse_listen_address(str(value))

    def __repr__(self) -> str:
        return 'ListenAddress'

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ListenType)

    def __hash__(self) -> int:
        return hash(type(self))

    def _formatter(self, value: Any) -> str:
        return str(value)


#: Default of the option, where nova-compute and the commands look.
DRAINED_FILE = '$state_path/pci-drained.json'

OPTIONS = [
    cfg.BoolOpt(
        'strict', default=True,
        help="""
Refuse what Nova accepts in ``[pci] device_spec`` and ``[pci] alias`` and then
silently takes for something else, such as a mistyped key.

If false, each such fault is a warning in the log and the value means what
Nova makes of it.  That is for an operator who needs Nova's exact behaviour
while he moves to this package; ``nova-pci check`` names the same faults.

For example, with ``strict = false`` the entry
``{"adress": "0000:81:00.0"}`` has a free tag named ``adress``, and every
device of the host may be handed out.
"""),
    cfg.StrOpt(
        'vhostuser_socket_dir', default=None,
        help="""
Folder of the sockets of a user-space switch whose mechanism driver does not
say ``vhostuser_socket`` in a port's ``binding:vif_details``, such as Snabb
NFV's.  The socket of a port is then ``<folder>/<port id>.socket``.

If not set, such a port is refused.

For example, ``vhostuser_socket_dir = /var/lib/libvirt/qemu`` goes with
``snabb snabbnfv traffic ... /var/lib/libvirt/qemu/%s.socket``.
"""),
    cfg.ListOpt(
        'port_profile_projects', default=[],
        help="""
Ids of the projects whose ports may say in ``binding:profile`` what is for an
operator to say: ``trusted``, ``macvtap_mode``, ``profileid``, and the
802.1Qbg parameters ``managerid``, ``typeid``, ``typeidversion`` and
``instanceid``.

A server with a port that says one of them is refused if the project is not
in the list.  If the list is empty, all ports may: as Neutron comes, users
cannot write ``binding:profile``.  Name the operators' projects where
Neutron's policy allows it to users, for example for ports with the capability
``switchdev``.

For example: port_profile_projects = 7f2b6c1d6b1e4c9e9d0f4c8a5b3e2d10
"""),
    cfg.Opt(
        'metrics_listen', type=ListenType(), default=None,
        help="""
Address and port where nova-compute and nova-scheduler serve metrics for
Prometheus.

If not set, nobody can read them.  A range of ports serves several processes
of one host that share a configuration, such as the workers of a scheduler:
each takes the first that is free.  There is no password, so take an address
that only the monitoring reaches, or set ``metrics_tls_client_ca``.
A service does not start with a value of another form.

For example: metrics_listen = 192.0.2.10:9901-9908
"""),
    cfg.IntOpt(
        'search_steps', default=flow.LIMIT, min=1000,
        help="""
Steps of one decision about one host, after which the host is refused.

Where a server asks for PFs and for VFs of the same PFs, every way to give out
PFs may have to be tried.  A host that needs more steps than this is refused
with the reason ``search_limit``: whether it could serve is not known.  The
scheduler and the computes of a cloud should have the same value.

The documentation, under Performance, has the steps and the time of hosts from
8 to 64 PFs.

For example: search_steps = 1000000
"""),
    cfg.StrOpt(
        'metrics_tls_cert', default=None,
        help="""
File with the certificate, in PEM, with which metrics are served by HTTPS.

If neither this nor ``metrics_tls_key`` is set, they are served by HTTP.

For example: metrics_tls_cert = /etc/nova/metrics.crt
"""),
    cfg.StrOpt(
        'metrics_tls_key', default=None,
        help="""
File with the private key, in PEM, of ``metrics_tls_cert``.

The user of the service has to be able to read it.

For example: metrics_tls_key = /etc/nova/metrics.key
"""),
    cfg.StrOpt(
        'metrics_tls_client_ca', default=None,
        help="""
File with the certificates, in PEM, of the authorities of clients.

If set, only clients with a certificate of one of them are answered. It needs
``metrics_tls_cert`` and ``metrics_tls_key``.

For example: metrics_tls_client_ca = /etc/nova/monitoring-ca.crt
"""),
    cfg.StrOpt(
        'recorded_inventory', default='$state_path/pci-inventory.json',
        help="""
The recorded host that ``compute_driver = pci_ext.RecordedDriver`` reports.

The file is read again whenever Nova asks for the resources of the host, so
that a change of the file is a change of the host. No other driver reads it.

For example: recorded_inventory = /var/lib/nova/igb-host.json
"""),
    cfg.StrOpt(
        'drained_file', default=DRAINED_FILE,
        help="""
The file of this host in which ``nova-pci drain`` keeps the devices that are
taken out of service.

Only nova-compute and ``nova-pci`` read it, and each host needs its own: set it
where hosts share a ``state_path``.  The user of nova-compute has to be able to
read it; as long as it is there and cannot be read, no PCI device is handed
out.

For example: drained_file = /etc/nova/pci-drained.json
"""),
    cfg.StrOpt(
        'unhealthy', default=REPORT,
        choices=[
            (REPORT, 'It is logged, noted in the rows of its devices and '
             'counted.'),
            (DRAIN, 'Its devices are not handed out any more either, until '
             '``nova-pci undrain``.')],
        help="""
What nova-compute does with a card that the kernel shows not to be healthy.

Only nova-compute reads this, with a ``compute_driver`` of this package.  A
server that has a device of such a card keeps it.  The card stays drained when
it is healthy again: ``nova-pci undrain`` gives it back, and it is drained
again for more errors, or a worse link, than it had then.  The user of
nova-compute has to be able to write ``drained_file`` and the folder that it is
in; until it can, what it drained is forgotten at a restart.

The documentation, under Take devices out of service, has what is looked at.

For example: unhealthy = drain
"""),
    cfg.StrOpt(
        'verify_clean', default=WARN,
        choices=[
            (OFF, 'nobody looks.'),
            (WARN, 'a WARNING says what is left and cannot be put right, and '
             'the device is handed out again.'),
            (HOLD, 'such a device is not handed out until it is clean, or '
             'until ``nova-pci undrain`` names it.')],
        help="""
What nova-compute does with an Ethernet VF that a server gives back: whether it
looks at what the server left, and what follows.

It asks the kernel what the card was told of the VF (MAC, VLAN, trust, spoof
checking, rate limits, link state) and how the interface of the VF is.  What
is not as it should be is put right where the driver of the card lets us, and
that is logged.  Only ``pci_ext.LibvirtDriver`` does this.

A VF that is held is drained (``nova-pci drained``) for as long as it is not
clean, also over restarts.

For example: verify_clean = hold
"""),
    cfg.BoolOpt(
        'restore_vfs', default=False,
        help="""
Make the VFs of a PF again that a server had as a whole.

The kernel takes the VFs of a PF away when a server gets the PF, and nobody
makes them again; nova-compute logs a WARNING then.  If true, it makes as many
as there were when the PF was handed out, and sets the interface of the PF up
if it was.  Nothing is made while a server has the PF or one of its VFs, with
a driver other than the host's own, nor where there are VFs already.  Only
``pci_ext.LibvirtDriver`` does this.

For example: restore_vfs = true
"""),
    cfg.MultiStrOpt(
        'device_group', default=[],
        help="""
Devices of this host that belong together, such as a partition of NVLink: one
JSON object with ``type``, ``name`` and ``addresses``, or a list of them.

Flavors ask for exactly one group of a type with ``pci_passthrough:group``.
Groups may overlap; each has all its devices or is of no use, so a device that
``[pci] device_spec`` does not hand out makes its groups unusable.  Only
nova-compute reads this, and does not start with a value that it cannot read.

``nova-pci devices --suggest-groups`` writes values for a host.

For example, ``device_group = {"type": "nvlink", "name": "p3", "addresses":
["0000:b8:00.0", "0000:bb:00.0"]}``
"""),
    cfg.BoolOpt(
        'port_bandwidth_pf', default=False,
        help="""
Let a port with a minimum bandwidth have a VF of the PF at which Placement
counts that bandwidth.

Nova alone does not find the PF that Placement chose, since Neutron gives the
request group of such a port an id of its own.  If true, nova-compute asks
Neutron for it, and nova-scheduler refuses hosts where that PF has no free VF.
Set it alike for all of them, and run ``nova-conductor-pci`` where servers are
migrated live.  The documentation, under Bandwidth budgets of PFs, has what to
know before.

For example: port_bandwidth_pf = true
"""),
    cfg.StrOpt(
        'allocation_candidates', default=OURS,
        choices=[
            (OURS, 'Placement is asked for one device of a server, and our '
             'filter chooses all of them from what the answer says of each '
             'host.'),
            (NOVAS, 'Placement is asked for each device and offers '
             'combinations of them, as in a Nova without this package.')],
        help="""
Who makes the allocation candidates of servers with PCI devices, where
``[filter_scheduler] pci_in_placement`` is set.

Only nova-scheduler reads this, and only with the ``PciPassthroughFilter`` of
this package among its filters.  Placement judges every claim in either case,
so the value may be changed at any time, for each scheduler alone.

For example, ``allocation_candidates = nova`` while a fault of Placement is
looked for.
"""),
    cfg.BoolOpt(
        'verify_kept', default=False, advanced=True,
        help="""
Compute again whatever nova-scheduler has kept of hosts and requests each time
that it is used, and log an error where it is not the same.

The fresh value is used then.  This is for tests and for whoever looks for a
fault of this package: with it a decision takes longer than if nothing were
kept.

For example: verify_kept = true
"""),
    cfg.IntOpt(
        'scheduler_cache_mb', default=512, min=0,
        help="""
Memory in MiB that each nova-scheduler worker may take for what it keeps of
the rows of compute nodes.

A row with the same text as before is not read again.  Where the rows of all
hosts do not fit, those that fit are still found, and the others are read for
each request.  A host with 64 pools takes about 35 KiB.  0 keeps nothing.

For example: scheduler_cache_mb = 1024
"""),
    cfg.IntOpt(
        'weigher_vcpus_per_device', default=8, min=0,
        help="""
Free vCPUs that ``PciFitWeigher`` keeps for each free device.

A free device without vCPUs left for the server that would use it is of no
use.  The weigher counts such devices before and after a placement, and
prefers the host where they grow least.  vCPUs are those that Placement can
still give out, allocation ratio included; a card with several VFs counts as
one device.

Take what a server with one device of your costliest kind usually has.  It
counts until ``weigher_learns`` has seen enough servers.  0 leaves vCPUs out,
then as well.

For example, ``weigher_vcpus_per_device = 12`` where most servers with one
GPU have 12 vCPUs.
"""),
    cfg.IntOpt(
        'weigher_memory_mb_per_device', default=32768, min=0,
        help="""
Free memory in MiB that ``PciFitWeigher`` keeps for each free device.

As ``weigher_vcpus_per_device``, for memory.  0 leaves memory out.

For example, ``weigher_memory_mb_per_device = 65536`` where most servers with
one GPU have 64 GiB.
"""),
    cfg.BoolOpt(
        'weigher_learns', default=True,
        help="""
Whether ``PciFitWeigher`` learns from the servers that it weighs.

Each nova-scheduler worker learns from its own: how many vCPUs and how much
memory servers have for each card, which then count in the place of
``weigher_vcpus_per_device`` and ``weigher_memory_mb_per_device``, and what
parts of cards they ask for, so that the rest of a card is worth what will be
used of it.  Both options count until 16 servers were seen, for what no server
asked for, and for cards of which only VFs are handed out.

For example: weigher_learns = false
"""),
]


def register_opts(conf: cfg.ConfigOpts) -> None:
    """Register the group; a second call changes nothing."""
    conf.register_group(GROUP)
    conf.register_opts(OPTIONS, group=GROUP)
