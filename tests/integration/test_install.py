#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

"""Putting our classes in the place of Nova's, or refusing."""

import importlib
import logging

import pytest

from nova_pci_ext import exceptions
from nova_pci_ext import install

pytestmark = pytest.mark.nova


@pytest.fixture
def classes(monkeypatch):
    """Give each test Nova's own classes, and the process what it had."""
    for each in install.REPLACEMENTS:
        module = importlib.import_module(each.module)
        found = getattr(module, each.name)
        monkeypatch.setattr(module, each.name, found)
        if found is each.ours():
            pytest.skip('another test of this process installed our classes')


def in_place():
    """Class paths of what Nova would use now."""
    return [f'{each.theirs().__module__}.{each.theirs().__qualname__}'
            for each in install.REPLACEMENTS]


def test_ours_are_in_place_and_one_line_says_so(classes, caplog):
    caplog.set_level(logging.INFO, 'nova_pci_ext.install')
    install.install()
    install.install()
    assert in_place() == [
        f'{each.our_module}.{each.our_name}'
        for each in install.REPLACEMENTS]
    assert len(caplog.records) == 1
    assert 'nova_pci_ext.compute.tracker.PciDevTracker' in caplog.text


@pytest.mark.parametrize('version', ['32.1.0', '35.0.0', '3.0'])
def test_an_unknown_nova_is_refused(classes, monkeypatch, version):
    before = in_place()
    monkeypatch.setattr(install.version, 'version_string', lambda: version)
    with pytest.raises(exceptions.InstallError) as caught:
        install.install()
    assert str(caught.value) == (
        f'this nova_pci_ext works with Nova 33 and 34, not with '
        f'Nova {version}')
    assert in_place() == before


def test_a_class_that_somebody_else_replaced_is_refused(
        classes, monkeypatch):
    class Stranger:
        pass

    monkeypatch.setattr('nova.pci.manager.PciDevTracker', Stranger)
    before = in_place()
    with pytest.raises(exceptions.InstallError) as caught:
        install.install()
    assert str(caught.value).startswith(
        'nova.pci.manager.PciDevTracker was already replaced by ')
    assert in_place() == before


def test_a_method_that_takes_something_else_is_refused(classes, monkeypatch):
    from nova.pci import manager

    def claim_instance(self, context, pci_requests):
        """As if a later Nova called it with less."""

    monkeypatch.setattr(manager.PciDevTracker, 'claim_instance',
                        claim_instance)
    before = in_place()
    with pytest.raises(exceptions.InstallError) as caught:
        install.install()
    assert str(caught.value) == (
        'nova.pci.manager.PciDevTracker.claim_instance takes self, context, '
        'pci_requests in this Nova, ours takes self, context, pci_requests, '
        'instance_numa_topology')
    assert in_place() == before
