# SPDX-License-Identifier: Apache-2.0

"""Boot servers whose ports have a minimum bandwidth, counted by Placement.

Two hosts with two PFs, which have a budget of 10,000 Mbit/s as well. Placement
has 1,000 Mbit/s of the first PF and 9,000 of the second, so it says which of
them a port is on. The requests of ports are as Neutron makes them: with ids of
their own (``groups``), or without, as before Xena (``ports``).

Prints of each step the PF of each port, and what is left of the budgets.
"""

import collections
import dataclasses
import json
import sys
import uuid
from unittest import mock

from nova_pci_ext.quickstart import threads

threads.use_threads()

import os_resource_classes as orc  # noqa: E402
from nova import context  # noqa: E402
from nova import objects  # noqa: E402
from nova.scheduler.client import report  # noqa: E402
from nova.tests.fixtures import neutron as nova_fixtures  # noqa: E402

from nova_pci_ext.quickstart import observe  # noqa: E402
from tests import bond_host  # noqa: E402
from tests.embedded import audited  # noqa: E402
from tests.embedded import budgets  # noqa: E402
from tests.embedded import gpu_cloud  # noqa: E402

HOSTS = ('h0', 'h1')
#: What Placement has of each PF, in Mbit/s.
PLACED = {'ens1f0': 1000, 'ens2f0': 9000}
NAMES = dict(zip(bond_host.PFS, PLACED, strict=True))
TRAITS = ['CUSTOM_PHYSNET_PHYSNET0', 'CUSTOM_VNIC_TYPE_DIRECT']
GROUPS = {'alias': 'port-resource-request-groups',
          'name': 'Port Resource Request Groups', 'links': [],
          'description': '', 'updated': '2021-08-02T10:00:00-00:00'}


def request(form, port_id, mbps):
    """Return the resource request of a port."""
    asked = {'resources': {orc.NET_BW_EGR_KILOBIT_PER_SEC: 1000 * mbps},
             'required': TRAITS}
    if form == 'ports':
        return asked
    # neutron_lib.placement.utils.resource_request_group_uuid
    group = str(uuid.uuid5(uuid.UUID(port_id), f'rule of {mbps}'))
    return {'request_groups': [{'id': group, **asked}],
            'same_subtree': [group]}


def with_interfaces(host):
    """Return a host whose VFs have interfaces, as VFs on a driver have.

    Nova names the interface of the PF of such VFs alone.
    """
    return dataclasses.replace(host, devices=tuple(
        dataclasses.replace(each, netdevs=(f'v{each.vf_index}',))
        if each.parent else each for each in host.devices))


def extensions(fixture, *args, **kwargs):
    """List Neutron's extensions, the one of groups as well."""
    found = LIST(fixture, *args, **kwargs)
    found['extensions'].append(GROUPS)
    return found


LIST = nova_fixtures.NeutronFixture.list_extensions


class Story(budgets.Story):
    """Servers with such ports."""

    def __init__(self, cloud, form):
        super().__init__(cloud)
        self._form = form
        self._network = cloud.cloud.stand_ins.network
        self._placement = report.report_client_singleton()
        for host in HOSTS:
            self._report(host)

    def _report(self, host):
        """Report what Neutron's SR-IOV agent of a host would."""
        (root,) = self._get(f'/resource_providers?name={host}')[
            'resource_providers']
        agent = self._provide(f'{host}:NIC Switch agent', root['uuid'])
        for interface, mbps in PLACED.items():
            made = self._provide(f'{host}:NIC Switch agent:{interface}',
                                 agent)
            self._put(f'/resource_providers/{made}/inventories', {
                'resource_provider_generation': 0, 'inventories': {
                    orc.NET_BW_EGR_KILOBIT_PER_SEC: {'total': 1000 * mbps}}})
            self._put(f'/resource_providers/{made}/traits', {
                'resource_provider_generation': 1, 'traits': TRAITS})

    def _provide(self, name, parent):
        made = str(uuid.uuid4())
        answer = self._placement.post('/resource_providers', {
            'name': name, 'uuid': made, 'parent_provider_uuid': parent},
            version='1.20')
        assert answer.status_code == 200, answer.text
        return made

    def _put(self, url, body):
        for trait in body.get('traits', ()):
            self._placement.put(f'/traits/{trait}', None, version='1.6')
        answer = self._placement.put(url, body, version='1.20')
        assert answer.status_code == 200, answer.text

    def _get(self, url):
        return self._placement.get(url, version='1.20').json()

    def port(self, mbps=None):
        """Make a port, with a minimum bandwidth if one is said."""
        made = super().port()
        if mbps:
            self._network._ports[made]['resource_request'] = request(
                self._form, made, mbps)
        return made

    def ports(self, step, *ports, flavor):
        """Boot a server with ports and note what it got."""
        return self.boot(step, flavor, networks=[
            {'port': port} for port in ports])

    def tell(self, step, server):
        """Note the PFs of a server's ports, and what is counted where."""
        super().tell(step, server)
        slots = {port['id']: port['binding:profile']['pci_slot']
                 for port in self.ports_of(server)
                 if 'pci_slot' in port['binding:profile']}
        parents = {row.address: row.parent_addr
                   for rows in observe.pci_rows().values() for row in rows}
        self.told[step] += [
            [NAMES[parents[slots[port]]] for port in self._network._ports
             if port in slots], self.placed(server)]
        return server

    def ports_of(self, server):
        """Return the ports of a server, as Neutron has them."""
        return [port for port in self._network._ports.values()
                if port['device_id'] == server['id']]

    def stored(self, server):
        """Return what the PCI requests say that Nova keeps of a server."""
        found = objects.InstancePCIRequests.get_by_instance_uuid(
            context.get_admin_context(), server['id'])
        return [each.spec for each in found.requests]

    def placed(self, server):
        """Return the Mbit/s that a server has in Placement, by PF."""
        found = collections.Counter()
        for provider, given in self._get(
                f'/allocations/{server["id"]}')['allocations'].items():
            kbps = given['resources'].get(orc.NET_BW_EGR_KILOBIT_PER_SEC, 0)
            if kbps:
                name = self._get(f'/resource_providers/{provider}')['name']
                found[name.rpartition(':')[2]] += kbps // 1000
        return dict(sorted(found.items()))


def boot(story):
    """Servers of one port and of several, with and without a bandwidth."""
    plain = story.cloud.flavor(None)
    taking = story.cloud.flavor(
        None, **{'pci_passthrough:bandwidth': '4000:ports'})
    servers = [
        story.ports('one', story.port(4000), flavor=plain),
        story.ports('two', story.port(3000), story.port(500), flavor=plain),
        story.ports('not twice', story.port(2000), flavor=taking),
        story.ports('both', story.port(), story.port(300), flavor=taking),
        story.ports('none left', story.port(9001), flavor=plain)]
    story.restart('restarted')
    story.delete('deleted', servers)


def mixed(story):
    """A device takes of a budget, and a port beside it of Placement."""
    flavor = story.cloud.flavor('vf:1', **{
        'pci_passthrough:bandwidth': '6000:vf;4000:ports'})
    server = story.ports('mixed', story.port(4000), flavor=flavor)
    story.restart('mixed restarted')
    story.delete('mixed deleted', [server])


def move(story):
    """A port keeps to the PF that Placement chooses when its server moves."""
    server = story.ports('mover', story.port(8500), story.port(900),
                         flavor=story.cloud.flavor(None))
    story.act('migrated', server, 'migrate', None, 'VERIFY_RESIZE', 'ERROR')
    story.act('confirmed', server, 'confirmResize')
    story.act('resized', server, 'resize', {'flavorRef': story.cloud.flavor(
        None, **{'pci_passthrough:bandwidth': '4000:ports'})},
        'VERIFY_RESIZE', 'ERROR')
    story.act('reverted', server, 'revertResize')
    story.act('shelved', server, 'shelve', None, 'SHELVED_OFFLOADED',
              'ERROR')
    story.act('unshelved', server, 'unshelve')
    story.evacuate('evacuated', server)
    story.delete('mover deleted', [server])


def without_policy(story):
    """A policy is removed, and the server moves."""
    server = story.ports(
        'with policy', story.port(2000), flavor=story.cloud.flavor(
            None, **{'pci_passthrough:bandwidth': '4000:ports'}))
    story.act('with policy moved', server, 'migrate', None, 'VERIFY_RESIZE',
              'ERROR')
    story.act('with policy there', server, 'confirmResize')
    story.told['stored'] = story.stored(server)
    for port in story.ports_of(server):
        port['resource_request'] = None
    story.act('without policy moved', server, 'migrate', None,
              'VERIFY_RESIZE', 'ERROR')
    story.act('without policy there', server, 'confirmResize')
    auditor = audited.Auditor(story.cloud)
    auditor.audit('without policy')
    story.told['audited without policy'] = auditor.said
    story.delete('without policy deleted', [server])


def attach(story):
    """A port is attached to the PF that Placement chose for it."""
    server = story.boot('without', story.cloud.flavor(
        None, **{'pci_passthrough:bandwidth': '4000:ports'}))
    budgets.attach_for_a_while(story, server, story.port(2000))
    story.delete('ports deleted', [server])


def audit(story):
    """An audit does not miss what Placement counts in the rows."""
    auditor = audited.Auditor(story.cloud)
    flavor = story.cloud.flavor('vf:1', **{
        'pci_passthrough:bandwidth': '1000:vf;4000:ports'})
    server = story.ports('audited', story.port(2000), flavor=flavor)
    auditor.audit('healthy')
    story.told['audits'] = auditor.said
    story.delete('audited deleted', [server])


PARTS = {'boot': boot, 'mixed': mixed, 'move': move, 'attach': attach,
         'audit': audit, 'without policy': without_policy}


def main(form, *parts):
    hosts = [with_interfaces(bond_host.host(name)) for name in HOSTS]
    conf = budgets.CONF.format(
        in_placement=False, attempts=3,
        network='"physical_network": "physnet0", ')
    conf += '\n[pci_ext]\nport_bandwidth_pf = true\n'
    with mock.patch.object(
            nova_fixtures.NeutronFixture, 'list_extensions',
            extensions if form == 'groups' else LIST), \
            gpu_cloud.running_with(conf, hosts,
                                   (bond_host.PHYSNET,)) as cloud:
        story = Story(cloud, form)
        for part in parts:
            PARTS[part](story)
    print(json.dumps(story.told))


if __name__ == '__main__':
    main(*sys.argv[1:])
