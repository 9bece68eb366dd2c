# SPDX-License-Identifier: Apache-2.0

"""The sets of a flavor, and those of a thread."""

import threading
import types

import pytest

from nova_pci_ext import exceptions
from nova_pci_ext.model.device_set import DeviceSet
from nova_pci_ext.model.device_set import SetConstraint
from nova_pci_ext.model.device_set import SetRule
from nova_pci_ext.novaobj import asked_sets
from tests.pci_hosts import asked
from tests.pci_hosts import request

SETS = (DeviceSet(rule=SetRule.SAME, attribute='pf', members=('gpu',)),)


class Flavor(types.SimpleNamespace):
    """What is read of Nova's object."""

    def __contains__(self, name):
        return hasattr(self, name)


def flavor(**extra_specs):
    return Flavor(extra_specs={
        f'pci_passthrough:{key}': text for key, text in extra_specs.items()})


def test_the_sets_of_a_flavor():
    assert asked_sets.of_flavor(flavor(alias='gpu:2', same='pf:gpu')) == SETS


def test_a_flavor_without_sets_has_none():
    assert asked_sets.of_flavor(flavor(alias='gpu')) == ()


def test_a_flavor_that_came_without_extra_specs_has_none():
    assert asked_sets.of_flavor(Flavor()) == ()


def test_sets_are_read_once():
    first = asked_sets.of_flavor(flavor(alias='gpu:2', same='pf:gpu'))
    assert asked_sets.of_flavor(flavor(alias='gpu:2', same='pf:gpu')) is first


def test_another_alias_is_another_flavor():
    asked_sets.of_flavor(flavor(alias='gpu:2', same='pf:gpu'))
    for _ in range(2):
        with pytest.raises(exceptions.ConfigErrors) as caught:
            asked_sets.of_flavor(flavor(alias='gpus:2', same='pf:gpu'))
        assert str(caught.value) == (
            'pci_passthrough:same: the flavor asks for no alias "gpu"; did '
            'you mean gpus?')


def test_sets_that_cannot_be_read_are_not_left_out():
    with pytest.raises(exceptions.ConfigErrors) as caught:
        asked_sets.of_flavor(flavor(alias='gpu:2', same='pf:gpu',
                                    distinct='gpu'))
    assert [fault.path for fault in caught.value.exceptions] == [
        'pci_passthrough:distinct']


class Spec(dict):
    """A RequestSpec: what is in it is set."""

    __getattr__ = dict.__getitem__


@pytest.mark.parametrize('spec', [Spec(), Spec(flavor=None)],
                         ids=['not set', 'none'])
def test_a_request_without_a_flavor_asks_for_no_sets(spec):
    assert asked_sets.of_spec(spec) == ()


def test_a_request_asks_for_the_sets_of_its_flavor():
    spec = Spec(flavor=flavor(alias='gpu:2', same='pf:gpu'))
    assert asked_sets.of_spec(spec) == SETS
    with asked_sets.asked_by(spec):
        assert asked_sets.current() == SETS
    assert asked_sets.current() == ()


def test_a_request_whose_sets_cannot_be_read_is_left_to_the_filter():
    spec = Spec(flavor=flavor(same='pf:gpu'))
    with pytest.raises(exceptions.ConfigErrors):
        asked_sets.of_spec(spec)
    with asked_sets.asked(SETS), asked_sets.asked_by(spec):
        assert asked_sets.current() == ()


def test_the_sets_of_a_thread_are_bound_to_requests():
    requests = (request('nic', 1, asked()), request('gpu', 2, asked()))
    assert asked_sets.bound(requests) == ()
    with asked_sets.asked(SETS):
        assert asked_sets.bound(requests) == (SetConstraint(
            rule=SetRule.SAME, attribute='pf', members=((1,),)),)


def test_the_sets_of_a_thread():
    elsewhere = []
    assert asked_sets.current() == ()
    with asked_sets.asked(SETS):
        assert asked_sets.current() == SETS
        with asked_sets.asked(()):
            assert asked_sets.current() == ()
        thread = threading.Thread(
            target=lambda: elsewhere.append(asked_sets.current()))
        thread.start()
        thread.join()
        assert asked_sets.current() == SETS
    assert asked_sets.current() == ()
    assert elsewhere == [()]
