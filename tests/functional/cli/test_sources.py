# SPDX-License-Identifier: Apache-2.0

"""Several recorded hosts in one command."""

import json

SHARE = 'etc/nova_pci_ext/quickstart'
HOST = f'{SHARE}/igb-host.json'


def test_several_hosts_are_shown_one_after_the_other(run):
    hosts = ('--inventory', HOST, f'{SHARE}/gpu-host.json', '--inventory',
             f'{SHARE}/plain-host.json')
    _, out, _ = run('devices', *hosts)
    assert [line.split(':')[0] for line in out.splitlines()
            if '-host: ' in line] == ['igb-host', 'gpu-host', 'plain-host']
    _, out, _ = run('devices', *hosts, '-f', 'json')
    told = json.loads(out)
    assert list(dict.fromkeys(row['host'] for row in told['devices'])) == [
        'igb-host', 'gpu-host', 'plain-host']
    _, out, _ = run('devices', *hosts, '-f', 'table')
    assert out.splitlines()[1].split()[1] == 'host'


def test_a_configuration_is_checked_against_several_hosts(run):
    words = ('check', '--config-file', f'{SHARE}/nova.conf', '--inventory',
             HOST, f'{SHARE}/gpu-host.json')
    status, out, _ = run(*words)
    lines = out.splitlines()
    # What all hosts have in common is said once, and of no host.
    assert sum('pci_alias: is an old name' in line for line in lines) == 1
    where = f'{SHARE}/nova.conf:15: [pci] device_spec[2]'
    assert (f'warning: gpu-host: {where}: fits no device of this host'
            in lines)
    assert status == 1
    _, out, _ = run(*words, '-f', 'json')
    assert [each['host'] for each in json.loads(out)['hosts']] == [
        'igb-host', 'gpu-host']
