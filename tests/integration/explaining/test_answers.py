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


def test_a_host_that_cannot_be_asked_is_refused_and_the_others_are_asked(
        monkeypatch, caplog):
    monkeypatch.setattr(host_notices, 'WORKER', host_notices.HostNotices())
    spec = nova_hosts.request_spec(nova_hosts.asked({'product_id': '0001'}))
    spec.numa_topology = None
    spec.requested_resources = []
    spec.image = objects.ImageMeta(properties=objects.ImageMetaProps())
    spec.flavor = objects.Flavor(extra_specs={}, vcpus=1, memory_mb=1)
    explainer = answers.Explainer(spec)
    good = types.SimpleNamespace(
        name='good', claim=None, owners=tuple, state=nova_hosts.host_state(
            'good', nova_hosts.scheduler_stats(nova_hosts.compute_stats(
                [nova_hosts.device('0000:01:00.0')]))))
    found = [explainer.answer(host, 1) for host in (Foreign(), good)]
    assert [(answer.host, answer.servers) for answer in found] == [
        ('foreign', 0), ('good', 1)]
    assert found[0].shortage.reason.value == 'host_error'
    # What was logged at the first use in this process depends on the order.
    assert [record.getMessage() for record in caplog.records
            if record.levelno >= logging.WARNING] == [
        'Explaining host foreign failed; other hosts are not concerned: '
        "KeyError: 'numa_node'"]
