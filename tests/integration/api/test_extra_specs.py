# SPDX-License-Identifier: Apache-2.0

"""Our validator inside the real validation of nova-api."""

import importlib.metadata
import logging

import pytest
from nova import exception
from nova.api.validation.extra_specs import base
from nova.api.validation.extra_specs import pci_passthrough
from nova.api.validation.extra_specs import validators
from stevedore import extension

from nova_pci_ext.api import extra_specs

pytestmark = pytest.mark.nova

KEY = 'pci_passthrough:alias'


@pytest.mark.parametrize('value', ['a1:1', 'a1:2,a2:1', ' a1 : 2 ',
                                   'a1:1, a1:1'])
def test_a_flavor_that_can_boot_is_taken(value):
    validators.validate(KEY, value)


@pytest.mark.parametrize('value', ['a1', 'a1:0', 'a1:', 'a1:-1', 'a1:one',
                                   'a1:1:2', ':1', ''])
def test_a_flavor_that_cannot_boot_is_refused(value):
    with pytest.raises(exception.ValidationError) as caught:
        validators.validate(KEY, value)
    assert caught.value.args[0] == (
        f'Validation failed; {KEY}: "{value}" is not a request; expected '
        'name:count with count from 1')


def test_every_fault_of_a_flavor_is_named():
    with pytest.raises(exception.ValidationError) as caught:
        validators.validate(KEY, ',a1:0')
    assert caught.value.args[0] == (
        f'Validation failed; {KEY}: "" is not a request; expected name:count '
        f'with count from 1\n{KEY}: "a1:0" is not a request; expected '
        'name:count with count from 1')


def test_other_keys_stay_with_nova():
    with pytest.raises(exception.ValidationError):
        validators.validate('hw:pci_numa_affinity_policy', 'sideways')
    with pytest.raises(exception.ValidationError):
        validators.validate('pci_passthrough:aliases', 'a1:1')


def test_the_entry_point_loads():
    (entry,) = (each for each in importlib.metadata.entry_points(
        group='nova.api.extra_spec_validators')
        if each.name == 'nova_pci_ext')
    assert entry.load() is extra_specs


@pytest.mark.parametrize('first', ['ours', 'theirs'])
def test_ours_wins_in_either_order(first):
    modules = [extra_specs, pci_passthrough]
    if first == 'theirs':
        modules.reverse()
    found = {}
    for module in modules:
        found.update((each.name, each) for each in module.register())
    with pytest.raises(exception.ValidationError):
        found[KEY].validate(KEY, 'a1:0')


def test_a_nova_that_we_do_not_know_is_left_alone(monkeypatch, caplog):
    monkeypatch.delattr(pci_passthrough, 'EXTRA_SPEC_VALIDATORS')
    with caplog.at_level(logging.ERROR):
        assert extra_specs.register() == []
    assert caplog.messages == [
        f'Flavors with {KEY} are checked by Nova alone']


def test_nova_loads_every_validator():
    loaded = extension.ExtensionManager('nova.api.extra_spec_validators')
    assert 'nova_pci_ext' in loaded.names()
    assert isinstance(validators.VALIDATORS[KEY], base.ExtraSpecValidator)
