# SPDX-License-Identifier: Apache-2.0

import pytest

from nova_pci_ext.handing_out import re_addressing
from nova_pci_ext.handing_out import same_device
from nova_pci_ext.model.identity import Identity


def device(**known):
    return Identity(vendor_id='8086', product_id='1572', dev_type='type-PCI',
                    **known)


def rows(**devices):
    """Owned rows, by address."""
    return {address: re_addressing.Known(
        identity=each, head=address, is_owned=True)
        for address, each in devices.items()}


def seen(**devices):
    return {address: re_addressing.Present(identity=each, head=address)
            for address, each in devices.items()}


ONE, TWO = device(serial='MT1'), device(serial='MT2')


@pytest.mark.parametrize(('known', 'present', 'moves', 'held'), [
    pytest.param(rows(a=ONE, b=TWO), seen(a=TWO, b=ONE),
                 {'a': 'b', 'b': 'a'}, [], id='a swap'),
    pytest.param(rows(a=ONE), seen(b=ONE), {'a': 'b'}, [], id='a move'),
    pytest.param(rows(a=ONE), seen(a=TWO), {}, ['a'], id='another card'),
    pytest.param(rows(a=ONE, b=device(serial='MT2', function=1)),
                 seen(b=ONE), {}, ['a', 'b'], id='the place is taken'),
    pytest.param(rows(a=device()), seen(b=device()), {}, ['b'],
                 id='nothing tells what is new'),
    pytest.param(rows(a=device(), b=device()), seen(a=device(), b=device()),
                 {}, [], id='nothing tells, and nothing has moved'),
    pytest.param(rows(a=device(), b=device(), c=ONE),
                 seen(a=device(), b=device(), d=ONE), {'c': 'd'},
                 ['a', 'b'], id='nothing tells, and something has moved'),
    pytest.param(rows(a=device(), c=Identity(product_id='1', serial='MT1')),
                 seen(a=device(), d=Identity(product_id='1', serial='MT1')),
                 {'c': 'd'}, [], id='the only one of its kind'),
])
def test_what_becomes_of_owned_devices(known, present, moves, held):
    found = re_addressing.settle(known, present)
    assert (found.moves, sorted(found.held)) == (moves, held)


THREE = device(serial='MT3')
NOBODYS = {'x': re_addressing.Known(identity=device(serial='MT7'), head='x')}


@pytest.mark.parametrize(('known', 'present', 'moves', 'waiting', 'held'), [
    pytest.param(rows(a=ONE, b=TWO), seen(b=ONE), {'a': 'b'}, {'b': 'a'},
                 ['a'], id='two'),
    pytest.param(rows(a=ONE, b=TWO, c=THREE), seen(b=ONE, c=TWO),
                 {'a': 'b', 'b': 'c'}, {'c': 'a'}, ['a'], id='three'),
    pytest.param(rows(a=ONE, b=TWO), seen(b=ONE, a=THREE), {'a': 'b'},
                 {'b': 'a'}, ['a'], id='a new card is where the first was'),
    pytest.param(rows(a=ONE, b=TWO), seen(b=ONE, a=device()), {'a': 'b'},
                 {'b': 'a'}, ['a'], id='it may be there'),
    pytest.param(rows(a=ONE, b=TWO), seen(b=ONE, a=device(), d=device()),
                 {'a': 'b'}, {'b': 'a'}, ['a', 'd'], id='or there'),
    pytest.param(rows(a=ONE, b=TWO) | NOBODYS,
                 seen(b=ONE, a=device(serial='MT7')), {'a': 'b'},
                 {'b': 'x'}, ['x'], id='the first of the chain is nobodys'),
])
def test_who_is_missing_holds_nobody_else(
        known, present, moves, waiting, held):
    found = re_addressing.settle(known, present)
    assert (found.moves, found.waiting, sorted(found.held)) == (
        moves, waiting, held)


def compared(monkeypatch, count):
    """Count the comparisons of a host all of whose cards were replaced."""
    calls = []
    real = same_device.same_card
    monkeypatch.setattr(same_device, 'same_card', lambda one, other: (
        calls.append(1), real(one, other))[1])
    re_addressing.settle(
        rows(**{f'a{each}': device() for each in range(count)},
             **{f'b{each}': device(serial=f'MT{each}')
                for each in range(count)}, z=device(mac='1:2')),
        seen(**{f'c{each}': device() for each in range(count)},
             **{f'b{each}': device(serial=f'XX{each}')
                for each in range(count)}, y=device(mac='1:2')))
    return len(calls)


def test_comparisons_grow_with_the_host(monkeypatch):
    assert compared(monkeypatch, 400) < 12 * compared(monkeypatch, 40)
