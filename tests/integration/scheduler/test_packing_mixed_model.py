# SPDX-License-Identifier: Apache-2.0

"""The arrays of ``packing_mixed_model`` against Nova's objects."""

import random

import pytest
from nova import conf
from oslo_config import fixture as config_fixture

from benchmarks import packing_mixed
from benchmarks import packing_mixed_model

pytestmark = pytest.mark.nova

SIZE = 20


@pytest.fixture(autouse=True)
def options():
    fixture = config_fixture.Config(conf.CONF)
    fixture.setUp()
    yield fixture
    fixture.cleanUp()


@pytest.mark.parametrize('vfs', [packing_mixed.FEW, packing_mixed.MANY])
@pytest.mark.parametrize('way', packing_mixed.WAYS)
def test_the_model_chooses_the_hosts_that_nova_chooses(way, vfs):
    real, model = (made.Cloud(SIZE, vfs, way, 0)
                   for made in (packing_mixed, packing_mixed_model))
    stream = random.Random(0)
    refused = set()
    # Until nothing fits any more.
    while len(refused) < len(packing_mixed.SERVERS):
        number, = stream.choices(range(len(packing_mixed.SERVERS)),
                                 packing_mixed.ODDS)
        expected = real.place(number)
        assert model.place(number) == expected
        if expected is None:
            refused.add(number)
    assert model.moment(0) == real.moment(0)


def test_a_run_has_the_moments_of_a_run_with_novas_objects():
    assert packing_mixed_model.run('as shipped', 1, SIZE) == (
        packing_mixed.run('as shipped', 1, SIZE))
