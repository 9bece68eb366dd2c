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
from cloud import processes
from cloud import rest
from cloud import services
from cloud import settings
from tests.cloud import agreement
from tests.cloud import faults

OPERATIONS = int(os.environ.get('NOVA_PCI_FAULT_ROUNDS', '40'))
SEED = int(os.environ.get('NOVA_PCI_FAULT_SEED', '8'))


@pytest.mark.timeout(2700)
def test_nothing_is_leaked_by_kills(scene, records, place, calls):
    """In CI 40 operations, with NOVA_PCI_FAULT_ROUNDS=300 the whole run."""
    campaign = faults.Campaign(place, scene, SEED)
    campaign.run(OPERATIONS, kills=max(5, OPERATIONS // 10))
    assert list(faults.doubly_handed_over(place)) == []
    # What was asked of a killed service, the next one finishes.
    bring_up.restart_nova(place, settings.Choice(), calls)
    campaign.settle()
    audited = audit(place)
    print(f'seed {SEED}: {dict(campaign.done)}, killed '
          f'{dict(campaign.kills)}, {audited}')
    agreement.assert_agreement(records)
    assert list(faults.doubly_handed_over(place)) == []
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
         '--delete'], capture_output=True, text=True, timeout=120)
    return ended.stdout.strip().splitlines()[-1]


def test_a_broken_device_spec_keeps_the_compute_from_starting(
        scene, records, place, calls):
    server = scene.boot(scene.flavor('nvme:1'), host='igb-1')
    before = records.devices()
    path = settings.compute_settings(place, 'igb-1')
    correct = path.read_text()
    name = 'compute-igb-1'
    processes.stop(place, [name])
    path.write_text(f'{correct}[pci]\n'
                    'device_spec = {"vendor_id": "8086", "adress": "*"}\n')
    bring_up.start(place, [name])
    rest.wait_until('the end of the compute',
                    lambda: not processes.is_running(place, name))
    log = (place.logs / f'{name}.log').read_text()
    assert "did you mean 'address'" in log
    assert records.devices() == before
    path.write_text(correct)
    bring_up.start(place, [name])
    since = records.query('SELECT UTC_TIMESTAMP() AS now')[0]['now']
    services.wait(place, [name], lambda: records.query(
        "SELECT 1 FROM nova.services WHERE host = 'igb-1' "
        f"AND last_seen_up > '{since}'"))
    assert records.devices() == before
    scene.delete([server['id']])
