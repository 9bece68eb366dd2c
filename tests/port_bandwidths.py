# SPDX-License-Identifier: Apache-2.0

"""``[pci_ext] port_bandwidth_pf`` for tests of ports with a bandwidth."""

import contextlib

import nova.conf

from nova_pci_ext.configuration import pci_ext

CONF = nova.conf.CONF


@contextlib.contextmanager
def followed():
    """Let ports be on the PF that Placement chose."""
    pci_ext.register_opts(CONF)
    CONF.set_override('port_bandwidth_pf', True, 'pci_ext')
    try:
        yield
    finally:
        CONF.clear_override('port_bandwidth_pf', 'pci_ext')
