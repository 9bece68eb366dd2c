# SPDX-License-Identifier: Apache-2.0

"""Boot servers that take of the bandwidth budgets of PFs, until none is left.

Two hosts with two PFs of 10,000 Mbit/s each; the flavors take 4,000 or 6,000
of one.  Prints what servers were given, what is left of the budgets at each
step, and what explain says of the server that is refused.
"""

import collections
import contextlib
import functools
import json
import sys
import threading
import time
from unittest import mock

from nova_pci_ext.quickstart import threads

threads.use_threads()

from nova import context as nova_context  # noqa: E402
from nova import objects  # noqa: E402
from nova.compute import manager  # noqa: E402
from nova.db.main import models  # noqa: E402

from nova_pci_ext.explaining import report  # noqa: E402
from nova_pci_ext.explaining import run  # noqa: E402
from nova_pci_ext.explaining import server_request  # noqa: E402
from nova_pci_ext.matching import wording  # noqa: E402
from nova_pci_ext.novaobj import charges  # noqa: E402
from nova_pci_ext.quickstart import neutron  # noqa: E402
from nova_pci_ext.quickstart import observe  # noqa: E402
from nova_pci_ext.quickstart import stand_ins  # noqa: E402
from tests import bond_host  # noqa: E402
from tests.embedded import audited  # noqa: E402
from tests.embedded import gpu_cloud  # noqa: E402

CONF = """\
[DEFAULT]
allow_resize_to_same_host = False
[quota]
driver = nova.quota.NoopQuotaDriver
[scheduler]
max_attempts = {attempts}
[pci]
report_in_placement = {in_placement}
device_spec = {{"vendor_id": "8086", "product_id": "1889", {network}\
"bandwidth_mbps": "10000"}}
alias = {{"name": "vf", "vendor_id": "8086", "product_id": "1889", \
"device_type": "type-VF"}}
alias = {{"name": "live", "vendor_id": "8086", "product_id": "1889", \
"device_type": "type-VF", "live_migratable": "yes"}}
[filter_scheduler]
pci_in_placement = {in_placement}
available_filters = nova.scheduler.filters.all_filters
available_filters = nova_pci_ext.scheduler.filters.PciPassthroughFilter
enabled_filters = ComputeFilter,NUMATopologyFilter,PciPassthroughFilter
weight_classes = nova_pci_ext.scheduler.weights.PciFitWeigher
[pci_ext]
allocation_candidates = ours
"""
SMALL = 'pci_passthrough:bandwidth', '4000:vf'
LARGE = 'pci_passthrough:bandwidth', '6000:vf'
ALIAS = {'pci_passthrough:alias': 'vf:1'}


class Story:
    """Servers of one running cloud, and what is left of the budgets."""

    def __init__(self, cloud):
        self.cloud = cloud
        self.told = {}

    def flavor(self, *specs, alias='vf:1'):
        """Return the id of a flavor with extra specs."""
        return self.cloud.flavor(alias, **dict(specs))

    def boot(self, step, flavor, **more):
        """Boot a server and note what it got."""
        return self.tell(step, self.cloud.boot(step, flavor, **more))

    def boot_many(self, step, flavor, count):
        """Boot servers with one request; note how many run."""
        self.cloud.api.call('POST', '/servers', {'server': {
            'name': step, 'flavorRef': flavor, 'networks': 'none',
            'imageRef': stand_ins.IMAGE_ID,
            'min_count': count, 'max_count': count}})
        found = [self.cloud.wait(each['id'], 'ACTIVE', 'ERROR')
                 for each in self.cloud.api.servers()
                 if each['name'].startswith(step)]
        self.told[step] = [
            dict(collections.Counter(each['status'] for each in found)),
            self.left()]
        return found

    def tell(self, step, server):
        """Note what a server has, and what is left of the budgets."""
        self.told[step] = [
            server.get('fault', {}).get('message') or server['status'],
            self.left()]
        return server

    def left(self):
        """Return what published pools say is left, by host and PF.

        And what the rows of devices in use say is taken, which must agree;
        a compute writes its pools a moment after the rows.
        """
        deadline = time.monotonic() + 60
        while True:
            found, taken = self._published_and_taken()
            wrong = [key for key, text in found.items()
                     if text != f'{self._whole(text) - taken[key]}/'
                     f'{self._whole(text)}']
            if not wrong:
                return {key: int(text.partition('/')[0])
                        for key, text in sorted(found.items())}
            assert time.monotonic() < deadline, (wrong, found, taken)
            time.sleep(0.1)

    @staticmethod
    def _whole(text):
        return int(text.partition('/')[2])

    def _published_and_taken(self):
        admin = nova_context.get_admin_context()
        found = {}
        for node in objects.ComputeNodeList.get_all(admin):
            node = objects.ComputeNode.get_by_uuid(admin, node.uuid)
            for pool in node.pci_device_pools:
                text = pool.tags['bandwidth_left_mbps']
                key = f'{node.host} {pool.tags["address"]}'
                assert found.setdefault(key, text) == text, (key, text)
        taken = collections.Counter()
        for host, rows in observe.pci_rows().items():
            for row in rows:
                note = row.extra_info.get('pci_ext_bandwidth')
                assert note is None or row.instance_uuid in note
                if note:
                    taken[f'{host} {row.parent_addr}'] += int(note.split()[0])
        return found, taken

    def explain(self, step, *specs):
        """Note what explain says of each host."""
        found = run.explain_cloud(server_request.ServerRequest(
            extra_specs={**ALIAS, **dict(specs)})).answers
        self.told[step] = {answer.host: [
            report.group(answer), report.words(answer),
            wording.shortage_lines(answer.shortage)
            if answer.shortage else [],
            sorted(map(self._name, answer.leavers))] for answer in found}

    def _name(self, server_id):
        return self.cloud.api.call('GET', f'/servers/{server_id}')[
            'server']['name']

    def act(self, step, server, action, body=None, *states):
        """Do something to a server and note what is left then."""
        found = self.cloud.act(server['id'], action, body, *states)
        # The source gives back what it had with its next update.
        self.cloud.update_available()
        self.tell(step, found)

    def delete(self, step, servers):
        """Delete servers and note what is left then."""
        for server in servers:
            self.cloud.delete(server['id'])
        self.cloud.update_available()
        self.told[step] = ['', self.left()]

    def restart(self, step):
        """Have each nova-compute know what it knows when it starts."""
        for compute in self.cloud.cloud.computes.values():
            tracker = compute.manager.rt
            tracker.pci_tracker = None
            tracker.compute_nodes.clear()
            tracker.old_resources.clear()
            tracker.reportclient.clear_provider_cache()
        self.cloud.update_available()
        self.told[step] = ['', self.left()]

    def evacuate(self, step, server):
        """Evacuate a server; its host comes back afterwards."""
        source = gpu_cloud.where(self.cloud.wait(server['id'], 'ACTIVE'))
        self.cloud.service(source, forced_down=True)
        self.act(step, server, 'evacuate', {})
        self.cloud.come_back(source)
        self.cloud.service(source, forced_down=False)
        self.cloud.update_available()
        self.told[f'{step}, source is back'] = ['', self.left()]

    def boot_at_once(self, step, flavor):
        """Boot two servers, for each of which the same is left.

        As with two schedulers: each reads what the computes have published,
        and the computes begin when both servers have a host.
        """
        with _chosen_first(2) as chosen:
            started = []
            for number in range(2):
                started.append(self.cloud.api.call(
                    'POST', '/servers', {'server': {
                        'name': f'{step}-{number}', 'flavorRef': flavor,
                        'networks': 'none',
                        'imageRef': stand_ins.IMAGE_ID}})['server']['id'])
                chosen.wait_for(number + 1)
            found = [self.cloud.wait(each, 'ACTIVE', 'ERROR')
                     for each in started]
        self.told[step] = [
            sorted(each.get('fault', {}).get('message') or each['status']
                   for each in found), self.left(), chosen.hosts]
        return found

    def port(self):
        """Make a port of vnic_type direct on the network."""
        return self.cloud.cloud.stand_ins.network.create_port({'port': {
            'network_id': neutron.network_uuid(bond_host.PHYSNET),
            'binding:vnic_type': 'direct'}})['port']['id']


class _Chosen:
    """Hosts that were chosen for servers, in their order."""

    def __init__(self, number):
        self.hosts = []
        self._number = number
        self._changed = threading.Condition()

    def build(self, build, compute, *args, **kwargs):
        """Build a server once the first ones have a host."""
        with self._changed:
            self.hosts.append(compute.host)
            self._changed.notify_all()
        self.wait_for(self._number)
        return build(compute, *args, **kwargs)

    def wait_for(self, number):
        """Wait until so many servers have a host."""
        with self._changed:
            assert self._changed.wait_for(
                lambda: len(self.hosts) >= number, 60)


@contextlib.contextmanager
def _chosen_first(number):
    """Let computes begin once so many servers have a host."""
    found = _Chosen(number)
    build = manager.ComputeManager._build_and_run_instance

    @functools.wraps(build)
    def wait_and_build(*args, **kwargs):
        return found.build(build, *args, **kwargs)
    with mock.patch.object(manager.ComputeManager, '_build_and_run_instance',
                           wait_and_build):
        yield found


def fill(story):
    """Boot until nothing is left, with a restart in between."""
    small, large = story.flavor(SMALL), story.flavor(LARGE)
    servers = [story.boot('large', large)]
    story.boot('without', story.flavor())
    servers.append(story.boot('small beside', small))
    story.restart('restarted')
    servers += story.boot_many('six', small, 6)
    story.restart('restarted when full')
    story.boot('refused', small)
    story.explain('explained', SMALL)
    story.explain('explained large', LARGE)
    story.explain('never', ('pci_passthrough:bandwidth', '10001:vf'))
    story.boot('without budget', story.flavor())
    story.delete('two deleted', servers[:2])
    servers[:2] = [story.boot('again', small)]
    story.delete('all deleted', servers)


def move(story):
    """Resize and migrate a server: what it takes goes with it."""
    server = story.boot('mover', story.flavor(SMALL))
    story.act('migrated', server, 'migrate', None, 'VERIFY_RESIZE', 'ERROR')
    story.act('confirmed', server, 'confirmResize')
    story.act('resized', server, 'resize',
              {'flavorRef': story.flavor(LARGE)}, 'VERIFY_RESIZE', 'ERROR')
    story.act('reverted', server, 'revertResize')
    story.act('shelved', server, 'shelve', None, 'SHELVED_OFFLOADED',
              'ERROR')
    story.act('unshelved', server, 'unshelve')
    story.delete('mover deleted', [server])


def attach_for_a_while(story, server, port):
    """Attach a port and detach it, and tell what the rows say each time."""
    story.cloud.api.call('POST', f'/servers/{server["id"]}/os-interface', {
        'interfaceAttachment': {'port_id': port}})
    # Nova publishes what an attached port has taken with the next update.
    story.cloud.update_available()
    story.tell('attached', server)
    story.cloud.api.call('DELETE',
                         f'/servers/{server["id"]}/os-interface/{port}')
    story.cloud.wait(server['id'], 'ACTIVE')
    story.cloud.update_available()
    story.tell('detached', server)


def attach(story):
    """Ports take of the budget when the server is booted, and later."""
    flavor = story.cloud.flavor(
        None, **{'pci_passthrough:bandwidth': '4000:ports'})
    server = story.boot('with a port', flavor,
                        networks=[{'port': story.port()}])
    attach_for_a_while(story, server, story.port())
    story.delete('ports deleted', [server])


def leave(story):
    """Rebuild, live migrate and evacuate a server, with restarts between."""
    server = story.boot('leaver', story.cloud.flavor(
        'live:1', **dict([('pci_passthrough:bandwidth', '4000:live')])))
    story.act('rebuilt', server, 'rebuild', {'imageRef': stand_ins.IMAGE_ID})
    story.restart('restarted after the rebuild')
    story.act('live migrated', server, 'os-migrateLive',
              {'host': None, 'block_migration': 'auto'})
    story.delete('live migrated and deleted', [server])
    server = story.boot('evacuee', story.flavor(SMALL))
    story.evacuate('evacuated', server)
    story.restart('restarted after the evacuation')
    story.delete('evacuee deleted', [server])
    server = story.boot('between', story.flavor(SMALL))
    story.act('resized before the restart', server, 'resize',
              {'flavorRef': story.flavor(LARGE)}, 'VERIFY_RESIZE', 'ERROR')
    story.restart('restarted in the middle of the resize')
    story.act('confirmed after the restart', server, 'confirmResize')
    story.delete('between deleted', [server])


def race(story):
    """Two servers are sent to one host for the last of a budget."""
    large, small = story.flavor(LARGE), story.flavor(SMALL)
    full = [story.boot(f'full {number}', large) for number in range(4)]
    # One PF of each host has 4000 left.
    for host in ('h0', 'h1'):
        story.boot(f'filled {host}', small, availability_zone=f'nova:{host}')
    first = story.boot_at_once('for the last two', small)
    story.cloud.update_available()
    story.delete('one deleted', first[:1])
    story.boot_at_once('for the last one', small)
    story.cloud.update_available()
    story.told['after the race'] = ['', story.left()]
    assert all(each['status'] == 'ACTIVE' for each in full)


def audit(story):
    """A row loses the note of what its owner takes; an audit writes it."""
    auditor = audited.Auditor(story.cloud)
    server = story.boot('audited', story.flavor(SMALL))
    auditor.audit('healthy')
    # As where Nova's own tracker hands out the device.
    (row,) = [row for rows in observe.pci_rows().values() for row in rows
              if row.instance_uuid == server['id']]
    extra = {key: value for key, value in row.extra_info.items()
             if key != charges.NOTE}
    auditor.sql(models.PciDevice, [models.PciDevice.id == row.id],
                extra_info=json.dumps(extra))
    story.restart('restarted without the note')
    auditor.audit('without the note')
    auditor.repair('repaired')
    story.told['audits'] = auditor.said
    story.restart('restarted after the repair')
    story.delete('audited deleted', [server])


PARTS = {'fill': fill, 'move': move, 'attach': attach, 'leave': leave,
         'race': race, 'audit': audit}


def main(kind, *parts):
    in_placement = kind == 'placement'
    hosts = [bond_host.host('h0'), bond_host.host('h1')]
    conf = CONF.format(
        in_placement=in_placement, attempts=1 + 2 * ('race' in parts),
        network=('' if in_placement else '"physical_network": "physnet0", ')
        + ('"live_migratable": "yes", ' if 'leave' in parts else ''))
    with gpu_cloud.running_with(conf, hosts,
                                (bond_host.PHYSNET,)) as cloud:
        story = Story(cloud)
        for part in parts:
            PARTS[part](story)
    print(json.dumps(story.told))


if __name__ == '__main__':
    main(*sys.argv[1:])
