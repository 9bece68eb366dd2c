# SPDX-License-Identifier: Apache-2.0

"""The recorded driver's guests run, stop, and outlive nova-compute."""

import json
import types

import pytest
from nova import objects
from nova.conf import CONF

from nova_pci_ext.configuration import pci_ext
from nova_pci_ext.discovery import inventory as inventory_file
from nova_pci_ext.model.inventory import Inventory
from nova_pci_ext.virt import recorded_driver

pytestmark = pytest.mark.nova
objects.register_all()

GUEST = types.SimpleNamespace(
    uuid='00000000-0000-0000-0000-000000000001', name='instance-1',
    display_name='guest', flavor=objects.Flavor(
        vcpus=1, memory_mb=64, root_gb=1, extra_specs={}),
    pci_requests=types.SimpleNamespace(requests=[]),
    pci_devices=None, get_pci_devices=lambda source=None: [])


@pytest.fixture
def start(tmp_path):
    """Make the driver as nova-compute does, on what the last one left."""
    CONF([], project='nova', default_config_files=[], default_config_dirs=[])
    pci_ext.register_opts(CONF)
    path = tmp_path / 'inventory.json'
    inventory_file.write_inventory(Inventory(host='here', devices=()), path)
    CONF.set_override('recorded_inventory', str(path), 'pci_ext')
    CONF.set_override('state_path', str(tmp_path))

    def made():
        driver = recorded_driver.RecordedHost(None)
        driver.init_host('here')
        return driver
    yield made
    CONF.clear_override('recorded_inventory', 'pci_ext')
    CONF.clear_override('state_path')


def spawn(driver, *, power_on=True):
    driver.spawn(None, GUEST, None, None, None, None, power_on=power_on)


@pytest.mark.parametrize('change', [
    pytest.param(lambda driver: driver.power_off(GUEST), id='power off'),
    pytest.param(lambda driver: driver.migrate_disk_and_power_off(
        None, GUEST, None, None, None), id='a migration'),
])
def test_a_stopped_guest_stays_stopped_until_it_is_started(start, change):
    driver = start()
    spawn(driver)
    assert driver.running_guests() == [GUEST.uuid]
    assert start().running_guests() == [GUEST.uuid]
    change(driver)
    assert driver.running_guests() == []
    again = start()
    assert again.list_instance_uuids() == [GUEST.uuid]
    assert again.running_guests() == []
    again.power_on(None, GUEST, None)
    assert start().running_guests() == [GUEST.uuid]


def test_a_guest_may_be_built_stopped(start):
    driver = start()
    spawn(driver, power_on=False)
    assert driver.running_guests() == []
    assert start().running_guests() == []


def test_a_destroyed_guest_is_unknown(start, tmp_path):
    driver = start()
    spawn(driver)
    (path,) = (tmp_path / 'handed-over').iterdir()
    assert json.loads(path.read_text())['running'] is True
    driver.destroy(None, GUEST, None)
    assert start().list_instance_uuids() == []


def test_a_record_of_an_older_release_is_of_a_guest_that_runs(
        start, tmp_path):
    spawn(start())
    (path,) = (tmp_path / 'handed-over').iterdir()
    record = json.loads(path.read_text())
    del record['running']
    path.write_text(json.dumps(record))
    assert start().running_guests() == [GUEST.uuid]


def test_recorded_devices_are_not_those_of_this_kernel():
    """They may have the addresses of real ones, which nobody changes."""
    assert not recorded_driver.RecordedDriver.has_local_devices
