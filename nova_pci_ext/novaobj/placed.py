# SPDX-License-Identifier: Apache-2.0

"""Where a device is, kept with Nova's row of it.

The tags of ``handing_out.places`` are in ``extra_info`` of a row, from where
the pools, and whoever has the device of an instance, read them.  Nova keeps
what it does not know there, and forgets it with the row.
"""

from collections.abc import Mapping

from nova_pci_ext.model.device_set import GROUP_TAG
from nova_pci_ext.model.device_set import is_place_tag
from nova_pci_ext.model.device_set import PLACE_TAGS
from nova_pci_ext.novaobj import protocols


def tags(extra_info: Mapping[str, str]) -> dict[str, str]:
    """Return the tags of the place that a row has."""
    # Each device that comes free is asked, and most have none.
    found = {key: extra_info[key] for key in PLACE_TAGS if key in extra_info}
    for key in extra_info:
        if key.startswith(GROUP_TAG):
            found[key] = extra_info[key]
    return found


def put(dev: protocols.PciDevice, place: Mapping[str, str]) -> bool:
    """Give a row the tags of its place, and no others.

    :returns: whether it had others
    """
    extra = dev.extra_info
    if tags(extra) == place:
        return False
    # Nova's object sees an assignment only.
    dev.extra_info = {**{key: value for key, value in extra.items()
                         if not is_place_tag(key)}, **place}
    return True
