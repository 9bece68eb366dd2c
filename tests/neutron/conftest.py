# SPDX-License-Identifier: Apache-2.0

import contextlib
import json
import pathlib
import subprocess
import sys
import urllib.error
import urllib.request

import nova.conf
import pytest
from nova import context as nova_context
from nova import objects
from nova.network import neutron
from oslo_config import fixture as config_fixture

from nova_pci_ext.virt import port_profile
from tests.neutron.scene import PROJECT
from tests.neutron.scene import Scene

ROOT = pathlib.Path(__file__).parents[2]
HERE = pathlib.Path(__file__).parent
POLICY = (ROOT / 'doc' / 'source' / 'examples' / 'neutron-driver'
          / 'policy.yaml')
# host-c has no agent. The last two have a switch in user space.
AGENTS = ('host-a', 'host-b', 'switch-connects', 'switch-listens')


@contextlib.contextmanager
def served(folder, ml2, policy='-'):
    """Run a Neutron with this configuration of ML2, and a policy file."""
    log = folder / 'stderr'
    with log.open('w') as stderr, subprocess.Popen(
            [sys.executable, '-m', 'tests.neutron.server', ml2, policy,
             *AGENTS],
            cwd=ROOT, text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=stderr) as server:
        found = server.stdout.readline().strip()
        assert found, log.read_text()[-3000:]
        yield found
        server.stdin.close()


@pytest.fixture(scope='session')
def url(tmp_path_factory):
    """A running Neutron with every mechanism driver of the tests."""
    folder = tmp_path_factory.mktemp('neutron')
    with served(folder, HERE / 'ml2.ini') as found:
        yield found


@pytest.fixture(scope='module')
def url_of_2014(tmp_path_factory):
    """A running Neutron with the ML2 configuration of 2014.

    Its administrators may write the profile of a port.
    """
    folder = tmp_path_factory.mktemp('neutron-2014')
    with served(folder, HERE / 'ml2-2014.ini', POLICY) as found:
        yield found


@pytest.fixture
def context():
    return nova_context.RequestContext(project_id=PROJECT, is_admin=True)


@contextlib.contextmanager
def network_api(url, folder):
    """Nova's own network code, talking to a Neutron."""
    objects.register_all()
    nova_conf = folder / 'nova.conf'
    nova_conf.write_text(
        f'[neutron]\nauth_type = none\nendpoint_override = {url}\n')
    nova.conf.CONF([], project='nova', default_config_files=[str(nova_conf)])
    with config_fixture.Config(nova.conf.CONF) as conf:
        conf.config(virt_type='kvm', group='libvirt')
        conf.config(group='pci', device_spec=[
            f'{{"address": "*:8{number}:*.*", '
            f'"physical_network": "physnet{number}"}}'
            for number in range(1, 5)])
        yield neutron.API()


@pytest.fixture
def api(url, tmp_path):
    with network_api(url, tmp_path) as found:
        yield found


@pytest.fixture
def api_of_2014(url_of_2014, tmp_path):
    with network_api(url_of_2014, tmp_path) as found:
        yield found


@pytest.fixture
def installed(monkeypatch):
    """Our network code, and Nova's again afterwards."""
    for owner, name, _ in port_profile.REPLACED:
        monkeypatch.setattr(owner, name, getattr(owner, name))
    port_profile.install()


@contextlib.contextmanager
def scenes(api, context):
    """Makes scenes, and deletes their ports."""
    made = []

    def make(*args, **kwargs):
        made.append(Scene(api, context, *args, **kwargs))
        return made[-1]
    yield make
    for each in made:
        each.client.delete_port(each.port_id)


@pytest.fixture
def scene(api, context):
    with scenes(api, context) as make:
        yield make


def create_port(url, roles, network, **values):
    """Ask for a port with a profile, and return the status."""
    request = urllib.request.Request(
        f'{url}/v2.0/ports', method='POST', headers={
            'Content-Type': 'application/json', 'X-Roles': roles,
            'X-Project-Id': network['tenant_id']},
        data=json.dumps({'port': {
            'network_id': network['id'], 'binding:vnic_type': 'macvtap',
            **values}}).encode())
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
