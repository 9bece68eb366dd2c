# SPDX-License-Identifier: Apache-2.0

"""Services are killed; afterwards nothing is leaked or doubly owned."""

import contextlib
import os

import pytest

from cloud import bring_up
from tests.cloud import agreement
from tests.cloud import choices
from tests.cloud import drained_throughout
from tests.cloud import faults
from tests.cloud import gpus
from tests.cloud import recovery

# A compute that only seemed to be down may have guests of deleted servers.
EXPECTED_LOG = ('is no longer on this host, but its guest runs',)
OPERATIONS = int(os.environ.get('NOVA_PCI_FAULT_ROUNDS', '24'))
SEED = int(os.environ.get('NOVA_PCI_FAULT_SEED', '8'))
NOVA_CLASSES = os.environ.get('NOVA_PCI_FAULT_CLASSES') == 'nova'


@pytest.fixture
def classes(place, calls, choice):
    """Ours; or Nova's own, to see what these make of the same faults."""
    with (choices.novas_classes(place, calls, choice) if NOVA_CLASSES
          else contextlib.nullcontext(choice)) as chosen:
        yield chosen


@pytest.fixture
def aliases(choice, place, records):
    """With GPUs where Placement has devices, each a provider of its own."""
    if not choice.in_placement:
        yield faults.ALIASES
        return
    with gpus.plugged(place, records):
        yield (*faults.ALIASES, *(f'{gpus.ALIAS}:{count}'
                                  for count in (1, 2, 3, 4)))


@pytest.fixture
def drained(aliases, choice, place, records):
    """Devices that are drained; Nova's classes know no such thing."""
    if NOVA_CLASSES:
        yield None
        return
    found = drained_throughout.DrainedThroughout(
        place, records, in_placement=choice.in_placement)
    found.begin()
    yield found
    found.undrain()


@pytest.mark.timeout(4500)
def test_nothing_is_leaked_by_kills(
        aliases, drained, scene, records, place, calls, classes):
    """NOVA_PCI_FAULT_ROUNDS=300 is what make test-cloud-faults does."""
    campaign = faults.Campaign(place, scene, records, SEED, aliases, drained)
    campaign.run(OPERATIONS, kills=max(5, OPERATIONS // 10),
                 restarts=OPERATIONS // 20)
    # What was asked of a killed service, the next one finishes.
    bring_up.restart_nova(place, classes, calls)
    recovery.delete_all_servers(scene, records)
    recovery.repair(place)
    recovery.end_orphans(scene, records)
    agreement.assert_agreement(records)
    if drained is not None:
        # They outlived every end of their compute.
        assert list(drained.broken()) == []
        drained.end()
    ends = campaign.kills.total() + campaign.restarts.total()
    print(f'seed {SEED}, {classes}: {dict(campaign.done)}, '
          f'{campaign.kills.total()} kills {dict(campaign.kills)}, '
          f'{campaign.restarts.total()} restarts {dict(campaign.restarts)}, '
          f'all agreed after {campaign.checks} of {ends}, '
          f'{campaign.stuck} servers were ended by hand, '
          f'Placement was fixed after {campaign.repairs}')
    assert campaign.checks == ends
    assert list(faults.doubly_handed_over(place)) == []
    assert [each for each in records.devices()
            if each.status != 'available'] == []
    assert [each for each in records.allocations()
            if each['resource_class'].startswith('CUSTOM_PCI')] == []
