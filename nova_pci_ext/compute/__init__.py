# SPDX-License-Identifier: Apache-2.0

"""What nova-compute calls: the tracker of PCI devices and its parts.

Put in place by ``install``.  May import ``stats``, ``metrics``,
``configuration``, ``discovery`` and the pure packages.  A change keeps a
claim all or nothing, and every move one of the table in ``claims``.
"""
