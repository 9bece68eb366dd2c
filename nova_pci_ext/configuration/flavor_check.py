# SPDX-License-Identifier: Apache-2.0

"""Extra specs of flavors that devices depend on, by Nova's own validators."""

from nova_pci_ext.exceptions import Fault
from nova_pci_ext.parsing import Faults
from nova_pci_ext.parsing import flavor
from nova_pci_ext.parsing import keys


def check(key: str, value: str, faults: Faults) -> None:
    """Report a key that is a slip, and a value that Nova refuses.

    :param value: an empty text is not checked
    """
    guess = flavor.meant_key(key)
    if guess is not None:
        faults.refuse(key, 'no device depends on it',
                      f'did you mean {guess}?', Fault.TYPO)
    elif value and key in flavor.DECIDING and key != flavor.ALIAS_KEY:
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
