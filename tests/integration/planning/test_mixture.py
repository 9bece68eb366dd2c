# SPDX-License-Identifier: Apache-2.0

"""Servers of several flavors, placed in the proportion of what runs."""

import pytest

from nova_pci_ext.planning import mixture
from nova_pci_ext.planning import room
from tests.integration.planning import recorded

pytestmark = pytest.mark.nova


def place(hosts, running, aliases):
    with recorded.fleet(*hosts) as fleet:
        return mixture.place(fleet, {
            alias: fleet.spec(recorded.server(alias)) for alias in aliases},
            running)


def test_flavors_take_turns_until_one_finds_no_host():
    """Two cards with three VFs each: a whole card ends when one is broken."""
    assert place([recorded.host('nic')], {'vf:1': 2, 'pf:1': 1},
                 ['vf:1', 'pf:1']) == mixture.Mixture(
        servers={'vf:1': 3, 'pf:1': 1}, ended_by='pf:1')


def test_equal_hosts_are_filled_one_after_the_other():
    """Of eight GPUs on four hosts, and 24 VFs on four others."""
    hosts = [recorded.host(kind, f'{kind}-{number}')
             for kind in ('gpu', 'nic') for number in range(4)]
    assert place(hosts, {'any-gpu:1': 1, 'vf:2': 1},
                 ['any-gpu:1', 'vf:2']) == mixture.Mixture(
        servers={'any-gpu:1': 8, 'vf:2': 8}, ended_by='any-gpu:1')


def test_what_does_not_run_is_not_placed():
    assert place([recorded.host('nic')], {'vf:1': 5}, [
        'vf:1', 'pf:1']) == mixture.Mixture(
            servers={'vf:1': 6}, ended_by='vf:1')
    assert place([recorded.host('nic')], {}, ['vf:1']) is None


def test_a_host_without_memory_takes_nothing(monkeypatch):
    monkeypatch.setattr(room, 'free', lambda state: room.Room(
        vcpus=9, ram_mb=state.free_ram_mb + 1000, disk_gb=5))
    assert place([recorded.host('nic')], {'vf:1': 1}, ['vf:1']
                 ) == mixture.Mixture(servers={'vf:1': 1}, ended_by='vf:1')
