# SPDX-License-Identifier: Apache-2.0

"""What the embedded Nova needs configured beside the reader's nova.conf."""

import os
import pathlib
import re

import nova.conf
from nova import config
from oslo_log import log as logging

from nova_pci_ext.quickstart import database

CONF = nova.conf.CONF

# A variable that oslo.config takes for an option, before any file.
_OPTION = re.compile('OS_[A-Z0-9_]+__[A-Z0-9_]+')

# The file is read after the reader's own, so these values win.
_OVERRIDES = """\
[DEFAULT]
compute_driver = pci_ext.RecordedDriver
state_path = {folder}
log_dir =
log_file = {folder}/nova.log
use_stderr = False
debug = {debug}
transport_url = {transport}
vif_plugging_timeout = 0
vif_plugging_is_fatal = False
shutdown_timeout = 0
manager_shutdown_timeout = 0
periodic_fuzzy_delay = 0
[api_database]
connection = {api_database}
sqlite_synchronous = False
[database]
connection = {database}
sqlite_synchronous = False
[oslo_concurrency]
lock_path = {folder}/locks
[oslo_messaging_notifications]
driver = noop
[quota]
instances = -1
cores = -1
ram = -1
[placement]
auth_type = admin_token
token = admin
endpoint = {placement}
endpoint_override = {placement}
[wsgi]
api_paste_config = {folder}/api-paste.ini
[oslo_policy]
policy_file = {folder}/policy.yaml
policy_dirs = {folder}/policy.d
[compute]
provider_config_location = {folder}/provider_config
[key_manager]
backend = nova.keymgr.conf_key_mgr.ConfKeyManager
[workarounds]
disable_rootwrap = True
"""

_PASTE = """\
[composite:osapi_compute]
use = call:nova.api.openstack.urlmap:urlmap_factory
/: versions
/v2.1: version
/v2.1/+: compute
[composite:compute]
use = call:nova.api.auth:pipeline_factory_v21
keystone = request_id faults size token context app
[pipeline:versions]
pipeline = faults versions_app
[pipeline:version]
pipeline = request_id faults version_app
[filter:request_id]
paste.filter_factory = \
nova.api.compute_req_id:ComputeReqIdMiddleware.factory
[filter:faults]
paste.filter_factory = nova.api.openstack:FaultWrapper.factory
[filter:size]
paste.filter_factory = oslo_middleware:RequestBodySizeLimiter.factory
[filter:token]
paste.filter_factory = nova_pci_ext.quickstart.token:TokenFilter.factory
[filter:context]
paste.filter_factory = nova.api.auth:NovaKeystoneContext.factory
[app:app]
paste.app_factory = nova.api.openstack.compute:APIRouterV21.factory
[app:versions_app]
paste.app_factory = nova.api.openstack.compute.versions:Versions.factory
[app:version_app]
paste.app_factory = nova.api.openstack.compute.versions:VersionsV2.factory
"""


def arguments(folder: pathlib.Path) -> str:
    """Return the options with which a command reads the configuration."""
    return ' '.join(f'--config-file {folder / name}' for name in (
        'nova.conf', 'embedded.conf', 'clients.conf'))


def write_for_commands(folder: pathlib.Path, network_url: str) -> None:
    """Write what a command needs beside what the services read."""
    (folder / 'clients.conf').write_text(
        f'[neutron]\nauth_type = none\nendpoint = {network_url}\n'
        f'endpoint_override = {network_url}\n', 'utf-8')


def load_settings(nova_conf: pathlib.Path, folder: pathlib.Path,
                  placement_url: str, *, debug: bool = False) -> None:
    """Fill Nova's global configuration; once in a process.

    The file is read from a copy: Nova looks for the identity of the node
    beside its configuration, and that of a real compute is not ours. Neither
    are the options in its environment and in /etc, and its policies.

    :param nova_conf: the reader's file; it is read as it is
    :param folder: an empty folder for everything that is written
    """
    (folder / 'api-paste.ini').write_text(_PASTE, 'utf-8')
    for name in filter(_OPTION.fullmatch, tuple(os.environ)):
        del os.environ[name]
    (folder / 'policy.yaml').write_text('{}\n', 'utf-8')
    (folder / 'nova.conf.d').mkdir(exist_ok=True)
    copied = folder / 'nova.conf'
    copied.write_bytes(nova_conf.read_bytes())
    overrides = folder / 'embedded.conf'
    overrides.write_text(_OVERRIDES.format(
        folder=folder, debug=debug, transport=database.TRANSPORT,
        api_database=database.connection(folder, 'api'),
        database=database.connection(folder, 'cell1'),
        placement=placement_url), 'utf-8')
    config.parse_args(
        ['nova', '--config-file', str(copied),
         '--config-file', str(overrides),
         '--config-dir', str(folder / 'nova.conf.d')])
    logging.setup(CONF, 'nova')
