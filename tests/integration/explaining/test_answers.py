# SPDX-License-Identifier: Apache-2.0

"""Answers of single hosts, asked as the commands ask them."""

import logging
import types

import pytest
from nova import objects

from nova_pci_ext.explaining import answers
from nova_pci_ext.scheduler import host_notices
from tests import nova_hosts

pytestmark = pytest.mark.nova


class Foreign:
    """A host of which nothing can be told."""

    name = 'foreign'

    @property
    def state(self):
        raise KeyError('numa_node')


def explainer():
    spec = nova_hosts.request_spec(nova_hosts.asked({'product_id': '0001'}))
    spec.numa_topology = None
    spec.requested_resources = []
    spec.image = objects.ImageMeta(properties=objects.ImageMetaProps())
    spec.flavor = objects.Flavor(extra_specs={}, vcpus=1, memory_mb=1)
    return answers.Explainer(spec)


@pytest.mark.parametrize(('product', 'refused_by', 'reason'), [
    ('0001', '[scheduler] max_placement_results', None),
    ('0002', None, 'identity')])
def test_a_host_that_the_limit_of_placement_cut_off(
        product, refused_by, reason):
    """It is asked with all candidates, and says what is the reason then."""
    state = nova_hosts.host_state('cut', nova_hosts.scheduler_stats(
        nova_hosts.compute_stats([nova_hosts.device(
            '0000:01:00.0', product=product)])))
    every, state.allocation_candidates = state.allocation_candidates, []
    found = explainer().answer(types.SimpleNamespace(
        name='cut', claim=None, owners=tuple, state=state, beyond=every), 1)
    assert (found.servers, found.refused_by) == (0, refused_by)
    assert (found.shortage and found.shortage.reason.value) == reason


def test_a_host_that_cannot_be_asked_is_refused_and_the_others_are_asked(
        monkeypatch, caplog):
    monkeypatch.setattr(host_notices, 'WORKER', host_notices.HostNotices())
    good = types.SimpleNamespace(
        name='good', claim=None, owners=tuple, beyond=(),
        state=nova_hosts.host_state('good', nova_hosts.scheduler_stats(
            nova_hosts.compute_stats([nova_hosts.device('0000:01:00.0')]))))
    asking = explainer()
    found = [asking.answer(host, 1) for host in (Foreign(), good)]
    assert [(answer.host, answer.servers) for answer in found] == [
        ('foreign', 0), ('good', 1)]
    assert found[0].shortage.reason.value == 'host_error'
    # What was logged at the first use in this process depends on the order.
    assert [record.getMessage() for record in caplog.records
            if record.levelno >= logging.WARNING] == [
        'Explaining host foreign failed; other hosts are not concerned: '
        "KeyError: 'numa_node'"]
