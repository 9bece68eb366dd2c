# SPDX-License-Identifier: Apache-2.0

"""All options of this package, for the configuration generator."""

from oslo_config import cfg

from nova_pci_ext.configuration import pci_ext


def list_opts() -> list[tuple[cfg.OptGroup, list[cfg.Opt]]]:
    """Return the groups and their options, as oslo.config asks."""
    return [(pci_ext.GROUP, pci_ext.OPTIONS)]
