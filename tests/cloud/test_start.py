# SPDX-License-Identifier: Apache-2.0

"""A compute that is started with a fault in its configuration."""

from cloud import bring_up
from cloud import processes
from cloud import rest
from cloud import services
from cloud import settings


def test_a_broken_device_spec_keeps_the_compute_from_starting(
        scene, records, place, calls):
    server = scene.boot(scene.flavor('nvme:1'), host='igb-1')
    before = records.devices()
    path = settings.compute_settings(place, 'igb-1')
    correct = path.read_text()
    name = 'compute-igb-1'
    processes.stop(place, [name])
    path.write_text(correct.replace(
        '[pci]\n',
        '[pci]\ndevice_spec = {"vendor_id": "8086", "adress": "*"}\n'))
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
