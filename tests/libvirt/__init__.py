# SPDX-License-Identifier: Apache-2.0

"""Our code on a real libvirtd; needs root, for namespaces of its own."""

import pathlib

NOVA_CONF = (pathlib.Path(__file__).parents[2] / 'etc' / 'nova_pci_ext'
             / 'quickstart' / 'nova.conf')
