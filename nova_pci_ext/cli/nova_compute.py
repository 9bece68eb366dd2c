# SPDX-License-Identifier: Apache-2.0

"""``nova-compute-pci``: nova-compute with our classes in place.

The second way in, for Nova and this package in different folders and for a
``compute_driver`` that is not one of ours.
"""

from nova_pci_ext.cli import nova_missing


def main() -> None:
    """Install our classes, let Nova find our drivers, and run nova-compute.

    Nova's command goes first, for it decides about threads as it loads.

    :raises InstallError: when this Nova is none that we support
    """
    nova_missing.require()
    from nova.cmd import compute

    from nova_pci_ext import install
    from nova_pci_ext.api import alternatives
    from nova_pci_ext.compute import following
    from nova_pci_ext.compute import port_bandwidths
    from nova_pci_ext.novaobj import numa_fitting
    from nova_pci_ext.novaobj.hooks import Part
    install.find_drivers()
    install.install(Part.COMPUTE)
    following.install()
    port_bandwidths.install()
    numa_fitting.install()
    alternatives.install()
    compute.main()
