# SPDX-License-Identifier: Apache-2.0

"""``nova-compute-pci``: nova-compute with our classes in place.

The second way in, for Nova and this package in different folders and for a
``compute_driver`` that is not one of ours.
"""

import functools
from collections.abc import Callable

from nova_pci_ext.cli import nova_missing


def main() -> None:
    """Run nova-compute, with our classes once it has read its configuration.

    Nova's command goes first, for it decides about threads as it loads.
    Classes of Nova that our hooks import take the intervals of periodic tasks
    from the configuration as they are defined, so that has to be read before.

    :raises InstallError: when this Nova is none that we support
    """
    nova_missing.require()
    from nova.cmd import compute
    _install_once_read()
    compute.main()


def _install_once_read() -> None:
    # The module loads what Nova's command has to decide about first.
    from nova import config
    config.parse_args = _then_installed(config.parse_args)


def _then_installed(parse_args: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(parse_args)
    def parse(*args: object, **kwargs: object) -> None:
        parse_args(*args, **kwargs)
        _install()
    return parse


def _install() -> None:
    """Install our classes, and let Nova find our drivers."""
    from nova_pci_ext import install
    from nova_pci_ext.api import alternatives
    from nova_pci_ext.compute import following
    from nova_pci_ext.compute import port_bandwidths
    from nova_pci_ext.novaobj import numa_fitting
    from nova_pci_ext.novaobj.hooks import Part
    install.find_drivers()
    install.install(Part.COMPUTE)
    following.install()
    port_bandwidths.install_on_compute()
    numa_fitting.install()
    alternatives.install()
