# SPDX-License-Identifier: Apache-2.0

"""One cloud for all tests; after each, everything has to agree."""

import pytest

from cloud import bring_up
from cloud import layout
from cloud import rest
from tests.cloud import agreement
from tests.cloud import auditor
from tests.cloud import choices
from tests.cloud import own_log
from tests.cloud import records as records_of
from tests.cloud import scene as scene_of


def pytest_generate_tests(metafunc):
    """Run each test in all kinds of cloud, or those its module names."""
    names = choices.of_module(metafunc.module)
    metafunc.parametrize('choice', [choices.CHOICES[name] for name in names],
                         ids=names, indirect=True, scope='session')


def pytest_collection_modifyitems(items):
    """Mark the tests, and let those with devices in Placement be last."""
    for item in items:
        item.add_marker(pytest.mark.cloud)
        item.add_marker(pytest.mark.timeout(900))
    items.sort(key=lambda item: item.callspec.params['choice'].in_placement)


@pytest.fixture(scope='session')
def place():
    """The running cloud, which ``python -m tests.cloud`` has started."""
    return layout.find_layout()


@pytest.fixture(scope='session')
def calls(place):
    return rest.Rest(place)


@pytest.fixture(scope='session')
def records(place):
    return records_of.Records(place)


@pytest.fixture(scope='session', autouse=True)
def choice(request, place, calls):
    """How Nova is configured, which it has been started with."""
    if request.param.in_placement:
        bring_up.restart_nova(place, request.param, calls)
    return request.param


@pytest.fixture(scope='session')
def only_scene(calls):
    return scene_of.Scene(calls)


@pytest.fixture(scope='module', autouse=True)
def own_log_lines(request, place):
    """Fail a module in which this package warned without a reason."""
    since = own_log.sizes(place)
    yield
    expected = getattr(request.module, 'EXPECTED_LOG', ())
    assert list(own_log.unexpected(place, since, expected)) == []


@pytest.fixture
def scene(only_scene, records, choice):
    """Check that all agree after the test, and that nothing is left then."""
    yield only_scene
    try:
        agreement.assert_agreement(records)
    finally:
        # What one test leaves is not a failure of the next.
        only_scene.clear()
    agreement.assert_agreement(records)
    taken = [each for each in records.devices()
             if each.status != 'available']
    assert taken == []
    assert records.allocations() == []


@pytest.fixture
def liar(place, scene, records, tmp_path, choice):
    """Yield what lies are told with; its compute is started at the end."""
    made = auditor.Liar(place, scene, records, tmp_path, choice)
    made.wait_for_agreement()
    yield made
    made.end()
    made.later.close()
    made.restart()
