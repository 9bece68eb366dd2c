# SPDX-License-Identifier: Apache-2.0

"""What a person runs: ``nova-pci``, ``nova-pci-status``, ``nova-compute-pci``.

May import everything; nothing imports it.  A change keeps exit statuses and
the columns of machine-readable formats.
"""
