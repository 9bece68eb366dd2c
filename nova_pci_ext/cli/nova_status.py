# SPDX-License-Identifier: Apache-2.0

"""``nova-pci-status``, which says so where Nova is not installed."""

from nova_pci_ext.cli import nova_missing


def main() -> int:
    """Run ``nova-pci-status``.

    :returns: the exit status
    """
    nova_missing.require()
    from nova_pci_ext.cli import status
    return status.main()
