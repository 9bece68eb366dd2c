# SPDX-License-Identifier: Apache-2.0

"""Boot servers with sets of devices on hosts like an HGX and one with a bond.

Prints {step: [status or fault, {host: addresses}, whether Placement agrees]},
what explain says of the servers that are refused, and which devices are not
free at the end.  A server gets one try: what the scheduler accepts has to be
what the compute can claim.
"""

import collections
import json
import sys
import time

from nova_pci_ext.quickstart import threads

threads.use_threads()

from nova_pci_ext.explaining import report  # noqa: E402
from nova_pci_ext.explaining import run  # noqa: E402
from nova_pci_ext.explaining import server_request  # noqa: E402
from nova_pci_ext.matching import wording  # noqa: E402
from nova_pci_ext.quickstart import neutron  # noqa: E402
from nova_pci_ext.quickstart import observe  # noqa: E402
from tests import bond_host  # noqa: E402
from tests import hgx_host  # noqa: E402
from tests import set_scenes  # noqa: E402
from tests.embedded import gpu_cloud  # noqa: E402

FABRIC = 'fabric'
CONF = """\
[quota]
driver = nova.quota.NoopQuotaDriver
[scheduler]
max_attempts = 1
[pci]
report_in_placement = {in_placement}
{pci}[filter_scheduler]
pci_in_placement = {in_placement}
available_filters = nova.scheduler.filters.all_filters
available_filters = nova_pci_ext.scheduler.filters.PciPassthroughFilter
enabled_filters = ComputeFilter,NUMATopologyFilter,PciPassthroughFilter
weight_classes = nova_pci_ext.scheduler.weights.PciFitWeigher
[pci_ext]
allocation_candidates = ours
{groups}"""


class Story:
    """Servers with sets in one running cloud, and what is seen of them."""

    def __init__(self, cloud):
        self._cloud = cloud
        self.told = {}
        self.said = {}
        self._servers = []

    def boot(self, step, asked, ports=(), **more):
        """Boot a server and note what it got.

        :param ports: physical network of each port
        """
        if ports:
            more['networks'] = [{'port': self._port(name)} for name in ports]
        server = self._cloud.boot(step, self.flavor(asked), **more)
        self._servers.append(server['id'])
        self.tell(step, server)
        return server

    def boot_many(self, step, asked, count, **more):
        """Boot servers with one request."""
        self._cloud.api.call('POST', '/servers', {'server': {
            'name': step, 'flavorRef': self.flavor(asked),
            'imageRef': gpu_cloud.stand_ins.IMAGE_ID, 'networks': 'none',
            'min_count': count, 'max_count': count, **more}})
        found = sorted(each['id'] for each in self._cloud.api.servers()
                       if each['name'].startswith(step))
        self._servers += found
        for number, server_id in enumerate(found):
            self.tell(f'{step} {number}', self._cloud.wait(
                server_id, 'ACTIVE', 'ERROR'))

    def act(self, step, server, action, body=None, *states):
        """Do something to a server and note what it has then."""
        found = self._cloud.act(server['id'], action, body, *states)
        # The source gives back what it had with its next update.
        self._cloud.update_available()
        self.tell(step, found)

    def flavor(self, asked):
        """Return the id of the flavor that asks this."""
        return self._cloud.flavor(None, **set_scenes.extra_specs(asked))

    def tell(self, step, server):
        """Note status, devices, and whether Placement says the same."""
        owned = observe.owned_addresses(server['id'])
        by_host = {}
        for host, address in owned:
            by_host.setdefault(host, []).append(address)
        fault = server.get('fault', {}).get('message')
        self.told[step] = [fault or server['status'], by_host, all(
            self._cloud.held(consumer) == self._providers(server, host)
            for consumer, host in self._consumers(server))]

    def explain(self, step, asked, ports=()):
        """Note what explain says of each host."""
        found = run.explain_cloud(server_request.ServerRequest(
            extra_specs=set_scenes.extra_specs(asked), ports=tuple(
                server_request.Port(name=f'port{number}', vnic_type='direct',
                                    physical_network=name)
                for number, name in enumerate(ports)))).answers
        self.said[step] = {answer.host: [
            report.group(answer), report.words(answer),
            list(wording.shortage_lines(answer.shortage))
            if answer.shortage else []] for answer in found}

    def end(self):
        """Delete the servers; return the devices that do not become free."""
        for server_id in self._servers:
            self._cloud.delete(server_id)
        self._servers = []
        deadline = time.monotonic() + 30
        while (left := self._busy()) and time.monotonic() < deadline:
            time.sleep(0.1)
        return left

    def _busy(self):
        return sorted(f'{host} {row.address} is {row.status}'
                      for host, rows in observe.pci_rows().items()
                      for row in rows if row.status != 'available')

    def _port(self, physnet):
        return self._cloud.cloud.stand_ins.network.create_port({'port': {
            'network_id': neutron.network_uuid(physnet),
            'binding:vnic_type': 'direct'}})['port']['id']

    def _consumers(self, server):
        """Yield who has devices of a server in Placement, and where."""
        here = gpu_cloud.where(server)
        yield server['id'], here
        if server['status'] == 'VERIFY_RESIZE':
            for host in ('hgx-0', 'hgx-1'):
                if host != here:
                    yield self._cloud.migration_uuid(server['id']), host

    def _providers(self, server, host):
        """Return the providers of the devices that a server owns."""
        known = self._cloud.device_providers()
        found = collections.Counter(
            f'{host}_{row.parent_addr or row.address}'.upper()
            for row in observe.pci_rows().get(host, ())
            if row.instance_uuid == server['id'])
        return {name: count for name, count in found.items() if name in known}


def boot_each(story):
    """Boot one server of each flavor; all fit."""
    story.boot('pair', set_scenes.PAIR)
    story.boot('quad', set_scenes.QUAD)
    story.boot('near a port', set_scenes.NEAR_PORT, [FABRIC] * 2)
    story.boot('bond', set_scenes.BOND, [bond_host.PHYSNET] * 2)
    left = story.end()
    story.boot('near a NIC', set_scenes.NEAR_NIC)
    return left + story.end()


def fill(story):
    """Boot until sets are short while there are devices enough."""
    for host in ('hgx-0', 'hgx-1'):
        story.boot(f'spread {host}', set_scenes.SPREAD, host=host)
    story.boot('no quad', set_scenes.QUAD)
    story.explain('no quad', set_scenes.QUAD)
    # As many as were left whole, and one that does not fit.
    while story.boot('a pair of the rest',
                     set_scenes.PAIR)['status'] == 'ACTIVE':
        pass
    story.boot('no pair', set_scenes.PAIR)
    story.explain('no pair', set_scenes.PAIR)
    story.boot('one PF', set_scenes.ONE_PF, [bond_host.PHYSNET] * 8)
    story.boot('no bond', set_scenes.BOND, [bond_host.PHYSNET] * 2)
    story.explain('no bond', set_scenes.BOND, [bond_host.PHYSNET] * 2)
    return story.end()


def many(story, nics):
    """Boot several servers with one request.

    :param nics: that aliases may have VFs of, on a host
    """
    story.boot_many('four pairs', set_scenes.PAIR, 4, host='hgx-0')
    left = story.end()
    for count in (nics, nics + 1):
        story.boot_many(f'three VFs of a NIC, {count} times',
                        set_scenes.ONE_NIC, count, host='hgx-0')
        left += story.end()
    return left


def move(story):
    """Move a server with a pair, and make it a quad and a pair again."""
    server = story.boot('mover', set_scenes.PAIR)
    story.act('migrated', server, 'migrate', None, 'VERIFY_RESIZE', 'ERROR')
    story.act('confirmed', server, 'confirmResize')
    for step, asked, end in (
            ('quadrupled', set_scenes.QUAD, 'confirmResize'),
            ('spread out', set_scenes.SPREAD, 'confirmResize'),
            ('halved', set_scenes.PAIR, 'confirmResize'),
            ('quadrupled again', set_scenes.QUAD, 'revertResize')):
        story.act(step, server, 'resize',
                  {'flavorRef': story.flavor(asked)}, 'VERIFY_RESIZE',
                  'ERROR')
        story.act(f'{step}, {end}', server, end)
    return story.end()


def main(kind):
    in_placement = kind == 'placement'
    hosts = [hgx_host.host('hgx-0'), hgx_host.host('hgx-1'),
             bond_host.host('bond')]
    conf = CONF.format(
        in_placement=in_placement, groups=set_scenes.group_options(),
        pci=set_scenes.pci_options(FABRIC, bond_host.PHYSNET))
    with gpu_cloud.running_with(
            conf, hosts, (FABRIC, bond_host.PHYSNET)) as cloud:
        story = Story(cloud)
        left = [*boot_each(story), *fill(story),
                *many(story, 4 if in_placement else 8), *move(story)]
    print(json.dumps([story.told, story.said, left]))


if __name__ == '__main__':
    main(*sys.argv[1:])
