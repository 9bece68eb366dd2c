# SPDX-License-Identifier: Apache-2.0

import pytest

from nova_pci_ext import claims
from nova_pci_ext import exceptions
from nova_pci_ext.model.claim import ClaimState
from nova_pci_ext.model.claim import Conflict
from nova_pci_ext.model.claim import DeviceClaim
from nova_pci_ext.model.claim import Move

ME = 'instance-1'
OTHER = 'instance-2'


def family(pf='available', *vfs):
    """Draw a PF 'pf' and its VFs 'vf0', 'vf1', ... in given states.

    An owned device is written ``claimed:owner`` or ``allocated:owner``.
    """
    names = tuple(f'vf{number}' for number in range(len(vfs)))
    devices = {'pf': device('pf', pf, children=names)}
    for name, state in zip(names, vfs, strict=True):
        devices[name] = device(name, state, parents=('pf',))
    return devices


def device(address, text, **links):
    state, _, owner = text.partition(':')
    return DeviceClaim(
        address=address, state=ClaimState(state), owner=owner or None,
        request_id='r0' if owner else None, **links)


def drawn(devices):
    """The states of a family in the form that ``family`` takes."""
    return [f'{one.state}:{one.owner}' if one.owner else str(one.state)
            for one in devices.values()]


def moved(move, address, devices, owner=ME):
    after = claims.plan([(move, address)], devices, owner=owner,
                        request_ids={address: 'r1'})
    return drawn({**devices, **after})


@pytest.mark.parametrize('before, move, address, after', [
    pytest.param(
        ['available', 'available', 'available'], Move.CLAIM, 'vf0',
        ['unclaimable', f'claimed:{ME}', 'available'],
        id='a claimed VF keeps its PF from being claimed'),
    pytest.param(
        ['unclaimable', f'claimed:{ME}', 'available'], Move.ALLOCATE, 'vf0',
        ['unavailable', f'allocated:{ME}', 'available'],
        id='an allocated VF makes its PF unavailable'),
    pytest.param(
        ['unavailable', f'allocated:{OTHER}', 'available'], Move.CLAIM, 'vf1',
        ['unavailable', f'allocated:{OTHER}', f'claimed:{ME}'],
        id='an allocated VF outweighs a claimed sibling'),
    pytest.param(
        ['unavailable', f'allocated:{ME}', f'claimed:{OTHER}'],
        Move.FREE, 'vf0',
        ['unclaimable', 'available', f'claimed:{OTHER}'],
        id='a PF stays taken until its last VF is free'),
    pytest.param(
        ['unavailable', f'allocated:{ME}', 'available'], Move.FREE, 'vf0',
        ['available', 'available', 'available'],
        id='the last free VF gives its PF back'),
    pytest.param(
        ['available', 'available', 'available'], Move.CLAIM, 'pf',
        [f'claimed:{ME}', 'unclaimable', 'unclaimable'],
        id='a claimed PF keeps its VFs from being claimed'),
    pytest.param(
        [f'allocated:{OTHER}', f'claimed:{ME}'], Move.ALLOCATE, 'vf0',
        [f'allocated:{OTHER}', f'allocated:{ME}'],
        id='what is claimed is allocated, whatever became its PF since'),
    pytest.param(
        [f'claimed:{ME}', 'unclaimable'], Move.ALLOCATE, 'pf',
        [f'allocated:{ME}', 'unavailable'],
        id='an allocated PF makes its VFs unavailable'),
    pytest.param(
        [f'allocated:{ME}', 'unavailable'], Move.FREE, 'pf',
        ['available', 'available'],
        id='a freed PF gives its VFs back'),
    pytest.param(
        ['available', 'unavailable', 'available'], Move.CLAIM, 'pf',
        [f'claimed:{ME}', 'unclaimable', 'unclaimable'],
        id='a VF that is unavailable for no reason does not block its PF'),
    pytest.param(
        [f'allocated:{ME}', 'removed'], Move.FREE, 'pf',
        ['available', 'removed'],
        id='a freed PF does not bring back a VF that is gone'),
    pytest.param(
        ['unavailable', f'allocated:{OTHER}', 'available'],
        Move.REMOVE, 'vf1',
        ['unavailable', f'allocated:{OTHER}', 'removed'],
        id='a VF that nobody has can go'),
    pytest.param(
        ['available', 'removed'], Move.DELETE, 'vf0',
        ['available', 'deleted'],
        id='the row of a device that is gone can be deleted'),
])
def test_a_legal_move(before, move, address, after):
    assert moved(move, address, family(*before)) == after


@pytest.mark.parametrize('before, move, address, conflict, message', [
    pytest.param(
        ['available', f'claimed:{OTHER}'], Move.CLAIM, 'vf0', Conflict.STATE,
        f'cannot claim device vf0, which is claimed by instance {OTHER}: '
        'legal only for a device that is available',
        id='a device is claimed once'),
    pytest.param(
        ['available', 'available'], Move.ALLOCATE, 'vf0', Conflict.STATE,
        'cannot allocate device vf0, which is available: '
        'legal only for a device that is claimed',
        id='only what is claimed is allocated'),
    pytest.param(
        ['available'], Move.FREE, 'pf', Conflict.STATE,
        'cannot free device pf, which is available: '
        'legal only for a device that is claimed, allocated',
        id='only what is owned is freed'),
    pytest.param(
        ['unclaimable', f'claimed:{OTHER}'], Move.ALLOCATE, 'vf0',
        Conflict.OWNER,
        f'cannot allocate device vf0, which is claimed by instance {OTHER}: '
        f'instance {ME} does not own it',
        id='nobody allocates what another instance claimed'),
    pytest.param(
        ['unavailable', f'allocated:{OTHER}'], Move.FREE, 'vf0',
        Conflict.OWNER,
        'cannot free device vf0, which is allocated by instance '
        f'{OTHER}: instance {ME} does not own it',
        id='nobody frees what another instance has'),
    pytest.param(
        [f'claimed:{OTHER}', 'available'], Move.CLAIM, 'vf0', Conflict.PARENT,
        'cannot claim device vf0, which is available: its parent pf is '
        f'claimed by instance {OTHER}',
        id='no VF of an owned PF, even if the row says available'),
    pytest.param(
        ['available', 'unavailable', f'claimed:{OTHER}'], Move.CLAIM, 'pf',
        Conflict.CHILD,
        'cannot claim device pf, which is available: its child vf1 is '
        f'claimed by instance {OTHER}',
        id='no PF of an owned VF, even if the row says available'),
    pytest.param(
        ['unavailable', f'allocated:{OTHER}'], Move.REMOVE, 'vf0',
        Conflict.STATE,
        f'cannot remove device vf0, which is allocated by instance {OTHER}: '
        'legal only for a device that is available, unclaimable, unavailable',
        id='an owned device is never removed'),
    pytest.param(
        ['deleted'], Move.CLAIM, 'pf', Conflict.STATE,
        'cannot claim device pf, which is deleted: '
        'legal only for a device that is available',
        id='a deleted row does not come back'),
])
def test_an_illegal_move(before, move, address, conflict, message):
    devices = family(*before)
    with pytest.raises(exceptions.ClaimError) as caught:
        moved(move, address, devices)
    assert str(caught.value) == message
    assert caught.value.conflict == conflict
    assert drawn(devices) == before


@pytest.mark.parametrize('first, second, conflict', [
    pytest.param('pf', 'vf0', Conflict.PARENT, id='the PF first'),
    pytest.param('vf0', 'pf', Conflict.CHILD, id='the VF first'),
])
def test_a_pf_and_its_vf_are_never_claimed_together(first, second, conflict):
    with pytest.raises(exceptions.ClaimError) as caught:
        claims.plan([(Move.CLAIM, first), (Move.CLAIM, second)],
                    family('available', 'available'), owner=ME)
    assert caught.value.conflict == conflict


def test_one_device_is_not_claimed_twice_in_one_plan():
    with pytest.raises(exceptions.ClaimError) as caught:
        claims.plan([(Move.CLAIM, 'pf'), (Move.CLAIM, 'pf')],
                    family('available'), owner=ME)
    assert caught.value.conflict == Conflict.STATE


def test_a_claim_notes_the_request_and_a_free_forgets_it():
    devices = family('available')
    claimed = claims.plan([(Move.CLAIM, 'pf')], devices, owner=ME,
                          request_ids={'pf': 'r1'})
    assert claimed == {'pf': DeviceClaim(
        address='pf', state=ClaimState.CLAIMED, owner=ME, request_id='r1')}
    assert claims.plan([(Move.FREE, 'pf')], claimed, owner=ME) == devices


def test_a_device_without_an_owner_to_ask_for_is_freed_whoever_has_it():
    assert moved(Move.FREE, 'pf', family(f'claimed:{OTHER}'),
                 owner=None) == ['available']


def test_freed_and_removed_in_one_plan():
    devices = family('unavailable', f'allocated:{ME}')
    after = claims.plan([(Move.FREE, 'vf0'), (Move.REMOVE, 'vf0')], devices,
                        owner=ME)
    assert drawn({**devices, **after}) == ['available', 'removed']


@pytest.mark.parametrize('before, after', [
    pytest.param(['available', f'allocated:{ME}', 'available'],
                 ['unavailable', f'allocated:{ME}', 'available'],
                 id='a crash between the rows of a VF and its PF'),
    pytest.param([f'claimed:{ME}', 'available', 'unavailable'],
                 [f'claimed:{ME}', 'unclaimable', 'unclaimable'],
                 id='a crash between the rows of a PF and its VFs'),
    pytest.param(['unavailable', 'unclaimable'], ['available', 'available'],
                 id='nobody is left who holds them'),
    pytest.param(['available:ghost'], ['available'],
                 id='an owner of a device that is available'),
    pytest.param([f'claimed:{ME}', f'claimed:{OTHER}'],
                 [f'claimed:{ME}', f'claimed:{OTHER}'],
                 id='two owners are for people to sort out'),
])
def test_settle(before, after):
    devices = family(*before)
    assert drawn({**devices, **claims.settle(['pf'], devices)}) == after


def test_every_move_has_a_rule():
    assert set(claims.MOVES) == set(Move)
