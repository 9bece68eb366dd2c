# SPDX-License-Identifier: Apache-2.0

"""The commands of the page on ports, typed as they stand there."""

import re
import shlex

import pytest
from novaclient import shell as nova_shell
from openstackclient import shell as openstack_shell

from tests.fake_cloud import NETWORK
from tests.integration.clients.conftest import ROOT

PAGE = (ROOT / 'doc' / 'source' / 'ports.rst').read_text()
COMMANDS = re.findall(r'^   \$ ((?:nova|openstack) .*)$', PAGE, re.MULTILINE)
# What Nova and Neutron were asked for.
CHANGES = {
    'openstack port create': ['POST /v2.0/ports'],
    'openstack server create': ['POST /v2.0/ports', 'POST /v2.1/servers',
                                'PUT /v2.0/ports'],
    'nova boot': ['POST /v2.0/ports', 'POST /v2.1/servers',
                  'PUT /v2.0/ports'],
    'openstack server delete': ['DELETE /v2.1/servers'],
    'nova delete': ['DELETE /v2.1/servers'],
}


def test_there_are_commands():
    assert len(COMMANDS) == 8


@pytest.mark.parametrize('command', COMMANDS)
def test_the_commands_of_the_page_are_taken(cloud, command):
    found = cloud()
    if 'delete' in command:
        found.add_server('guest')
    if '--port ' in command:
        found.add_port('port1')
    program, *words = shlex.split(command.replace('NET_UUID', NETWORK))
    if program == 'nova':
        nova_shell.OpenStackComputeShell().main(words)
    else:
        assert openstack_shell.OpenStackShell().run(words) == 0
    (expected,) = [changes for begin, changes in CHANGES.items()
                   if command.startswith(begin)]
    if '--port ' in command:
        expected = ['POST /v2.1/servers']
    assert [f'{method} {"/".join(path.split("/")[:3])}'
            for method, path, _ in found.changes] == expected
    for _, _, body in found.changes:
        if body and 'port' in body and '--binding-profile' in command:
            key, _, value = words[-2].partition('=')
            assert body['port']['binding:profile'] == {key: value}
