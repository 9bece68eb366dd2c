# SPDX-License-Identifier: Apache-2.0

import pytest
from nova import objects

from nova_pci_ext import exceptions
from nova_pci_ext.novaobj import charges

pytestmark = pytest.mark.nova
objects.register_all()

ME, OTHER = (f'00000000-0000-0000-0000-00000000000{number}'
             for number in (1, 2))


def row(owner=ME, **extra):
    found = objects.PciDevice(extra_info=extra, instance_uuid=owner)
    found.obj_reset_changes()
    return found


def test_a_charge_is_written_and_taken_away():
    dev = row(a='b')
    charges.put(dev, 2500, ME)
    assert dev.extra_info == {'a': 'b', charges.NOTE: f'2500 {ME}'}
    assert charges.read(dev) == 2500
    dev.obj_reset_changes()
    charges.put(dev, 2500, ME)
    assert dev.obj_what_changed() == set()
    charges.put(dev, 0, None)
    assert (dev.extra_info, charges.read(dev)) == ({'a': 'b'}, 0)


@pytest.mark.parametrize(('owner', 'text'), [
    (ME, f'2500 {OTHER}'), (None, f'2500 {ME}'), (ME, '2500'), (ME, ''),
    (ME, f'-5 {ME}'), (ME, f'2.5 {ME}'), (ME, f'{10 ** 12} {ME}'),
    (ME, f'\u0662 {ME}')],
    ids=['of an owner before', 'of nobody', 'without owner', 'empty',
         'negative', 'a fraction', 'huge', 'other digits'])
def test_other_notes_are_none(owner, text):
    dev = row(owner, **{charges.NOTE: text})
    assert charges.read(dev) == (2 if '\u0662' in text else 0)


def test_a_port_that_placement_counts_is_noted_and_its_interface_forgotten():
    """Until its device is freed; the next claim is told where to go anew."""
    asked = [*asks('port', parent_ifname='ens1', physical_network='p'),
             *asks('nic', parent_ifname='ens1')]
    named, other, alias = row(a='b'), row(), row()
    for dev, request_id in ((named, 'port'), (other, 'x'), (alias, 'nic')):
        dev.request_id = request_id
    charges.settle(asked, [named, other, alias])
    assert [each.spec for each in asked] == [
        [{'physical_network': 'p'}], [{'parent_ifname': 'ens1'}]]
    noted = {'a': 'b', charges.NOTE: f'0 {ME}'}
    assert (named.extra_info, charges.read(named)) == (noted, 0)
    assert (other.extra_info, alias.extra_info) == ({}, {})
    # It is claimed, then allocated, then freed.
    charges.put(named, 0, ME)
    assert named.extra_info == noted
    charges.put(named, 0, OTHER)
    assert named.extra_info == {'a': 'b'}


def test_what_is_asked_of_any_pf_is_noted_nowhere():
    dev = row()
    dev.request_id = 'port'
    charges.settle(asks('port', physical_network='p'), [dev])
    assert dev.extra_info == {}


def flavor(**specs):
    return objects.Flavor(extra_specs={
        f'pci_passthrough:{key}': value for key, value in specs.items()})


def asks(*names, **spec):
    """Requests of a server: of an alias, or of a port for ``port``."""
    return [objects.InstancePCIRequest(
        count=1, request_id=name, spec=[spec], **(
            {'requester_id': name} if name == 'port'
            else {'alias_name': name})) for name in names]


@pytest.mark.parametrize(('specs', 'requests', 'expected'), [
    ({}, asks('nic', 'port'), (0, 0)),
    ({'alias': 'nic:1', 'bandwidth': '2500:nic;10:ports'},
     asks('nic', 'port', 'other'), (2500, 10, 0)),
    ({'bandwidth': '10:ports@net'}, asks('port', physical_network='Net'),
     (10,)),
    ({'bandwidth': '10:ports@net'}, asks('port', physical_network='other'),
     (0,)),
    ({'bandwidth': '10:ports'}, asks('port', parent_ifname='eth0'), (0,))],
    ids=['a flavor that takes nothing', 'an alias and ports',
         'ports of a network', 'of another one',
         'a port whose PF Placement chose'])
def test_what_a_flavor_takes(specs, requests, expected):
    assert charges.by_flavor(flavor(**specs), requests) == expected


def test_a_flavor_that_cannot_be_read():
    with pytest.raises(exceptions.ConfigErrors):
        charges.by_flavor(flavor(bandwidth='many:nic'), asks('nic'))
