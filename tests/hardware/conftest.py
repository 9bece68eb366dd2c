# SPDX-License-Identifier: Apache-2.0
"""One machine and one cloud for all tests; after each, all has to agree."""

import pytest

from cloud import rest
from tests.cloud import own_log
from tests.cloud import records as records_of
from tests.cloud import scene as scene_of
from tests.hardware import agreement
from tests.hardware import compute as compute_of
from tests.hardware import kernel
from tests.hardware import machine as machine_of
from tests.hardware import place as place_of

PATIENCE_S = 420


def pytest_collection_modifyitems(items):
    """Bound each test; a guest without KVM takes a minute to boot."""
    for item in items:
        item.add_marker(pytest.mark.hardware)
        item.add_marker(pytest.mark.timeout(1800))


@pytest.fixture(scope='session')
def place():
    """The running cloud, which ``python -m tests.hardware`` has started."""
    return place_of.find_place()


@pytest.fixture(scope='session')
def machine(place):
    return machine_of.Machine(place)


@pytest.fixture(scope='session')
def calls(place):
    return rest.Rest(place)


@pytest.fixture(scope='session')
def compute(machine):
    return compute_of.Compute(machine)


@pytest.fixture(scope='session')
def records(place):
    return records_of.Records(place)


@pytest.fixture(scope='session')
def only_scene(calls):
    return scene_of.Scene(calls, PATIENCE_S)


@pytest.fixture(scope='module', autouse=True)
def own_log_lines(request, place):
    """Fail a module in which this package warned without a reason."""
    since = own_log.sizes(place)
    yield
    expected = getattr(request.module, 'EXPECTED_LOG', ())
    assert list(own_log.unexpected(place, since, expected)) == []


@pytest.fixture
def look(machine):
    """Return what the kernel and libvirt say now."""
    return lambda: kernel.look(machine)


@pytest.fixture
def log(compute):
    """Return what the compute has logged during the test."""
    begin = compute.log.stat().st_size

    def read():
        with compute.log.open('rb') as file:
            file.seek(begin)
            return file.read().decode(errors='replace')
    return read


@pytest.fixture
def scene(only_scene, records, machine):
    """Check that all agree after the test, and that nothing is left then."""
    yield only_scene
    try:
        agreement.assert_agreement(only_scene, records, machine)
    finally:
        # What one test leaves is not a failure of the next.
        only_scene.clear()
    agreement.assert_agreement(only_scene, records, machine)
    assert [each for each in records.devices()
            if each.status != 'available'] == []
    assert records.allocations() == []
