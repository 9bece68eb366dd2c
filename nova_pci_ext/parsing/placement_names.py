# SPDX-License-Identifier: Apache-2.0

"""Names of resource classes and traits as Nova writes them to Placement."""

import os_resource_classes
import os_traits

from nova_pci_ext.exceptions import Fault
from nova_pci_ext.parsing.faults import Faults


def resource_class(name: str | None, vendor_id: str | None,
                   product_id: str | None) -> str:
    """Return the class of an alias or of a device.

    :param name: as written in the configuration; the ids name the class
        where there is none
    """
    if not name:
        return f'CUSTOM_PCI_{vendor_id}_{product_id}'.upper()
    upper = name.upper()
    if (upper in os_resource_classes.STANDARDS
            or os_resource_classes.is_custom(upper)):
        return upper
    found: str = os_resource_classes.normalize_name(upper)
    return found


def traits(names: str | None) -> frozenset[str]:
    """Return the traits in a comma-separated list."""
    if not names:
        return frozenset()
    standard, others = os_traits.check_traits(names.split(','))
    return frozenset(standard) | {_custom(name) for name in others}


def check_blanks(path: str, names: object, faults: Faults) -> None:
    """Warn of blanks, which become a part of the names of traits."""
    odd = [name for name in str(names).split(',')
           if name and name != name.strip()]
    if odd:
        plain = ','.join(name.strip() for name in str(names).split(','))
        faults.note(path, f'has a blank, and Placement gets {_custom(odd[0])}',
                    f'write "{plain}"', Fault.NO_EFFECT)


def _custom(name: str) -> str:
    upper = name.upper()
    if os_traits.is_custom(upper):
        return upper
    found: str = os_traits.normalize_name(upper)
    return found
