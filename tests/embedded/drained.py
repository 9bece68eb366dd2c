# SPDX-License-Identifier: Apache-2.0

"""Drain GPUs of a running Nova with the devices in Placement.

Prints what happened: which devices servers got while two were drained, what
was reserved, what explain said, and all of it again after undrain; then what
the rows say of a card while sysfs shows faults of it, and whether it is handed
out where these drain it, also by a nova-compute that was started again.
"""

import json
import os
import pathlib
import tempfile

from nova_pci_ext.quickstart import threads

threads.use_threads()

import nova.conf  # noqa: E402
from nova import context as nova_context  # noqa: E402
from nova import objects  # noqa: E402
from nova.scheduler.client import report as placement_client  # noqa: E402

from nova_pci_ext.compute import health  # noqa: E402
from nova_pci_ext.discovery import drained_file  # noqa: E402
from nova_pci_ext.explaining import report  # noqa: E402
from nova_pci_ext.explaining import run  # noqa: E402
from nova_pci_ext.explaining import server_request  # noqa: E402
from nova_pci_ext.model.drained import Mark  # noqa: E402
from nova_pci_ext.quickstart import services  # noqa: E402
from tests import sysfs_tree  # noqa: E402
from tests.embedded import gpu_cloud  # noqa: E402
from tests.embedded import re_addressed  # noqa: E402

CONF = nova.conf.CONF
DRAINED = ('0000:10:00.0', '0000:12:00.0')
CARD = '0000:11:00.0'


class Teller:
    """Drains, boots and asks in one running cloud."""

    def __init__(self, cloud):
        self.cloud = cloud
        self._servers = []
        self._placement = placement_client.report_client_singleton()

    def drain(self, *addresses):
        """Set the marks; the compute has not seen them yet."""
        # Each compute has a state_path of its own, as on a host of its own.
        drained_file.change(
            self.cloud.cloud.state_paths['h0'] / 'pci-drained.json',
            lambda old: [Mark(address=address, reason='bad fan')
                         for address in addresses])

    def boot(self):
        """Boot a server; return the addresses of its devices."""
        server = self.cloud.boot('s', self.cloud.flavor('a1:1'))
        self._servers.append(server['id'])
        return sorted(name.rpartition('_')[2].lower()
                      for name in self.cloud.owned(server['id']))

    def delete_all(self):
        """Delete all servers."""
        while self._servers:
            self.cloud.delete(self._servers.pop())

    def update(self, times):
        """Let the compute do some periodic updates."""
        for _ in range(times):
            self.cloud.update_available()

    def marks(self):
        """Return what is marked as drained, and by whom."""
        return [[mark.address, mark.reason, mark.origin] for mark in
                drained_file.read(self.cloud.cloud.state_paths['h0']
                                  / 'pci-drained.json')]

    def reserved(self):
        """Return the devices of which Placement says that they are."""
        found = []
        for each in self._placement.get(
                '/resource_providers').json()['resource_providers']:
            inventories = self._placement.get(
                f'/resource_providers/{each["uuid"]}/inventories',
            ).json()['inventories']
            found += [each['name'].rpartition('_')[2].lower()
                      for key, inventory in inventories.items()
                      if key.startswith('CUSTOM_PCI')
                      and inventory['reserved'] == inventory['total']]
        return sorted(found)

    def explain(self):
        """Return why the host refuses, and what would help."""
        (found,) = run.explain_cloud(server_request.ServerRequest(
            extra_specs={'pci_passthrough:alias': 'a1:1'})).answers
        return [report.group(found), report.words(found),
                [address for address, _ in found.drained]]

    def notes(self):
        """Return what the rows say of the health of devices."""
        context = nova_context.get_admin_context()
        (node,) = objects.ComputeNodeList.get_all(context)
        return {row.address: row.extra_info['pci_ext_unhealthy']
                for row in objects.PciDeviceList.get_by_compute_node(
                    context, node.id)
                if 'pci_ext_unhealthy' in row.extra_info}


def drained_by_health(found, home):
    """Let the link of a card that nobody has fail, and be whole again."""
    told = {}
    found.delete_all()
    CONF.set_override('unhealthy', 'drain', 'pci_ext')
    (home / 'current_link_width').write_text('4\n')
    found.update(2)
    told['link, at first'] = found.notes()
    found.update(1)
    told['link'] = found.notes()
    told['link, marks'] = found.marks()
    told['link, reserved'] = found.reserved()
    told['link, got'] = sorted(found.boot() + found.boot() + found.boot()
                               + found.boot())
    found.delete_all()
    (home / 'current_link_width').write_text('16\n')
    with re_addressed.shared_threads():
        found.cloud.cloud.computes['h0'].stop()
    found.cloud.cloud.computes['h0'] = services.start_compute(
        'h0', found.cloud.cloud.state_paths['h0'])
    found.update(3)
    told['started again'] = [found.notes(), found.marks() == told[
        'link, marks'], found.reserved()]
    found.drain()
    found.update(1)
    told['undrained'] = [found.reserved(), sorted(
        address for _ in range(4) for address in found.boot())]
    return told


def main():
    """Do it, and print."""
    with tempfile.TemporaryDirectory() as folder:
        health.ROOT = folder
        tree = sysfs_tree.Tree(folder)
        tree.device(CARD, '10de:1db6', '030200',
                    aer_dev_fatal='TOTAL_ERR_FATAL 0',
                    current_link_width=16, max_link_width=16)
        with gpu_cloud.running([gpu_cloud.host(
                'h0', gpu_cloud.gpus(4))]) as cloud:
            if 'manager_shutdown_timeout' in CONF:
                # For moves under way, of which there are none.
                CONF.set_override('manager_shutdown_timeout', 0)
            found = Teller(cloud)
            told = {}
            found.drain(*DRAINED)
            # The scheduler still has all four in its pools.
            told['first'] = found.boot()
            cloud.update_available()
            told['reserved'] = found.reserved()
            told['second'], told['third'] = found.boot(), found.boot()
            told['explain'] = found.explain()
            found.drain()
            cloud.update_available()
            told['reserved after'] = found.reserved()
            told['after'] = sorted(found.boot() + found.boot())
            home = pathlib.Path(folder, tree.places[CARD])
            (home / 'aer_dev_fatal').write_text('TOTAL_ERR_FATAL 2\n')
            (home / 'current_link_width').write_text('4\n')
            cloud.update_available()
            told['notes'] = found.notes()
            (home / 'aer_dev_fatal').write_text('TOTAL_ERR_FATAL 0\n')
            (home / 'current_link_width').write_text('16\n')
            cloud.update_available()
            told['notes after'] = found.notes()
            told.update(drained_by_health(found, home))
    print(json.dumps(told), flush=True)
    # A periodic task of a stopped compute goes on now and then, and Python
    # would wait for it.
    os._exit(0)


if __name__ == '__main__':
    main()
