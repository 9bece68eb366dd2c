# SPDX-License-Identifier: Apache-2.0

"""Devices of instances that an update of their host does not name."""

import pytest
from nova import objects

from tests import device_rows
from tests.device_rows import VF

pytestmark = pytest.mark.nova

OWNER = '00000000-0000-0000-0000-000000000001'
REQUEST = '00000000-0000-0000-0000-0000000000a1'


@pytest.fixture
def rows():
    with device_rows.Rows().in_place() as rows:
        yield rows


@pytest.fixture
def tracker(rows):
    """A tracker on which an instance owns both VFs."""
    tracker = device_rows.start(device_rows.family('81', 2))
    device_rows.claim(tracker, OWNER, **{REQUEST: (2, VF)})
    tracker.allocate_instance(device_rows.guest(OWNER))
    return tracker


def owners(tracker):
    return {dev.instance_uuid for dev in tracker.pci_devs
            if dev.dev_type == VF}


@pytest.mark.parametrize('where', [
    pytest.param(('resize_reverting', 'compute-2'), id='coming back'),
    pytest.param((None, 'compute-1'), id='back since')])
def test_an_instance_that_comes_back_keeps_its_devices(rows, tracker, where):
    rows.instances[OWNER] = where
    tracker.clean_usage([], [])
    assert owners(tracker) == {OWNER}


@pytest.mark.parametrize('instances', [
    pytest.param({}, id='deleted'),
    pytest.param({OWNER: (None, 'compute-2')}, id='elsewhere'),
    pytest.param({OWNER: ('rebooting', 'compute-2')}, id='busy elsewhere'),
    pytest.param({OWNER: (None, None)}, id='shelved')])
def test_an_instance_that_is_not_here_gives_them_back(
        rows, tracker, instances):
    rows.instances = instances
    tracker.clean_usage([], [])
    assert owners(tracker) == {None}


def test_nothing_is_freed_when_the_database_does_not_answer(
        rows, tracker, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError('no answer')
    monkeypatch.setattr(objects.Instance, 'get_by_uuid', fail)
    with pytest.raises(RuntimeError, match='no answer'):
        tracker.clean_usage([], [])
    assert owners(tracker) == {OWNER}
