# SPDX-License-Identifier: Apache-2.0

"""Extra specs of flavors that devices depend on.

Values that Nova knows are read by its own validators.
"""

from collections.abc import Mapping
from collections.abc import Sequence

from nova_pci_ext.configuration.loader import PciConfiguration
from nova_pci_ext.model.device_set import BANDWIDTH
from nova_pci_ext.parsing import device_sets
from nova_pci_ext.parsing import Faults
from nova_pci_ext.parsing import flavor
from nova_pci_ext.parsing import keys
from nova_pci_ext.parsing import whole_flavor


def check(key: str, value: str, faults: Faults) -> None:
    """Report a key that is a slip, and a value that Nova refuses.

    :param value: an empty text is not checked
    """
    flavor.check_key(key, faults)
    if value and key in flavor.DECIDING and key not in whole_flavor.KEYS:
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
               loaded: PciConfiguration, faults: Faults) -> None:
    """Report what is wrong with sets of devices.

    :param flavors: values of ``pci_passthrough:alias``, each of a flavor that
        has these extra specs; what is wrong with them alone is not told
    :param loaded: without ``device_spec`` it says nothing of devices
    """
    sets = device_sets.read(extra_specs, faults)
    found = Faults()
    for text in flavors or ['']:
        whole_flavor.check_sets(
            sets, flavor.read_alias(text, Faults()) if text else (), found,
            _known(loaded) if loaded.specs else None)
    # Several flavors can have one fault.
    faults.errors += {str(each): each for each in found.errors}.values()
    faults.warnings += {str(each): each for each in found.warnings}.values()


def _known(loaded: PciConfiguration) -> whole_flavor.Known:
    tags: dict[str, set[str]] = {}
    for spec in loaded.specs:
        for key, value in spec.tags.items():
            tags.setdefault(key, set()).add(str(value).lower())
    sizes: dict[str, set[int]] = {}
    for group in loaded.groups:
        sizes.setdefault(group.type, set()).add(len(group.addresses))
    return whole_flavor.Known(
        tags=sorted(tags), groups=sizes,
        budgets=[int(value) for value in tags.get(BANDWIDTH, ())
                 if value.isdecimal()],
        networks=sorted(tags.get('physical_network', ())))
