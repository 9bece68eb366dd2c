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
        name='cut', claim=None, owners=tuple, drained=dict, undrained=None,
        state=state, beyond=every), 1)
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


DEVICES = ('0000:01:00.0', '0000:02:00.0', '0000:03:00.0')


def out_of_service(drains, in_service=()):
    """Return a host with three devices of which some are drained."""
    state = nova_hosts.host_state('h', nova_hosts.scheduler_stats(
        nova_hosts.compute_stats([
            nova_hosts.device(
                address, product='0002' if address == DEVICES[2] else '0001')
            for address in DEVICES
            if address not in drains or address in in_service])))
    return types.SimpleNamespace(
        name='h', claim=None, owners=tuple, beyond=(), state=state,
        drained=lambda: drains,
        undrained=lambda addresses: out_of_service(drains, addresses))


@pytest.mark.parametrize(('drains', 'named'), [
    ({DEVICES[0]: 'fan', DEVICES[1]: 'dust'}, [0, 1]),
    ({DEVICES[0]: 'fan', DEVICES[1]: 'fan', DEVICES[2]: 'dust'}, [0, 1]),
    ({DEVICES[2]: 'dust'}, None),
], ids=['each would do', 'one that would not', 'one is in service'])
def test_a_host_whose_devices_are_drained_names_those_that_fit(drains, named):
    found = explainer().answer(out_of_service(drains), 1)
    assert (found.servers, found.drained) == (1, ()) if named is None else (
        0, tuple((DEVICES[number], drains[DEVICES[number]])
                 for number in named))


def test_devices_that_would_not_do_are_not_named():
    drains = {DEVICES[2]: 'dust'}
    host = out_of_service(dict.fromkeys(DEVICES, 'dust'))
    host.drained = lambda: drains
    host.undrained = lambda addresses: out_of_service(
        dict.fromkeys(DEVICES, 'dust'), addresses)
    found = explainer().answer(host, 1)
    assert (found.servers, found.drained) == (0, ())
