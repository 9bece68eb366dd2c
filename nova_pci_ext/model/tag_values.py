# SPDX-License-Identifier: Apache-2.0

"""Values of tags and pool keys as Nova compares them."""


from nova_pci_ext.model.device import DeviceType

# Placement matched these before the scheduler looks at a host; the last is
# what the alias schema allows and no pool ever has.
IGNORED = frozenset({'resource_class', 'traits', 'rp_uuids', 'rp_uuid',
                      'capability_type'})
TYPES = {dev_type.value.lower(): dev_type for dev_type in DeviceType}


def text(value: object) -> str | None:
    """Write a tag's value as Nova compares it: as lower-case text.

    JSON lets an operator write true or 5 where a port says 'true' or '5'.
    """
    if value is None:
        return None
    if isinstance(value, (list, tuple, set)):
        return ','.join(sorted(text(item) or '' for item in value))
    return str(value).lower()
