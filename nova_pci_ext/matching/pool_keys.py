# SPDX-License-Identifier: Apache-2.0

"""Which published pools are one and the same."""

from collections.abc import Hashable
from collections.abc import Mapping

from nova_pci_ext.model.device_set import BANDWIDTH_LEFT

# What a pool can have another value of and stay the same pool.
_NO_KEY = frozenset({'count', 'devices', 'rp_uuid', BANDWIDTH_LEFT})


def pool_key(properties: Mapping[str, object]) -> Hashable:
    """Return what all devices of a pool have in common.

    :param properties: of a pool or of one device
    """
    return frozenset((name, str(value)) for name, value in properties.items()
                     if name not in _NO_KEY)
