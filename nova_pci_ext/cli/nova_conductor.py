# SPDX-License-Identifier: Apache-2.0

"""``nova-conductor-pci``: nova-conductor with aliases of several entries.

It also finds the PF of a port with a minimum bandwidth in a live migration,
where ``[pci_ext] port_bandwidth_pf`` is set.
"""

from nova_pci_ext.cli import nova_missing


def main() -> None:
    """Install what conductors need, and run nova-conductor.

    Nova's command goes first, for it decides about threads as it loads.

    :raises InstallError: when this Nova is none that we support
    """
    nova_missing.require()
    from nova.cmd import conductor

    from nova_pci_ext import install
    from nova_pci_ext.api import alternatives
    from nova_pci_ext.compute import port_bandwidths
    from nova_pci_ext.novaobj.hooks import Part
    install.check(Part.CONDUCTOR)
    alternatives.install()
    port_bandwidths.install()
    conductor.main()
