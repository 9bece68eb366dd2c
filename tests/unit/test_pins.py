# SPDX-License-Identifier: Apache-2.0

"""Versions that stand in more than one file are the same in each."""

import pathlib
import re

import pytest
import yaml

from nova_pci_ext import install

ROOT = pathlib.Path(__file__).parents[2]


def pins(nova):
    """Read a constraints file: lower-case name to version."""
    lines = (ROOT / f'constraints/nova-{nova}.txt').read_text().splitlines()
    return dict(line.lower().split('==') for line in lines)


def hook_pins():
    """Yield what the hooks of pre-commit install."""
    config = yaml.safe_load((ROOT / '.pre-commit-config.yaml').read_text())
    for repo in config['repos']:
        for hook in repo['hooks']:
            yield from hook.get('additional_dependencies', ())


@pytest.mark.parametrize('pin', list(hook_pins()))
def test_a_hook_runs_the_version_of_the_constraints(pin):
    name, version = pin.split('==')
    assert pins(34)[name] == version


def test_each_supported_nova_has_its_list():
    assert {path.name for path in (ROOT / 'constraints').glob('nova-*')} == {
        f'nova-{nova}.txt' for nova in install.SUPPORTED}


@pytest.mark.parametrize('nova', install.SUPPORTED)
def test_the_lists_differ_in_nova_only(nova):
    assert pins(nova).pop('nova').partition('.')[0] == str(nova)
    assert {**pins(nova), 'nova': ''} == {**pins(34), 'nova': ''}


@pytest.mark.parametrize(
    'path', ['requirements.txt', 'test-requirements.txt',
             'tests/neutron/requirements.txt'])
def test_every_requirement_is_pinned(path):
    lines = (ROOT / path).read_text().splitlines()
    names = {
        re.match(r'[\w.-]+', line)[0].lower().replace('_', '-')
        for line in lines if line and not line.startswith('#')}
    pinned = {name.replace('_', '-') for name in pins(34)}
    assert names - pinned == set()
