# SPDX-License-Identifier: Apache-2.0

"""Neutron's own server in one process, with ML2.

Neutron and Nova share one global configuration object, so they need a
process each. The command line is the file of ML2's configuration, a policy
file or ``-``, and the hosts whose agents have just reported. Prints its URL,
then serves until its standard input ends. A caller is an administrator's
service, unless it says other roles in the header ``X-Roles``.
"""

import importlib.metadata
import os
import pathlib
import sys
import tempfile
import threading
import tomllib
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
[oslo_policy]
policy_file = {policy}
[oslo_concurrency]
lock_path = {folder}/locks
"""
AGENTS = {
    'NIC Switch agent': ('neutron-sriov-nic-agent', {
        'devices': 0, 'extensions': [], 'device_mappings': {
            'physnet1': ['ens1'], 'physnet2': ['ens2']}}),
    'Macvtap agent': ('neutron-macvtap-agent', {
        'interface_mappings': {'physnet1': 'ens5', 'physnet2': 'ens6'}}),
}
OVS = 'neutron-openvswitch-agent'
NETDEV = {
    'datapath_type': 'netdev', 'bridge_mappings': {'physnet1': 'br-ens1'},
    'integration_bridge': 'br-int', 'tunnel_types': [],
    'vhostuser_socket_dir': '/run/vhu'}
# Hosts with a switch in user space, by the kinds of ports that it offers.
SWITCHES = {
    'switch-connects': ['dpdkvhostuser', 'dpdkvhostuserclient'],
    'switch-listens': ['dpdkvhostuser'],
}
EXAMPLE = (pathlib.Path(__file__).parents[2] / 'doc' / 'source' / 'examples'
           / 'neutron-driver')


class _QuietHandler(simple_server.WSGIRequestHandler):
    def log_message(self, *_):
        """Say nothing on standard error."""


def install_example(folder):
    """Let stevedore find the example driver, as an installation does."""
    project = tomllib.loads((EXAMPLE / 'pyproject.toml').read_text('utf-8'))[
        'project']
    info = folder / f"edge_switch-{project['version']}.dist-info"
    info.mkdir()
    (info / 'METADATA').write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\n"
        f"Version: {project['version']}\n")
    (info / 'entry_points.txt').write_text(''.join(
        f'[{group}]\n' + ''.join(f'{name} = {place}\n'
                                 for name, place in points.items())
        for group, points in project['entry-points'].items()))
    sys.path[:0] = [str(folder), str(EXAMPLE)]


def load_application(folder, ml2, policy):
    """Configure Neutron and load its API, on a new database."""
    paste = next(path.locate() for path in importlib.metadata.files('neutron')
                 if path.name == 'api-paste.ini')
    (folder / 'neutron.conf').write_text(
        CONF.format(folder=folder, paste=paste.resolve(), policy=policy))
    os.environ['OS_NEUTRON_CONFIG_DIR'] = str(folder)
    os.environ['OS_NEUTRON_CONFIG_FILES'] = f'neutron.conf;{ml2.resolve()}'
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
        for name, value in identity.items():
            environ.setdefault(name, value)
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


def agents_of(host):
    """The agents of a host, by type: their program and what they report."""
    if host in SWITCHES:
        return {'Open vSwitch agent': (OVS, {
            **NETDEV, 'ovs_capabilities': {'iface_types': SWITCHES[host]}})}
    return AGENTS


def report_agents(host):
    """Store what the agents of a host report of themselves."""
    from neutron_lib import context
    from neutron_lib.plugins import directory
    from oslo_utils import timeutils
    for agent_type, (binary, configurations) in agents_of(host).items():
        directory.get_plugin().create_or_update_agent(
            context.get_admin_context(), {
                'agent_type': agent_type, 'binary': binary, 'host': host,
                'topic': 'N/A', 'configurations': configurations},
            timeutils.utcnow())


def main():
    ml2, policy, *hosts = sys.argv[1:]
    with tempfile.TemporaryDirectory() as name:
        install_example(pathlib.Path(name))
        application = load_application(
            pathlib.Path(name), pathlib.Path(ml2), pathlib.Path(policy))
        for host in hosts:
            report_agents(host)
        server = simple_server.make_server(
            '127.0.0.1', 0, as_service(application),
            handler_class=_QuietHandler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(f'http://127.0.0.1:{server.server_port}', flush=True)
        sys.stdin.read()
        server.shutdown()


if __name__ == '__main__':
    main()
