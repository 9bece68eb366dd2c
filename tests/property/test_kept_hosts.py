# SPDX-License-Identifier: Apache-2.0

"""What workers have kept changes no answer, whatever rows were before."""

import concurrent.futures
import random
import sys

import hypothesis
import pytest
from hypothesis import strategies as st
from nova import conf
from nova import objects
from oslo_config import fixture as config_fixture

from benchmarks import realistic_flavors
from nova_pci_ext.configuration import pci_ext
from tests import kept_workers

pytestmark = pytest.mark.property
objects.register_all()
FLAVORS = range(len(realistic_flavors.FLAVORS))

# A row gets a content under a stamp that is older, the same or newer.
CHANGES = st.tuples(
    st.just('change'), st.integers(0, 2), st.integers(0, 3),
    st.sampled_from((-1, 0, 0, 1, 60)))
# One of two workers is asked, for so many servers at once.
QUESTIONS = st.tuples(
    st.just('ask'), st.integers(0, 1), st.sampled_from(FLAVORS),
    st.sampled_from((1, 1, 2)))
STEPS = st.lists(st.one_of(CHANGES, QUESTIONS, QUESTIONS),
                 min_size=4, max_size=12)


@pytest.fixture(scope='module', params=[False, True],
                ids=['kept', 'verified'], autouse=True)
def options(request):
    """Nova's configuration with our aliases, without and with checks."""
    fixture = config_fixture.Config(conf.CONF)
    fixture.setUp()
    conf.CONF([], project='nova', default_config_files=[])
    pci_ext.register_opts(conf.CONF)
    fixture.config(alias=realistic_flavors.aliases(), group='pci')
    fixture.config(verify_kept=request.param, group='pci_ext')
    yield fixture
    fixture.cleanUp()


@pytest.fixture
def placed(options, request):
    """Whether Placement has the devices."""
    options.config(pci_in_placement=request.param, group='filter_scheduler')
    return request.param


def answer(worker, rows, flavor, servers):
    """Return what a worker says that is alone in its process."""
    with worker.running():
        return worker.answer(*rows.states(flavor), servers)


def fresh_answer(rows, flavor, servers):
    """Return what a process says that has kept nothing."""
    return answer(kept_workers.Worker(), rows, flavor, servers)


@pytest.mark.parametrize('placed', [False, True], indirect=True,
                         ids=['not placed', 'placed'])
def test_two_workers_answer_as_a_fresh_process_does(placed, caplog):
    @hypothesis.settings(max_examples=12, phases=[
        # Making a case smaller takes longer than reading it.
        hypothesis.Phase.generate])
    @hypothesis.given(STEPS)
    def check(steps):
        rows = kept_workers.Rows(in_placement=placed)
        workers = kept_workers.Worker(), kept_workers.Worker()
        for what, which, *rest in steps:
            if what == 'change':
                rows.change(which, *rest)
                continue
            flavor, servers = rest
            assert answer(workers[which], rows, flavor, servers) == (
                fresh_answer(rows, flavor, servers))

    check()
    assert [record.getMessage() for record in caplog.records
            if record.levelname == 'ERROR'] == []


@pytest.mark.parametrize('placed', [False, True], indirect=True,
                         ids=['not placed', 'placed'])
def test_two_threads_of_a_worker_disturb_nobody(placed, caplog):
    worker = kept_workers.Worker()
    rows = kept_workers.Rows(in_placement=placed)
    dice = random.Random(2)
    expected, found = [], []
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with concurrent.futures.ThreadPoolExecutor(2) as threads:
            for _ in range(10):
                for number in range(3):
                    rows.change(number, dice.randrange(4),
                                dice.choice((0, 1)))
                flavors = [dice.choice(FLAVORS) for _ in range(2)]
                asked = [rows.states(flavor) for flavor in flavors]
                with worker.running():
                    found += threads.map(
                        lambda each: worker.answer(*each, 2), asked)
                expected += [fresh_answer(rows, flavor, 2)
                             for flavor in flavors]
    finally:
        sys.setswitchinterval(before)
    assert found == expected
    assert [record.getMessage() for record in caplog.records
            if record.levelname == 'ERROR'] == []
