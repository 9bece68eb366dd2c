# SPDX-License-Identifier: Apache-2.0

"""Neutron's own server in one process, with the ML2 SR-IOV driver.

Neutron and Nova share one global configuration object, so they need a
process each. Prints its URL, then serves until its standard input ends.
The agents of the hosts on the command line have just reported.
"""

import importlib.metadata
import os
import pathlib
import sys
import tempfile
import threading
from wsgiref import simple_server

CONF = """\
[DEFAULT]
core_plugin = ml2
service_plugins =
auth_strategy = noauth
api_paste_config = {paste}
transport_url = fake://
state_path = {folder}
log_file = {folder}/neutron.log
use_stderr = False
agent_down_time = 3600
notify_nova_on_port_status_changes = False
notify_nova_on_port_data_changes = False
dhcp_agent_notification = False
[database]
connection = sqlite:///{folder}/neutron.sqlite
[oslo_concurrency]
lock_path = {folder}/locks
[ml2]
mechanism_drivers = openvswitch,sriovnicswitch
type_drivers = flat,vlan,vxlan
tenant_network_types = vlan
[ml2_type_flat]
flat_networks = physnet2
[ml2_type_vlan]
network_vlan_ranges = physnet1:2:100
[ml2_type_vxlan]
vni_ranges = 1:100
[securitygroup]
firewall_driver = noop
"""
MAPPINGS = {'physnet1': ['ens1'], 'physnet2': ['ens2']}


class _QuietHandler(simple_server.WSGIRequestHandler):
    def log_message(self, *_):
        """Say nothing on standard error."""


def load_application(folder):
    """Configure Neutron and load its API, on a new database."""
    paste = next(path.locate() for path in importlib.metadata.files('neutron')
                 if path.name == 'api-paste.ini')
    (folder / 'neutron.conf').write_text(
        CONF.format(folder=folder, paste=paste.resolve()))
    os.environ['OS_NEUTRON_CONFIG_DIR'] = str(folder)
    os.environ['OS_NEUTRON_CONFIG_FILES'] = 'neutron.conf'
    sys.argv[1:] = []
    create_tables(folder)
    from neutron.wsgi import api
    return api.application


def as_service(application):
    """Let every caller be Nova's service user; no Keystone is here to ask."""
    from neutron_lib import context
    identity = {'HTTP_X_USER_ID': 'nova', 'HTTP_X_PROJECT_ID': 'service',
                'HTTP_X_ROLES': 'admin,member,reader,service'}

    def call(environ, start_response):
        environ.update(identity)
        environ['neutron.context'] = context.Context.from_environ(environ)
        return application(environ, start_response)
    return call


def create_tables(folder):
    """Make the schema; Neutron's migrations do not run on SQLite."""
    import sqlalchemy
    from neutron.db.migration.models import head
    engine = sqlalchemy.create_engine(f'sqlite:///{folder}/neutron.sqlite')
    head.get_metadata().create_all(engine)
    engine.dispose()


def report_agent(host):
    """Store what the SR-IOV agent of a host reports of itself."""
    from neutron_lib import context
    from neutron_lib.plugins import directory
    from oslo_utils import timeutils
    directory.get_plugin().create_or_update_agent(
        context.get_admin_context(), {
            'agent_type': 'NIC Switch agent',
            'binary': 'neutron-sriov-nic-agent', 'host': host,
            'topic': 'N/A', 'configurations': {
                'devices': 0, 'extensions': [], 'device_mappings': MAPPINGS}},
        timeutils.utcnow())


def main():
    hosts = sys.argv[1:]
    with tempfile.TemporaryDirectory() as name:
        application = load_application(pathlib.Path(name))
        for host in hosts:
            report_agent(host)
        server = simple_server.make_server(
            '127.0.0.1', 0, as_service(application),
            handler_class=_QuietHandler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(f'http://127.0.0.1:{server.server_port}', flush=True)
        sys.stdin.read()
        server.shutdown()


if __name__ == '__main__':
    main()
