# SPDX-License-Identifier: Apache-2.0

"""The free devices of one host in pools, in the place of Nova's statistics.

Called by the scheduler (host states), by the tracker and by explaining.  May
import model, matching and novaobj.  The import path
``nova_pci_ext.stats.PciDeviceStats`` and the interface of Nova's class stay.
"""

from nova_pci_ext.stats.statistics import PciDeviceStats

__all__ = ['PciDeviceStats']

# Logs and Nova's own messages name the class by its public path.
PciDeviceStats.__module__ = __name__
