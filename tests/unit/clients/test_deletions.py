# SPDX-License-Identifier: Apache-2.0

import pytest

from nova_pci_ext.clients.deletions import Deletions
from nova_pci_ext.clients.ports import Port
from tests.unit.clients.neutron import Neutron


def port(name, server, description=None):
    return Port(id=name, device=server, owner='compute:nova', description=(
        f'Made for server {server} by nova-pci-ext' if description is None
        else description))


def test_ports_are_deleted_when_their_server_is_gone():
    neutron, answers = Neutron(port('p1', 's'), port('p2', 't')), [False, True]
    deletions = Deletions(neutron, lambda _: answers.pop(0))
    deletions.delete('s', lambda: None)
    assert list(neutron.ports) == ['p1', 'p2']
    deletions.finish()
    assert (list(neutron.ports), answers) == (['p2'], [])


def test_a_server_that_is_not_deleted_keeps_its_ports(capsys):
    neutron = Neutron(port('p1', 's'), port('p2', 't'))
    deletions = Deletions(neutron, lambda _: True)
    deletions.delete('s', lambda: None)
    with pytest.raises(ZeroDivisionError):
        deletions.delete('t', lambda: 1 / 0)
    deletions.finish()
    assert list(neutron.ports) == ['p2']
    assert capsys.readouterr().err == ''


def test_ports_that_were_made_for_something_else_stay(capsys):
    other = 'Made for server t by nova-pci-ext'
    early = 'Made for a server by nova-pci-ext'
    neutron = Neutron(port('p1', 's', other), port('p2', 's', early),
                      port('p3', 's', 'mine'), port('p4', 's', ''))
    deletions = Deletions(neutron, lambda _: 1 / 0)
    deletions.delete('s', lambda: None)
    deletions.finish()
    assert list(neutron.ports) == ['p1', 'p2', 'p3', 'p4']
    ours = "'Made for server s by nova-pci-ext'"
    assert capsys.readouterr().err == (
        f"Port p1 was not deleted: its description is '{other}', not {ours}\n"
        f"Port p2 was not deleted: its description is '{early}', not {ours}\n"
    )


def test_a_port_that_another_server_has_meanwhile_stays(capsys):
    neutron = Neutron(port('p1', 's'))

    def is_gone(_):
        neutron.ports['p1'] = port('p1', 't', 'Made for server s by '
                                   'nova-pci-ext')
        return True
    deletions = Deletions(neutron, is_gone)
    deletions.delete('s', lambda: None)
    deletions.finish()
    assert list(neutron.ports) == ['p1']
    assert capsys.readouterr().err == (
        "Port p1 was not deleted: compute:nova 't' has it\n")


def test_the_ports_of_a_server_that_stays_keep_no_others(capsys):
    neutron = Neutron(port('p1', 's'), port('p2', 't'))
    deletions = Deletions(neutron, lambda server: server == 't')
    for server in 'st':
        deletions.delete(server, lambda: None)
    deletions.finish(timeout_s=0)
    assert list(neutron.ports) == ['p1']
    assert capsys.readouterr().err == (
        "Port p1 was not deleted: server 's' is not gone after 0 s; when it "
        'is: openstack port delete p1\n')


@pytest.mark.parametrize('error', [KeyboardInterrupt, ConnectionError])
def test_whatever_ends_it_early_names_the_ports(error, capsys):
    neutron = Neutron(port('p1', 's'), port('p2', 't'))

    def is_gone(server):
        if server == 't':
            raise error
        return False
    deletions = Deletions(neutron, is_gone)
    for server in 'st':
        deletions.delete(server, lambda: None)
    with pytest.raises(error):
        deletions.finish()
    assert capsys.readouterr().err == (
        "Port p1 was not deleted: server 's' may not be gone; when it is: "
        "openstack port delete p1\n"
        "Port p2 was not deleted: server 't' may not be gone; when it is: "
        'openstack port delete p2\n')


def test_nothing_is_asked_where_there_is_no_port():
    deletions = Deletions(Neutron(), lambda _: 1 / 0)
    deletions.delete('s', lambda: None)
    deletions.finish()
