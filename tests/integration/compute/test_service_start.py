# SPDX-License-Identifier: Apache-2.0

"""What a compute service says about its PCI options when it starts."""

import logging

import nova.conf
import pytest
from nova import exception

from nova_pci_ext.compute import service_start
from nova_pci_ext.configuration import pci_ext
from nova_pci_ext.virt import driver

pytestmark = pytest.mark.nova

CONF = nova.conf.CONF
ALIAS = '{"name": "a:1", "vendor_id": "8086", "product_id": "1520"}'
SPEC = '{"adress": "0000:81:00.0"}'
REPORT = (
    "[pci] device_spec[0].adress: unknown key; did you mean 'address'?",
    '[pci] alias[0].name: cannot be "a:1"; expected 1 to 256 characters '
    'without colon and comma, such as "a1"')


@pytest.fixture
def options():
    """Set options of Nova for one test."""
    pci_ext.register_opts(CONF)
    changed = []

    def change(group, **values):
        for name, value in values.items():
            CONF.set_override(name, value, group)
            changed.append((name, group))

    yield change
    for name, group in changed:
        CONF.clear_override(name, group)


def test_every_fault_of_both_options_is_in_one_report(options):
    options('pci', device_spec=[SPEC], alias=[ALIAS])
    with pytest.raises(exception.InvalidConfiguration) as caught:
        service_start.check_options()
    assert tuple(str(caught.value).splitlines()) == REPORT


def test_the_driver_is_not_even_built(options):
    options('pci', device_spec=[SPEC])
    with pytest.raises(exception.InvalidConfiguration) as caught:
        driver.PciExtDriver()
    assert str(caught.value) == REPORT[0]


def test_a_lenient_service_starts_with_warnings(options, caplog):
    options('pci', device_spec=[SPEC], alias=[ALIAS])
    options('pci_ext', strict=False)
    with caplog.at_level(logging.WARNING):
        service_start.check_options()
    assert tuple(caplog.messages) == REPORT[1:]


def test_what_nova_refuses_too_stops_a_lenient_service(options):
    options('pci', alias=['{"name": "a1", "vendor_id": "8086"}'])
    options('pci_ext', strict=False)
    with pytest.raises(exception.InvalidConfiguration):
        service_start.check_options()


def test_other_options_count(options):
    options('pci', alias=['{"name": "gpu", "resource_class": "GPU"}'])
    options('filter_scheduler', pci_in_placement=True)
    service_start.check_options()
