# SPDX-License-Identifier: Apache-2.0

"""Physical networks of ``[pci] device_spec``, and whether Neutron has them."""

from collections.abc import Sequence

from nova_pci_ext.configuration.neutron_files import NeutronConfiguration
from nova_pci_ext.exceptions import Fault
from nova_pci_ext.parsing import Faults
from nova_pci_ext.parsing import keys

_MAPPINGS = 'physical_device_mappings'
_RANGES = 'network_vlan_ranges'
_ANY = '*'
_VLAN, _FLAT = 'vlan', 'flat'


def check(neutron: NeutronConfiguration, path: str, network: str,
          faults: Faults, *, needs_agent: bool) -> None:
    """Report a network that is not mapped, or that no port can be on.

    :param path: where the network is named
    :param needs_agent: whether Neutron's SR-IOV agent serves its ports
    """
    if needs_agent and neutron.mappings is not None:
        _check_name(
            path, network, [name for name, _ in neutron.mappings],
            f'{network!r} is mapped to no interface at '
            f'{neutron.where[_MAPPINGS]}',
            f'write {_MAPPINGS} = {network}:INTERFACE', faults)
    _check_served(neutron, path, network, faults)


def check_types(neutron: NeutronConfiguration, faults: Faults) -> None:
    """Report networks with VLANs that no type driver makes."""
    if neutron.types is None or not neutron.vlans or _VLAN in neutron.types:
        return
    near = next((each for each in neutron.types
                 if keys.meant(each, [_VLAN])), None)
    faults.note(
        neutron.where[_RANGES],
        f'has no effect: {_VLAN} is not among type_drivers',
        f'did you mean {_VLAN} by {near}?' if near else
        f'add {_VLAN} to {neutron.where["type_drivers"]}', Fault.NO_EFFECT)


def _check_served(neutron: NeutronConfiguration, path: str, network: str,
                  faults: Faults) -> None:
    types = neutron.types
    if types is not None and not {_VLAN, _FLAT} & set(types):
        faults.flag(path, f'no port can be on {network!r}, as a network of '
                          'a VF has VLANs or is flat',
                    f'add {_VLAN} or {_FLAT} to '
                    f'{neutron.where["type_drivers"]}', Fault.NO_EFFECT)
        return
    vlans, flats = _served(neutron)
    if vlans is None or _ANY in flats:
        # Whether the others are there is not in the files.
        _check_near(path, network, [*(vlans or ()), *flats], faults)
    elif not vlans and not flats:
        faults.note(path, f'no file says that Neutron has {network!r}',
                    f'write {_RANGES} = {network}, or with its VLANs',
                    Fault.NO_EFFECT)
    else:
        _check_name(path, network, [*vlans, *flats],
                    f'{network!r} has neither VLANs nor is it flat in '
                    'Neutron', None, faults)


def _served(neutron: NeutronConfiguration,
            ) -> tuple[Sequence[str] | None, Sequence[str]]:
    """List the networks with VLANs, None where no file says, and flat ones.

    What is not written is Neutron's default: all types, no VLANs, and any
    network flat.
    """
    types = neutron.types
    has_vlans = types is None or _VLAN in types
    vlans = neutron.vlans if has_vlans else ()
    if has_vlans and (neutron.are_ranges_elsewhere
                      or (types is None and vlans is None)):
        return None, neutron.flats or ()
    flats = neutron.flats if neutron.flats is not None else (_ANY,)
    return vlans or (), flats if types is None or _FLAT in types else ()


def _check_name(path: str, network: str, known: Sequence[str], message: str,
                remedy: str | None, faults: Faults) -> None:
    """Report a network that is not known; Nova compares without case."""
    if network in known or _check_case(path, network, known, faults):
        return
    near = keys.meant_network(network, known)
    if near:
        remedy = f'did you mean {near!r}?'
    elif known:
        remedy = f'expected one of {", ".join(sorted(set(known)))}'
    faults.flag(path, message, remedy, Fault.NO_EFFECT)


def _check_near(path: str, network: str, known: Sequence[str],
                faults: Faults) -> None:
    """Report what looks like a slip of a network that is known."""
    if network in known or _check_case(path, network, known, faults):
        return
    near = keys.meant_network(network, known)
    if near:
        faults.note(path, f'{network!r} can only be flat in Neutron',
                    f'did you mean {near!r}?', Fault.NO_EFFECT)


def _check_case(path: str, network: str, known: Sequence[str],
                faults: Faults) -> bool:
    same = [name for name in known if name.lower() == network.lower()]
    if same:
        faults.note(path, f'{network!r} is {same[0]!r} in Neutron, and only '
                    'Nova takes both for the same', f'write {same[0]!r}',
                    Fault.NO_EFFECT)
    return bool(same)
