# SPDX-License-Identifier: Apache-2.0

"""vCPUs, memory and disk, counted as the row of the host has them."""

import pytest
from nova.scheduler import host_manager

from nova_pci_ext.planning import room

pytestmark = pytest.mark.nova

SMALL = room.Room(vcpus=2, ram_mb=1024, disk_gb=10)


def state(**values):
    found = host_manager.HostState('h', 'n', None)
    for name, value in values.items():
        setattr(found, name, value)
    return found


def test_a_row_with_ratios_is_read():
    assert room.free(state(
        vcpus_total=8, vcpus_used=5, cpu_allocation_ratio=2.0,
        total_usable_ram_mb=4096, free_ram_mb=1024, ram_allocation_ratio=1.5,
        total_usable_disk_gb=100, disk_mb_used=70 * 1024, free_disk_mb=0,
        disk_allocation_ratio=None)) == room.Room(
            vcpus=11, ram_mb=3072, disk_gb=30)


def test_what_leaves_and_comes_is_counted():
    found = state(vcpus_total=8, vcpus_used=2, total_usable_ram_mb=4096,
                  free_ram_mb=2048, total_usable_disk_gb=100,
                  disk_mb_used=50 * 1024)
    room.give_back(found, SMALL)
    assert room.free(found) == room.Room(vcpus=8, ram_mb=3072, disk_gb=60)
    room.placed(found, SMALL)
    assert room.free(found) == room.Room(vcpus=8, ram_mb=3072, disk_gb=50)
    nothing = state()
    room.give_back(nothing, SMALL)
    assert nothing.vcpus_used == 0


def test_of_a_host_without_a_row_nothing_is_known():
    assert room.free(state()) is None


@pytest.mark.parametrize(('have', 'need', 'times'), [
    ((9, 9999, 99), SMALL, 4), ((9, 3000, 99), SMALL, 2),
    ((9, 9999, 9), SMALL, 0), ((-3, 9999, 99), SMALL, 0),
    ((1, 1, 1), room.Room(vcpus=0, ram_mb=0, disk_gb=0), None)])
def test_how_often_a_server_fits(have, need, times):
    vcpus, ram_mb, disk_gb = have
    assert room.Room(vcpus=vcpus, ram_mb=ram_mb,
                     disk_gb=disk_gb).times(need) == times


@pytest.mark.parametrize(('have', 'word'), [
    ((1, 9999, 99), 'vCPUs'), ((9, 9, 99), 'memory'), ((9, 9999, -1), 'disk'),
    ((2, 1024, 10), None)])
def test_what_is_too_little(have, word):
    vcpus, ram_mb, disk_gb = have
    assert room.Room(vcpus=vcpus, ram_mb=ram_mb,
                     disk_gb=disk_gb).short_of(SMALL) == word
