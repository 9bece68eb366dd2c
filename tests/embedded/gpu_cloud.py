# SPDX-License-Identifier: Apache-2.0

"""An embedded Nova of hosts with eight GPUs, each a provider of its own."""

import contextlib
import json
import pathlib
import sqlite3
import sys
import tempfile
import time
from unittest import mock

from nova_pci_ext.quickstart import threads

threads.use_threads()

from nova import context as nova_context  # noqa: E402
from nova import objects  # noqa: E402
from nova.compute import rpcapi  # noqa: E402
from nova.scheduler.client import report  # noqa: E402

from nova_pci_ext.model import device  # noqa: E402
from nova_pci_ext.model import inventory  # noqa: E402
from nova_pci_ext.model.address import PciAddress  # noqa: E402
from nova_pci_ext.quickstart import client  # noqa: E402
from nova_pci_ext.quickstart import cloud  # noqa: E402
from nova_pci_ext.quickstart import observe  # noqa: E402
from nova_pci_ext.quickstart import stand_ins  # noqa: E402
from nova_pci_ext.quickstart import story  # noqa: E402
from nova_pci_ext.scheduler import kept_checks  # noqa: E402
from tests.embedded import prepared  # noqa: E402

ROOT = pathlib.Path(__file__).parents[2]
CONF = """\
[DEFAULT]
allow_resize_to_same_host = {same_host}
[quota]
driver = nova.quota.NoopQuotaDriver
[pci]
report_in_placement = True
device_spec = {{"vendor_id":"10de", "product_id":"1db6"{tags}}}
device_spec = {{"vendor_id":"10de", "product_id":"20b0"}}
{aliases}
[filter_scheduler]
pci_in_placement = True
available_filters = nova.scheduler.filters.all_filters
available_filters = nova_pci_ext.scheduler.filters.PciPassthroughFilter
enabled_filters = ComputeFilter,NUMATopologyFilter,PciPassthroughFilter
[pci_ext]
allocation_candidates = {candidates}
"""
# Whatever the scheduler keeps is compared with what it would compute now.
VERIFY = """
[pci_ext]
verify_kept = true
"""
A1 = ('alias = {"vendor_id":"10de", "product_id":"1db6", '
      '"device_type":"type-PCI", "name":"a1"}')


def gpus(count, product='1db6', first=0x10):
    """Return GPUs, half of them on each of two NUMA nodes."""
    return tuple(device.Device(
        address=PciAddress.parse(f'0000:{first + number:02x}:00.0'),
        vendor_id='10de', product_id=product,
        dev_type=device.DeviceType.PCI, numa_node=int(number >= count // 2))
        for number in range(count))


def host(name, devices):
    """Return a recorded host of two NUMA nodes."""
    return inventory.Inventory(
        host=name, devices=devices, numa_cells=tuple(
            inventory.NumaCell(id=node, cpus=tuple(
                range(node * 64, node * 64 + 64)), memory_mb=262144,
                socket=node) for node in (0, 1)))


@contextlib.contextmanager
def running(hosts, candidates='ours', aliases=A1, same_host=False, more='',
            tags=''):
    """Yield a ``GpuCloud``."""
    with running_with(CONF.format(
            candidates=candidates, aliases=aliases, same_host=same_host,
            tags=tags) + more, hosts) as found:
        yield found


@contextlib.contextmanager
def running_with(conf, hosts, physnets=()):
    """Yield a ``GpuCloud`` with this nova.conf.

    :raises AssertionError: if anything that was kept was wrong
    """
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        nova_conf = folder / 'given.conf'
        nova_conf.write_text(conf + VERIFY)
        with cloud.run_cloud(nova_conf, folder, hosts, physnets,
                             lambda line: None) as found:
            try:
                yield GpuCloud(found, folder)
            except Exception:
                log = (folder / 'nova.log').read_text().splitlines()
                print('\n'.join(line for line in log if ' ERROR ' in line),
                      file=sys.stderr)
                raise
        wrong = [line for line in (folder / 'nova.log').read_text(
            ).splitlines() if kept_checks.DIFFERS in line]
        assert wrong == [], wrong


class GpuCloud:
    """What the programs do with a running cloud."""

    def __init__(self, found, folder):
        self.cloud = found
        self._cells = [folder / f'{name}.sqlite'
                       for name in ('cell0', 'cell1')]
        self.api = client.Client(found.api_url)
        self._placement = report.report_client_singleton()
        self._flavors = {}

    def flavor(self, alias, **extra_specs):
        """Return the id of a flavor, made on first use."""
        key = alias, tuple(sorted(extra_specs.items()))
        if key not in self._flavors:
            made = self.api.create_flavor(
                f'f{len(self._flavors)}', vcpus=2, ram_mb=512, disk_gb=1,
                alias=alias)
            if extra_specs:
                self.api.call(
                    'POST', f'/flavors/{made}/os-extra_specs',
                    {'extra_specs': extra_specs})
            self._flavors[key] = made
        return self._flavors[key]

    def boot(self, name, flavor, **more):
        """Boot a server, wait, and return it."""
        server = self.api.call('POST', '/servers', {'server': {
            'name': name, 'flavorRef': flavor, 'networks': 'none',
            'imageRef': stand_ins.IMAGE_ID, **more}})['server']
        return self.wait(server['id'], 'ACTIVE', 'ERROR')

    def wait(self, server_id, *states):
        """Wait for a state, and until nothing is under way.

        Nova writes the fault of a server a moment after its state.  An
        answer of the API costs a hundred times a look at the row, which says
        when to ask it.
        """
        deadline = time.monotonic() + 90
        while True:
            while (self._is_under_way(server_id)
                   and time.monotonic() < deadline):
                time.sleep(0.05)
            server = self.api.call('GET', f'/servers/{server_id}')['server']
            if (server['status'] in states
                    and not server['OS-EXT-STS:task_state']
                    and (server['status'] == 'ERROR') <= ('fault' in server)):
                return server
            if time.monotonic() > deadline:
                raise AssertionError(
                    f'{server["status"]} {server["OS-EXT-STS:task_state"]}')
            time.sleep(0.1)

    def _is_under_way(self, server_id):
        """Whether the row of a server says so, or there is none yet."""
        for path in self._cells:
            with contextlib.closing(sqlite3.connect(
                    f'file:{path}?mode=ro', uri=True)) as database:
                found = database.execute(
                    'SELECT task_state FROM instances WHERE uuid = ?',
                    (server_id,)).fetchone()
            if found is not None:
                return found[0] is not None
        return True

    def act(self, server_id, action, body=None, *states):
        """Do something to a server, and wait for a state."""
        self.api.call('POST', f'/servers/{server_id}/action', {action: body})
        return self.wait(server_id, *(states or ('ACTIVE', 'ERROR')))

    def delete(self, server_id):
        """Delete a server and wait until all it had is free.

        Nova gives back the devices first, and then what Placement has.
        """
        self.api.call('DELETE', f'/servers/{server_id}')
        deadline = time.monotonic() + 90
        while (observe.owned_addresses(server_id)
               or self._allocations(server_id)):
            assert time.monotonic() < deadline
            time.sleep(0.1)

    def held(self, consumer):
        """Return the device providers that a consumer holds, with units."""
        found = self._allocations(consumer)
        names = {uuid: self._placement.get(
            f'/resource_providers/{uuid}').json()['name'] for uuid in found}
        return {names[uuid].upper(): sum(allocation['resources'].values())
                for uuid, allocation in found.items() if '_' in names[uuid]}

    def _allocations(self, consumer):
        return self._placement.get(
            f'/allocations/{consumer}', version='1.28').json()['allocations']

    def device_providers(self):
        """Return the names of all providers of devices."""
        return {each['name'].upper() for each in self._placement.get(
            '/resource_providers').json()['resource_providers']
            if '_' in each['name']}

    def owned(self, server_id, host=None):
        """Return the providers of the devices that a server owns."""
        found = {}
        for name, address in observe.owned_addresses(server_id):
            if host in (None, name):
                key = f'{name}_{address}'.upper()
                found[key] = found.get(key, 0) + 1
        return found

    def migration_uuid(self, server_id):
        """Return what holds the source of a move under way."""
        found = self.api.call(
            'GET', f'/os-migrations?instance_uuid={server_id}')['migrations']
        return found[0]['uuid']

    def update_available(self):
        """Let every compute do its periodic update."""
        for compute in self.cloud.computes.values():
            compute.manager.update_available_resource(
                nova_context.get_admin_context())

    def service(self, host, **changes):
        """Change a compute's service record."""
        found = objects.Service.get_by_compute_host(
            nova_context.get_admin_context(), host)
        self.api.call('PUT', f'/os-services/{found.uuid}', changes)

    def come_back(self, host):
        """Let a compute do what it does of evacuated servers as it starts."""
        context = nova_context.get_admin_context()
        self.cloud.computes[host].manager._destroy_evacuated_instances(
            context, {node.uuid: node for node in
                      objects.ComputeNodeList.get_all_by_host(context, host)})


@contextlib.contextmanager
def before_the_source_has_it_again(do):
    """Call a function whenever a revert is between two hosts."""
    finish = rpcapi.ComputeAPI.finish_revert_resize

    def finish_revert_resize(*args, **kwargs):
        do()
        return finish(*args, **kwargs)
    with mock.patch.object(rpcapi.ComputeAPI, 'finish_revert_resize',
                           finish_revert_resize):
        yield


def where(server):
    """Return the host of a server."""
    return server[story.HOST_KEY]


def run(program, *arguments, timeout=600):
    """Run one of these programs; return what it says."""
    done = prepared.run(f'tests.embedded.{program}', *map(str, arguments),
                        timeout=timeout)
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])
