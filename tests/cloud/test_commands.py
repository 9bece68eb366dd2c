# SPDX-License-Identifier: Apache-2.0

"""The commands that ``make cloud`` prints, as a user types them."""

import os
import subprocess

import pytest

from cloud import credentials

QUICK = ('tracker',)


@pytest.mark.parametrize(('client', 'commands'), [
    ('nova', credentials.NOVA_COMMANDS),
    ('openstack', credentials.OPENSTACK_COMMANDS),
])
def test_the_printed_commands_boot_both_servers(
        scene, records, place, client, commands):
    path = f'{place.venv / "bin"}:{os.environ["PATH"]}'
    subprocess.run(
        ['sh', '-eux', '-c', commands], check=True, timeout=300,
        env={**os.environ, **credentials.environment(place), 'PATH': path})
    servers = {each['name']: each for each in scene.calls.compute(
        'GET', '/servers/detail')['servers']}
    owned = {
        name: [each.kind[1] for each in records.devices()
               if each.owner == server['id']]
        for name, server in servers.items()}
    assert owned == {
        f'{client}-a1': ['1520', '1520'], f'{client}-vf': ['10ca']}
    assert {each['status'] for each in servers.values()} == {'ACTIVE'}
