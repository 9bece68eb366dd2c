# SPDX-License-Identifier: Apache-2.0

"""Hosts that one test made are not known to the next."""

import pytest

from nova_pci_ext.scheduler import host_cache


@pytest.fixture(autouse=True)
def no_known_hosts(monkeypatch):
    """Begin with a scheduler worker that has seen no host.

    Tests give other hosts the same UUID and stamp, which no cloud does.
    """
    monkeypatch.setattr(host_cache, 'WORKER', host_cache.HostCache())
