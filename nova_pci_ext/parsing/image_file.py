# SPDX-License-Identifier: Apache-2.0

"""The properties of an image, as a client of Glance prints the image.

::

    openstack image show -f json IMAGE    {"id": ..., "properties": {...}}
    Glance's API                          {"id": ..., "hw_...": "..."}
    written by hand                       {"hw_...": "..."}
"""

import json
from collections.abc import Mapping

from nova_pci_ext import exceptions


def parse_image(text: str, name: str) -> Mapping[str, str]:
    """Return the properties that can matter to Nova.

    :param name: of the file, for people
    :returns: values as text; what is not text or a number is left out
    :raises DiscoveryError: for what is not an image
    """
    try:
        found = json.loads(text)
    except (RecursionError, ValueError) as exc:
        raise exceptions.DiscoveryError(
            name, 'expected an image, as openstack image show -f json prints '
            f'it: {exc}') from exc
    if isinstance(found, dict):
        found = found.get('properties', found)
    if not isinstance(found, dict):
        raise exceptions.DiscoveryError(
            name, 'expected an object with the properties of an image, as '
            'openstack image show -f json prints it')
    return {key: _text(value) for key, value in found.items()
            if isinstance(value, str | int | float)}


def _text(value: str | int | float) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
