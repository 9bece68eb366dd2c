# SPDX-License-Identifier: Apache-2.0

"""Extra specs of flavors that devices depend on.

Values that Nova knows are read by its own validators.
"""

from collections.abc import Mapping
from collections.abc import Sequence

from nova_pci_ext.exceptions import Fault
from nova_pci_ext.model.device_set import DeviceSet
from nova_pci_ext.model.spec import DeviceSpec
from nova_pci_ext.parsing import device_sets
from nova_pci_ext.parsing import Faults
from nova_pci_ext.parsing import flavor
from nova_pci_ext.parsing import keys
from nova_pci_ext.parsing import whole_flavor
from nova_pci_ext.parsing.faults import shown


def check(key: str, value: str, faults: Faults) -> None:
    """Report a key that is a slip, and a value that Nova refuses.

    :param value: an empty text is not checked
    """
    guess = flavor.meant_key(key)
    if guess is not None:
        faults.refuse(key, 'no device depends on it',
                      f'did you mean {guess}?', Fault.TYPO)
    elif (value and key in flavor.DECIDING
            and key not in whole_flavor.KEYS):
        _check_value(key, value, faults)


def _check_value(key: str, value: str, faults: Faults) -> None:
    # Nova loads all its validators, and those of other packages.
    from nova import exception
    from nova.api.validation.extra_specs import validators
    try:
        validators.validate(key, value)
    except exception.ValidationError:
        known = validators.VALIDATORS[key].value
        words = known.get('enum', ())
        near = keys.meant(value, words)
        faults.refuse(
            key, f'cannot be {value!r}', f'did you mean {near}?' if near
            else f'expected one of {", ".join(words)}' if words
            else f'expected a number from {known.get("min", 0)}')


def check_sets(extra_specs: Mapping[str, str], flavors: Sequence[str],
               specs: Sequence[DeviceSpec], faults: Faults) -> None:
    """Report what is wrong with sets of devices.

    :param flavors: values of ``pci_passthrough:alias``, each of a flavor that
        has these extra specs; what is wrong with them alone is not told
    :param specs: what the configuration hands out, empty when nothing
    """
    sets = device_sets.read(extra_specs, faults)
    found = Faults()
    for text in flavors or ['']:
        whole_flavor.check_sets(
            sets, flavor.read_alias(text, Faults()) if text else (), found,
            tags={tag for spec in specs for tag in spec.tags}
            if specs else None)
    if specs:
        _check_networks(sets, specs, found)
    # Several flavors can have one fault.
    faults.errors += {str(each): each for each in found.errors}.values()
    faults.warnings += {str(each): each for each in found.warnings}.values()


def _check_networks(sets: Sequence[DeviceSet], specs: Sequence[DeviceSpec],
                    faults: Faults) -> None:
    known = sorted({str(spec.tags['physical_network']).lower()
                    for spec in specs if 'physical_network' in spec.tags})
    for each in sets:
        for member in each.members:
            network = device_sets.network(member)
            if network is not None and network.lower() not in known:
                near = keys.meant_network(network, known)
                faults.note(
                    device_sets.KEYS[each.rule], 'no entry of [pci] '
                    f'device_spec has the physical network {shown(network)}',
                    f'did you mean {near}?' if near else
                    'no port of this configuration is in such a set',
                    Fault.NO_EFFECT)
