# SPDX-License-Identifier: Apache-2.0

"""Neutron's files beside ``[pci] device_spec``: whether both mean the same.

A VF that Nova hands to a port is set up by Neutron's SR-IOV agent, which
looks for it on the interfaces that are mapped to the port's physical network.
"""

from collections.abc import Sequence

from nova_pci_ext.configuration import neutron_networks
from nova_pci_ext.configuration.neutron_files import NeutronConfiguration
from nova_pci_ext.exceptions import AddressError
from nova_pci_ext.exceptions import Fault
from nova_pci_ext.handing_out.coverage import Coverage
from nova_pci_ext.handing_out.coverage import names
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.device import Device
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.device import is_switched
from nova_pci_ext.model.spec import DeviceSpec
from nova_pci_ext.parsing import comments
from nova_pci_ext.parsing import Faults
from nova_pci_ext.parsing import keys

_TAG = 'physical_network'
_SRIOV = 'sriovnicswitch'
_BINDS_DIRECT = (_SRIOV, 'mlnx_infiniband')
_MAPPINGS, _EXCLUDED = 'physical_device_mappings', 'exclude_devices'
_BANDWIDTHS = 'resource_provider_bandwidths'


def check(neutron: NeutronConfiguration, specs: Sequence[DeviceSpec],
          covered: Coverage | None, faults: Faults) -> None:
    """Report where Neutron and Nova mean different devices or networks.

    :param covered: the devices of a host, None when none is known
    """
    _check_excluded(neutron, faults)
    _check_bandwidths(neutron, faults)
    tagged = [spec for spec in specs if spec.tags.get(_TAG)]
    if tagged:
        neutron_networks.check_types(neutron, faults)
        _check_prohibited(neutron, faults)
        _check_drivers(neutron, tagged, covered, faults)
    for spec in tagged:
        network = str(spec.tags[_TAG])
        neutron_networks.check(
            neutron, f'{spec.source}.{_TAG}', network, faults,
            needs_agent=not _has_only_pfs(spec, covered))
    if covered is not None:
        _check_interfaces(neutron, covered, faults)
        _check_children(neutron, covered, faults)
        _check_used(neutron, covered, faults)
        seen: set[object] = set()
        for device in covered.handed_out():
            if device.parent not in seen:
                # What is wrong with one VF of a PF is so with all of them.
                seen.add(device.parent)
                _check_mapped(neutron, device, covered, faults)


def _check_excluded(neutron: NeutronConfiguration, faults: Faults) -> None:
    """Report exclusions that exclude nothing, or stop the agent."""
    mapped = {name for _, name in neutron.mappings or ()}
    for name, addresses in (neutron.excluded or {}).items():
        path = neutron.where[_EXCLUDED]
        if name not in mapped:
            hint = ('separate the addresses of an interface with semicolons'
                    if _is_domain(name) else
                    f'expected an interface of {_MAPPINGS}')
            faults.refuse(path, f'names {name}, which is not mapped, and the '
                                'agent does not start', hint)
        for address in addresses:
            if _parsed(address) is None or str(_parsed(address)) != address:
                faults.flag(path, f'excludes nothing by {address!r}',
                            'expected an address as the kernel writes it, '
                            'such as 0000:07:00.2', Fault.IMPOSSIBLE)


def _check_bandwidths(neutron: NeutronConfiguration, faults: Faults) -> None:
    mapped = {name for _, name in neutron.mappings or ()}
    for name in neutron.bandwidths or ():
        if name not in mapped:
            faults.refuse(neutron.where[_BANDWIDTHS],
                          f'names {name}, which is not mapped, and the agent '
                          'does not start',
                          f'expected an interface of {_MAPPINGS}')


def _check_children(neutron: NeutronConfiguration, covered: Coverage,
                    faults: Faults) -> None:
    """Report exclusions of what is not a VF of their interface."""
    for name, addresses in (neutron.excluded or {}).items():
        pf = next((device for device in covered.devices.values()
                   if name in device.netdevs), None)
        if pf is None or not pf.num_vfs:
            continue
        for address in addresses:
            device = covered.devices.get(_parsed(address) or pf.address)
            if _parsed(address) and (device is None
                                     or device.parent != pf.address):
                parent = covered.parent(device) if device else None
                faults.flag(neutron.where[_EXCLUDED],
                            f'excludes nothing by {address}, which is not a '
                            f'VF of {name}',
                            f'write it behind {parent.netdevs[0]}'
                            if parent and parent.netdevs else None,
                            Fault.NO_EFFECT)


def _is_domain(name: str) -> bool:
    return len(name) == 4 and all(
        letter in '0123456789abcdefABCDEF' for letter in name)


def _parsed(text: str) -> PciAddress | None:
    try:
        return PciAddress.parse(text)
    except AddressError:
        return None


def _check_drivers(neutron: NeutronConfiguration,
                   tagged: Sequence[DeviceSpec], covered: Coverage | None,
                   faults: Faults) -> None:
    if neutron.drivers is None or any(
            driver in neutron.drivers for driver in _BINDS_DIRECT):
        return
    if covered is not None and _has_only_switched(tagged, covered):
        return
    near = next((each for each in neutron.drivers
                 if keys.meant(each, [_SRIOV])), None)
    faults.note(
        neutron.where['mechanism_drivers'],
        f'is without {_SRIOV}, and no direct port of the physical networks '
        'in [pci] device_spec is bound but to a card in switchdev mode',
        f'did you mean {_SRIOV} by {near}?' if near else
        f'add {_SRIOV}', Fault.NO_EFFECT)


def _check_prohibited(neutron: NeutronConfiguration, faults: Faults) -> None:
    if 'direct' in (neutron.prohibited or ()):
        faults.note(
            neutron.where['vnic_type_prohibit_list'],
            'has direct, and no direct port is bound', 'remove it',
            Fault.NO_EFFECT)


def _has_only_switched(tagged: Sequence[DeviceSpec], covered: Coverage,
                       ) -> bool:
    """Whether all VFs with a network are of cards in switchdev mode.

    Open vSwitch binds the ports of those.
    """
    parents = [covered.parent(device) for device in covered.handed_out()
               if covered.taker(device) in tagged and device.parent]
    return bool(parents) and all(
        parent is not None and is_switched(parent) for parent in parents)


def _has_only_pfs(spec: DeviceSpec, covered: Coverage | None) -> bool:
    """Whether the agent has nothing to do for what an entry hands out.

    Neutron binds ports to whole PFs without it.
    """
    if covered is None:
        return False
    taken = [device for device in covered.handed_out()
             if covered.taker(device).source == spec.source]
    return bool(taken) and all(device.parent is None for device in taken)


def _check_interfaces(neutron: NeutronConfiguration, covered: Coverage,
                      faults: Faults) -> None:
    """Report mappings to what is not a PF of the host."""
    owners = {name: device for device in covered.devices.values()
              for name in device.netdevs}
    for network, name in neutron.mappings or ():
        path = neutron.where[_MAPPINGS]
        device = owners.get(name)
        if device is None:
            near = keys.meant(name, owners)
            if comments.is_behind(name):
                faults.flag(path, f'maps {network} to {name!r}',
                            comments.HINT, Fault.NO_EFFECT)
                continue
            faults.flag(path, f'maps {network} to {name}, which this host '
                              'does not have',
                        f'did you mean {near}?' if near else
                        'expected an interface of a PF', Fault.NO_EFFECT)
        elif device.dev_type is not DeviceType.PF:
            faults.flag(path, f'maps {network} to {name}, which is not a PF',
                        'expected the interface of the PF',
                        Fault.NO_EFFECT)


def _check_used(neutron: NeutronConfiguration, covered: Coverage,
                faults: Faults) -> None:
    """Report VFs that Nova hands to ports and the agent leaves alone."""
    for name, addresses in (neutron.excluded or {}).items():
        found: dict[str, list[Device]] = {}
        for device in covered.handed_out():
            parent = covered.parent(device)
            spec = covered.taker(device)
            if (parent is not None and name in parent.netdevs
                    and spec.tags.get(_TAG)
                    and str(device.address) in addresses):
                found.setdefault(str(spec.source), []).append(device)
        for source, devices in found.items():
            faults.flag(neutron.where[_EXCLUDED],
                        f'excludes {names(devices)}, which {source} hands out',
                        'leave it to one of the two', Fault.NO_EFFECT)


def _check_mapped(neutron: NeutronConfiguration, device: Device,
                  covered: Coverage, faults: Faults) -> None:
    """Report a VF whose PF is not mapped to its network."""
    spec = covered.taker(device)
    network = spec.tags.get(_TAG)
    parent = covered.parent(device)
    if not network or parent is None or neutron.mappings is None:
        return
    networks = [where for where, name in neutron.mappings
                if name in parent.netdevs]
    wanted = network.lower()
    if wanted in map(str.lower, networks) or wanted not in [
            where.lower() for where, _ in neutron.mappings]:
        return
    names = ', '.join(parent.netdevs) or 'without an interface'
    mapped = (f'is mapped to {", ".join(networks)}' if networks
              else 'is not mapped')
    faults.flag(
        f'{spec.source}.{_TAG}', f'says {network!r} of {device.address}, '
        f'whose PF {parent.address} ({names}) {mapped}',
        f'expected the same network at {neutron.where[_MAPPINGS]}',
        Fault.NO_EFFECT)
