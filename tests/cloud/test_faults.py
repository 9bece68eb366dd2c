#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

"""Services are killed; afterwards nothing is leaked or doubly owned."""

import os
import subprocess

import pytest

from cloud import bring_up
from cloud import settings
from tests.cloud import agreement
from tests.cloud import faults

OPERATIONS = int(os.environ.get('NOVA_PCI_FAULT_ROUNDS', '40'))
SEED = int(os.environ.get('NOVA_PCI_FAULT_SEED', '8'))


@pytest.mark.timeout(2700)
def test_nothing_is_leaked_by_kills(scene, records, place, calls):
    """NOVA_PCI_FAULT_ROUNDS=300 is what make test-cloud-faults does."""
    campaign = faults.Campaign(place, scene, records, SEED)
    campaign.run(OPERATIONS, kills=max(5, OPERATIONS // 10))
    # What was asked of a killed service, the next one finishes.
    bring_up.restart_nova(place, settings.Choice(), calls)
    campaign.settle()
    audited = audit(place)
    agreement.assert_agreement(records)
    print(f'seed {SEED}: {dict(campaign.done)}, {campaign.kills.total()} '
          f'kills {dict(campaign.kills)}, nothing doubly owned at '
          f'{campaign.checks} checks after a kill; {audited}')
    assert list(faults.doubly_handed_over(
        place, records)) == []
    assert [each for each in records.devices()
            if each.status != 'available'] == []


def audit(place):
    """Let Nova delete what its killed services left in Placement.

    A scheduler that is killed between its write to Placement and its answer
    leaves an allocation that only this command removes.
    """
    ended = subprocess.run(
        [place.program('nova-manage'), '--config-file',
         str(place.etc / 'nova' / 'nova.conf'), 'placement', 'audit',
         '--delete', '--verbose'], capture_output=True, text=True, timeout=120)
    # Four means that something was found and deleted.
    assert ended.returncode in (0, 4), ended.stdout + ended.stderr
    return ended.stdout.strip().replace('\n', '; ') or 'nothing to audit'
