# SPDX-License-Identifier: Apache-2.0

"""What nova-scheduler calls: filter, weigher, and their caches.

Named by class path in nova.conf.  May import ``stats``, ``novaobj``,
``metrics``, ``configuration`` and the pure packages.  A change keeps the
answers of the filter those of ``matching.decision``, and one host's fault
away from all others.
"""
