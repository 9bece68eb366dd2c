# SPDX-License-Identifier: Apache-2.0

"""Two schedulers give away the last devices, ours and Nova's."""

import contextlib

import pytest

from tests.cloud import choices
from tests.cloud import race

# Two hosts with four NVMe functions each.
DEVICES = 8
MORE = 4


@pytest.fixture(params=['ours', 'nova'])
def classes(request, place, calls, choice):
    """The classes that filter and track: ours, or Nova's own."""
    with (choices.novas_classes(place, calls, choice)
          if request.param == 'nova' else contextlib.nullcontext(choice)
          ) as chosen:
        yield chosen


def test_as_many_servers_run_as_there_are_devices(classes, scene):
    ended = race.run(scene, scene.flavor('nvme:1'), DEVICES + MORE)
    print(f'race of {DEVICES + MORE} servers for {DEVICES} devices, '
          f'{classes}: {ended}')
    assert ended.statuses == {'ACTIVE': DEVICES, 'ERROR': MORE}
