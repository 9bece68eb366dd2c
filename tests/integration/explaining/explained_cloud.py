# SPDX-License-Identifier: Apache-2.0

"""Explain flavors in an embedded Nova, then boot them until none fits.

Run as a program with a nova.conf and "name=alias[;key=value...]" for each
flavor; prints JSON. A process of its own, as Nova's configuration is global.
"""

import collections
import json
import pathlib
import subprocess
import sys
import tempfile

from nova_pci_ext.quickstart import threads

threads.use_threads()

import nova.conf  # noqa: E402

from nova_pci_ext.discovery import inventory  # noqa: E402
from nova_pci_ext.explaining import report  # noqa: E402
from nova_pci_ext.explaining import run  # noqa: E402
from nova_pci_ext.explaining import server_request  # noqa: E402
from nova_pci_ext.planning import counting  # noqa: E402
from nova_pci_ext.quickstart import client  # noqa: E402
from nova_pci_ext.quickstart import cloud  # noqa: E402
from nova_pci_ext.quickstart import neutron  # noqa: E402
from nova_pci_ext.quickstart import observe  # noqa: E402
from nova_pci_ext.quickstart import stand_ins  # noqa: E402
from nova_pci_ext.quickstart import story  # noqa: E402

CONF = nova.conf.CONF
SHARE = (pathlib.Path(__file__).parents[3] / 'etc' / 'nova_pci_ext'
         / 'quickstart')
HOSTS = ('gpu-host.json', 'igb-host.json', 'plain-host.json')
PHYSNETS = ('physnet1', 'physnet2')
MOST = 30


class Teller:
    """Explains, boots and compares in one running cloud."""

    def __init__(self, running, folder):
        self._cloud = running
        self._folder = folder
        self._api = client.Client(running.api_url)
        self._free = observe.count_devices()

    def flavor(self, name, text):
        """Make a flavor, and tell what was said and what happened."""
        alias, *more = text.split(';')
        flavor_id = self._api.create_flavor(
            name, vcpus=1, ram_mb=256, disk_gb=1, alias=alias)
        if more:
            self._api.call(
                'POST', f'/flavors/{flavor_id}/os-extra_specs',
                {'extra_specs': dict(key.split('=') for key in more)})
        asked = server_request.ServerRequest(flavor=name)
        before = run.explain_cloud(asked, count_all=True)
        counted = self._count(name)
        placed = self._boot(name, flavor_id)
        counted += self._count(name)
        after = run.explain_cloud(asked)
        shown = self._command(name)
        self._api.delete_all()
        observe.await_counts(self._free)
        return {'said': said(before), 'placed': placed,
                'counted': counted, 'said_after': said(after), 'shown': shown,
                'reasons': reasons(before),
                'reasons_after': reasons(after),
                'leavers_after': leavers(after)}

    def _count(self, name):
        """Count all flavors; tell what one of them has."""
        return [[row.servers, row.running, row.together]
                for row in counting.count_cloud(None).rows
                if row.name == name]

    def memory(self, alias):
        """Explain a server with more memory than a host has."""
        return reasons(run.explain_cloud(server_request.ServerRequest(
            ram_mb=2 ** 30, extra_specs={'pci_passthrough:alias': alias})))

    def limited(self, alias):
        """Explain a server while Placement may name one candidate only."""
        CONF.set_override('max_placement_results', 1, 'scheduler')
        found = run.explain_cloud(server_request.ServerRequest(
            extra_specs={'pci_passthrough:alias': alias}))
        CONF.clear_override('max_placement_results', 'scheduler')
        return {'said': said(found), 'reasons': reasons(found)}

    def port(self, physnet):
        """Explain a server with a port of the cloud, and take all its VFs."""
        asked = server_request.ServerRequest(
            port_ids=(self._make_port(physnet),))
        found = run.explain_cloud(asked, count_all=True)
        flavor_id = self._api.create_flavor(
            physnet, vcpus=1, ram_mb=64, disk_gb=1)
        # A project may have ten servers.
        for number in range(found.total // 2):
            self._api.boot(
                f'{physnet}-{number}', flavor_id, stand_ins.IMAGE_ID,
                [{'port': self._make_port(physnet)} for _ in range(2)])
        after = run.explain_cloud(asked)
        self._api.delete_all()
        observe.await_counts(self._free)
        return {'said': said(found), 'reasons': reasons(found),
                'reasons_after': reasons(after),
                'leavers_after': leavers(after)}

    def _make_port(self, physnet):
        return self._cloud.stand_ins.network.create_port({'port': {
            'network_id': neutron.network_uuid(physnet),
            'binding:vnic_type': 'direct'}})['port']['id']

    def _boot(self, name, flavor_id):
        """Boot servers until one is refused; count them by host."""
        placed = collections.Counter()
        for number in range(MOST):
            server = self._api.boot(f'{name}-{number}', flavor_id,
                                    stand_ins.IMAGE_ID, 'none')
            if server['status'] != 'ACTIVE':
                break
            placed[server[story.HOST_KEY]] += 1
        return placed

    def _command(self, name):
        """Run the command in another process, as an operator would."""
        done = subprocess.run(
            [sys.executable, '-m', 'nova_pci_ext.cli.main', 'explain',
             '--config-file', self._folder / 'nova.conf',
             '--config-file', self._folder / 'embedded.conf',
             '--flavor', name], capture_output=True, text=True, timeout=120)
        return [done.returncode, done.stdout, done.stderr]


def said(found):
    """The servers that each host can take, where it can."""
    return {answer.host: answer.servers for answer in found.answers
            if answer.servers}


def reasons(found):
    """Why the other hosts cannot."""
    return {answer.host: [report.group(answer), report.words(answer)]
            for answer in found.answers if not answer.servers}


def leavers(found):
    """How many servers make room on each host by leaving."""
    return {answer.host: len(answer.leavers) for answer in found.answers
            if answer.leavers}


def main(nova_conf, *flavors):
    hosts = [inventory.read_inventory(SHARE / name) for name in HOSTS]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        with cloud.run_cloud(pathlib.Path(nova_conf), folder, hosts, PHYSNETS,
                             lambda line: None) as running:
            teller = Teller(running, folder)
            told = {}
            for flavor in flavors:
                key, _, text = flavor.partition('=')
                told[key] = teller.flavor(key, text)
            for physnet in PHYSNETS:
                told[physnet] = teller.port(physnet)
            told['memory'] = teller.memory('a1:1')
            told['limited'] = teller.limited('a1:1')
        print(json.dumps(told), flush=True)


if __name__ == '__main__':
    main(*sys.argv[1:])
