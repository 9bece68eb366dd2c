# SPDX-License-Identifier: Apache-2.0

"""The quickstart takes of the reader's nova.conf what decides, and touches
nothing that it names.
"""

import json
import os
import pathlib

import pytest

from nova_pci_ext.configuration import loader
from nova_pci_ext.configuration import pci_ext
from nova_pci_ext.configuration.config_files import SourceKind
from nova_pci_ext.quickstart import allowed_options
from tests.integration.cli import test_quickstart

pytestmark = pytest.mark.nova

# What names something of the reader's, in one way or another.
THINGS = """
[DEFAULT]
log_config_append = {folder}/logging.conf
log_file = {folder}/nova.log
state_path = {folder}/state
my_ip = 192.0.2.1
transport_url = rabbit://192.0.2.1
compute_driver = libvirt.LibvirtDriver
instances_path = {folder}/instances
[api_database]
connection = sqlite:///{folder}/api.sqlite
[database]
connection = sqlite:///{folder}/nova.sqlite
slave_connection = sqlite:///{folder}/slave.sqlite
[cache]
enabled = true
backend = dogpile.cache.memcached
memcache_servers = 192.0.2.1:11211
[oslo_messaging_notifications]
driver = messagingv2
transport_url = rabbit://192.0.2.1
[notifications]
notify_on_state_change = vm_and_task_state
[oslo_policy]
policy_file = {folder}/policy.yaml
[profiler]
enabled = true
[pci_ext]
recorded_inventory = {folder}/inventory.json
metrics_listen = 0.0.0.0:9901
vhostuser_socket_dir = {folder}
"""
DECIDING = """
[DEFAULT]
cpu_allocation_ratio = 4.0
pci_passthrough_whitelist = {"vendor_id": "8086",
  "product_id": "1520"}
[pci]
alias = {"vendor_id": "8086", "product_id": "1520", "name": "a1"}
alias = {"vendor_id": "10de", "product_id": "1db6", "name": "b1"}
[pci_ext]
strict = false
[filter_scheduler]
host_subset_size = 2
"""


def test_what_decides_is_taken_and_nothing_else(tmp_path):
    path, place = tmp_path / 'nova.conf', tmp_path / 'taken.conf'
    path.write_text(THINGS.format(folder=tmp_path) + DECIDING)
    allowed_options.write(path, place)
    assert place.read_text() == (
        '[DEFAULT]\ncpu_allocation_ratio = 4.0\n'
        '[DEFAULT]\npci_passthrough_whitelist = {"vendor_id": "8086",\n'
        '    "product_id": "1520"}\n'
        '[pci]\nalias = {"vendor_id": "8086", "product_id": "1520", "name": '
        '"a1"}\n'
        '[pci]\nalias = {"vendor_id": "10de", "product_id": "1db6", "name": '
        '"b1"}\n'
        '[pci_ext]\nstrict = false\n'
        '[filter_scheduler]\nhost_subset_size = 2\n')
    read, taken = (loader.load_files([(SourceKind.FILE, each)])
                   for each in (path, place))
    assert (read.alias, read.switches) == (taken.alias, taken.switches)
    assert [json.loads(text) for text in read.device_spec] == [
        json.loads(text) for text in taken.device_spec]


def test_each_option_of_ours_is_taken_or_left_on_purpose():
    names = {option.dest for option in pci_ext.OPTIONS}
    assert names == allowed_options.DECIDE | allowed_options.NAME_THINGS
    assert not allowed_options.DECIDE & allowed_options.NAME_THINGS


def test_old_names_are_taken_too():
    names = allowed_options.allowed()
    assert {('DEFAULT', 'pci_alias'), ('pci', 'passthrough_whitelist'),
            ('DEFAULT', 'pci_passthrough_whitelist'),
            ('scheduler', 'max_placement_results'),
            ('filter_scheduler', 'enabled_filters')} <= names
    assert not {name for name in names if name[0] in (
        'database', 'api_database', 'cache', 'oslo_policy')}


# The reader's machine: folders in /etc, and options in the environment.
READER = """
import os
from oslo_config import cfg
cfg.find_config_dirs = lambda *_, **__: [{folder!r}]
os.environ['OS_DATABASE__CONNECTION'] = 'sqlite:///{folder}/env.sqlite'
os.environ['OS_API_DATABASE__CONNECTION'] = 'sqlite:///{folder}/env.sqlite'
os.environ['OS_DEFAULT__LOG_FILE'] = '{folder}/env.log'
"""


def test_a_whole_run_touches_nothing_of_the_reader(tmp_path):
    reader = tmp_path / 'reader'
    reader.mkdir()
    path = reader / 'nova.conf'
    things = THINGS.format(folder=reader)
    path.write_text(things + pathlib.Path(
        test_quickstart.NOVA_CONF).read_text())
    before = os.listdir(reader)
    done = test_quickstart.quickstart(
        '--nova-conf', path, prelude=READER.format(folder=str(reader)))
    assert (done.returncode, os.listdir(reader)) == (0, before), done.stderr
    assert path.read_text().startswith(things)
