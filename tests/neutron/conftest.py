# SPDX-License-Identifier: Apache-2.0

import pathlib
import subprocess
import sys

import nova.conf
import pytest
from nova import context as nova_context
from nova import objects
from nova.network import neutron
from oslo_config import fixture as config_fixture

from nova_pci_ext.virt import port_profile

ROOT = pathlib.Path(__file__).parents[2]
PROJECT = '6f70656e737461636b20342065766572'
# host-c has no agent.
AGENTS = ('host-a', 'host-b')


@pytest.fixture(scope='session')
def url(tmp_path_factory):
    """A running Neutron."""
    log = tmp_path_factory.mktemp('neutron') / 'stderr'
    with log.open('w') as stderr, subprocess.Popen(
            [sys.executable, '-m', 'tests.neutron.server', *AGENTS],
            cwd=ROOT, text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=stderr) as server:
        found = server.stdout.readline().strip()
        assert found, log.read_text()[-3000:]
        yield found
        server.stdin.close()


@pytest.fixture
def context():
    return nova_context.RequestContext(project_id=PROJECT, is_admin=True)


@pytest.fixture
def api(url, tmp_path):
    """Nova's own network code, talking to that Neutron."""
    objects.register_all()
    nova_conf = tmp_path / 'nova.conf'
    nova_conf.write_text(
        f'[neutron]\nauth_type = none\nendpoint_override = {url}\n')
    nova.conf.CONF([], project='nova', default_config_files=[str(nova_conf)])
    with config_fixture.Config(nova.conf.CONF) as conf:
        conf.config(virt_type='kvm', group='libvirt')
        conf.config(group='pci', device_spec=[
            '{"address": "*:81:*.*", "physical_network": "physnet1"}',
            '{"address": "*:82:*.*", "physical_network": "physnet2"}'])
        yield neutron.API()


@pytest.fixture
def installed(monkeypatch):
    """Our network code, and Nova's again afterwards."""
    for owner, name, _ in port_profile.REPLACED:
        monkeypatch.setattr(owner, name, getattr(owner, name))
    port_profile.install()
