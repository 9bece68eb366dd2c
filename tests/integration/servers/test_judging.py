# SPDX-License-Identifier: Apache-2.0

"""What hosts say to a server that is on one of them."""

import pytest
from nova import exception

from nova_pci_ext import exceptions
from nova_pci_ext.explaining import answers
from nova_pci_ext.explaining import databases
from nova_pci_ext.planning import room
from nova_pci_ext.servers import judging
from nova_pci_ext.servers.record import Place
from tests.integration.planning import recorded
from tests.integration.servers import scenes

pytestmark = pytest.mark.nova

# It has 0000:41:10.0 and .2 of busy, where one VF is free.
OWNER = '11111111-1111-4111-8111-111111111111'
HOSTS = (recorded.host('busy'), recorded.host('one-card'))


def server(host='busy', **more):
    return scenes.server(place=Place(uuid=OWNER, cell='cell1',
                                     cell_uuid='c1'), host=host, **more)


def said(found):
    return {each.host: each.servers for each in found.report.answers}


def test_its_own_devices_do_not_stand_in_its_way(monkeypatch):
    found = scenes.judged(monkeypatch, server(), *HOSTS, alias='vf:3')
    assert said(found) == {'busy': 1, 'one-card': 0}
    assert (found.own, found.elsewhere) == ({'busy'}, False)
    stranger = scenes.judged(monkeypatch, scenes.server(host='x'), *HOSTS,
                             alias='vf:3')
    assert said(stranger) == {'busy': 0, 'one-card': 0}


def test_devices_that_are_kept_for_it_are_its_own_too(monkeypatch):
    """Those of the source, before a resize is confirmed."""
    found = scenes.judged(
        monkeypatch, server(host='one-card', devices=(
            scenes.device('busy'),)), *HOSTS, alias='vf:3')
    assert found.own == {'busy', 'one-card'}
    assert said(found)['busy'] == 1


def test_a_deleted_server_has_nothing(monkeypatch):
    found = scenes.judged(monkeypatch, server(
        deleted=scenes.NOON), *HOSTS, alias='vf:3')
    assert (said(found), found.own) == ({'busy': 0, 'one-card': 0}, set())
    assert found.weighed == ()


def test_hosts_that_pass_are_weighed(monkeypatch):
    found = scenes.judged(monkeypatch, server(), *HOSTS, alias='vf:1')
    assert found.weighed == ('busy', 'one-card')
    assert found.elsewhere


def test_what_it_has_beside_devices_is_given_back(monkeypatch):
    given = []
    monkeypatch.setattr(room, 'give_back', lambda state, need: given.append(
        (state.host, need)))
    held = room.Room(vcpus=1, ram_mb=2, disk_gb=3)
    scenes.judged(monkeypatch, server(), *HOSTS, held=held)
    assert given == [('busy', held)]


def test_a_host_that_it_was_told_to_go_to(monkeypatch):
    found = scenes.judged(monkeypatch, scenes.server(host=''), *HOSTS,
                          forced='one-card')
    assert {each.host: each.refused_by for each in found.report.answers} == {
        'busy': 'told to go to one-card', 'one-card': None}


def test_one_host_alone(monkeypatch):
    found = scenes.judged(monkeypatch, server(), *HOSTS, host='one-card')
    assert said(found) == {'one-card': 1}
    with pytest.raises(exceptions.ServerRequestError) as caught:
        scenes.judged(monkeypatch, server(), *HOSTS, host='b\n')
    assert str(caught.value) == (
        '--host b\\n: no such host; expected the name of a host as Nova has '
        'it, in a cell that gets new servers')


def test_no_host_is_asked_while_a_cell_is_silent(monkeypatch):
    def silent():
        raise exceptions.DiscoveryError('database of cell c', 'silent')

    with scenes.hosts(monkeypatch, *HOSTS) as fleet:
        monkeypatch.setattr(databases, 'check_cells', silent)
        with pytest.raises(exceptions.DiscoveryError):
            judging.judge(server(), scenes.asked(fleet))


def test_what_nova_refuses_before_hosts_are_asked(monkeypatch):
    def gone(self, host, limit):
        raise exception.NoValidHost(reason='No such host')

    monkeypatch.setattr(answers.Explainer, 'answer', gone)
    with pytest.raises(exceptions.ServerRequestError) as caught:
        scenes.judged(monkeypatch, server(), *HOSTS)
    assert str(caught.value) == 'No valid host was found. No such host'
