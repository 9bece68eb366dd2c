# SPDX-License-Identifier: Apache-2.0

"""Exact, explained PCI scheduling beside an unmodified OpenStack Nova."""

import importlib.metadata

try:
    __version__ = importlib.metadata.version('nova-pci-ext')
except importlib.metadata.PackageNotFoundError:  # a bare source tree
    __version__ = '0.0.0'
