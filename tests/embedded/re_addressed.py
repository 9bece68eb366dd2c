# SPDX-License-Identifier: Apache-2.0

"""Restart nova-compute on a host whose GPUs have other addresses.

Prints after each restart: the card of each server by its serial number, as
the row says and as its guest was given it by a hard reboot, its status, the
providers that it holds beside those that it owns, and what is held.
"""

import contextlib
import dataclasses
import json
import os
from unittest import mock

from nova_pci_ext.quickstart import threads

threads.use_threads()

import nova.conf  # noqa: E402
from nova import context as nova_context  # noqa: E402
from nova import objects  # noqa: E402
from nova.compute import manager  # noqa: E402

from nova_pci_ext.discovery import inventory as inventory_file  # noqa: E402
from nova_pci_ext.model.address import PciAddress  # noqa: E402
from nova_pci_ext.quickstart import services  # noqa: E402
from nova_pci_ext.virt import hand_over  # noqa: E402
from tests.embedded import gpu_cloud  # noqa: E402

CONF = nova.conf.CONF
#: Four cards, as serial number to bus.
FIRST = {'MT0': 0x10, 'MT1': 0x11, 'MT2': 0x12, 'MT3': 0x13}
GPU = gpu_cloud.gpus(1)[0]


def device(serial, bus, **more):
    """Return one GPU."""
    return dataclasses.replace(
        GPU, address=PciAddress(0, bus, 0, 0), serial=serial, **more)


def shared_threads():
    """Keep the threads that a stopped compute shares with the others.

    Older Novas have no such threads.
    """
    if getattr(manager, 'thread_pool_factory', None) is None:
        return contextlib.nullcontext()
    return mock.patch.object(manager.thread_pool_factory,
                             'shutdown_all_executors')


class Host:
    """One host, its servers, and what was seen of them."""

    def __init__(self, cloud):
        self.cloud = cloud
        self.servers = {}
        self.places = {}
        self.told = {}

    def boot(self, name):
        """Boot a server with a GPU."""
        self.servers[name] = self.cloud.boot(
            name, self.cloud.flavor('a1:1'))['id']

    def restart(self, places):
        """Start nova-compute on cards that are at these buses.

        :param places: serial number to bus
        """
        self.places = {str(PciAddress(0, bus, 0, 0)): serial
                       for serial, bus in places.items()}
        running = self.cloud.cloud
        with shared_threads():
            running.computes['h0'].stop()
        path = running.state_paths['h0'] / services.INVENTORY_FILE
        old = inventory_file.read_inventory(path)
        inventory_file.write_inventory(dataclasses.replace(
            old, devices=tuple(sorted(
                (device(serial, bus) for serial, bus in places.items()),
                key=lambda each: each.address))), path)
        running.computes['h0'] = services.start_compute(
            'h0', running.state_paths['h0'])

    def tell(self, step):
        """Reboot all servers, and note what they have."""
        self.cloud.update_available()
        found = {}
        for name, server_id in self.servers.items():
            server = self.cloud.act(server_id, 'reboot', {'type': 'HARD'})
            owned = self.cloud.owned(server_id)
            found[name] = [
                server['status'],
                [self.places.get(each.rpartition('_')[2].lower())
                 for each in owned],
                self.given(server_id),
                self.cloud.held(server_id) == owned]
        self.told[step] = found, self.rows('pci_ext_held')

    def given(self, server_id):
        """Return the cards that the guest of a server was given last."""
        (record,) = [each for each in hand_over.read_all(
            self.cloud.cloud.state_paths['h0'])
            if each['server'] == server_id]
        return [self.places.get(each['address'])
                for each in record['devices']]

    def rows(self, key):
        """Return a note of the rows by the serial of what is there."""
        context = nova_context.get_admin_context()
        (node,) = objects.ComputeNodeList.get_all(context)
        return {self.places.get(row.address, row.address):
                row.extra_info[key]
                for row in objects.PciDeviceList.get_by_compute_node(
                    context, node.id) if key in row.extra_info}


def main():
    host = gpu_cloud.host('h0', [device(*each) for each in FIRST.items()])
    with gpu_cloud.running([host]) as cloud:
        if 'manager_shutdown_timeout' in CONF:
            # For moves under way, of which there are none.
            CONF.set_override('manager_shutdown_timeout', 0)
        found = Host(cloud)
        found.places = {str(PciAddress(0, bus, 0, 0)): serial
                        for serial, bus in FIRST.items()}
        for name in ('a', 'b', 'c'):
            found.boot(name)
        found.tell('first')
        cards = [found.told['first'][0][name][1][0] for name in 'abc']
        (spare,) = set(FIRST) - set(cards)
        one, two, three = cards
        found.restart({one: FIRST[two], two: FIRST[one],
                       three: FIRST[three], spare: FIRST[spare]})
        found.tell('swapped')
        found.restart({one: 0x21, two: 0x22, three: 0x11, spare: 0x10})
        found.tell('moved')
        found.restart({'MT9': 0x21, two: 0x11, three: 0x22, spare: 0x10})
        found.tell('replaced')
        found.boot('d')
        found.told['d'] = cloud.owned(found.servers['d']) and (
            found.given(found.servers['d']))
        del found.servers['d']
        found.restart({one: 0x30, two: 0x11, three: 0x22, spare: 0x10})
        cloud.act(found.servers['a'], 'os-resetState', {'state': 'active'})
        found.tell('back')
        # The second card is where the first was, which is gone, and then back.
        found.restart({two: 0x30, three: 0x22, spare: 0x10})
        cloud.update_available()
        found.told['waits'] = [
            [sorted(cloud.owned(found.servers[name])),
             cloud.held(found.servers[name])
             == cloud.owned(found.servers[name])] for name in 'ab'], (
            found.rows('pci_ext_held'))
        found.restart({one: 0x31, two: 0x30, three: 0x22, spare: 0x10})
        found.tell('found')
        for name in ('a', 'b', 'c'):
            cloud.delete(found.servers[name])
        cloud.update_available()
        found.told['left'] = [
            sorted(cloud.held(each)) for each in found.servers.values()]
        found.told['cards'] = [*cards, spare]
    print(json.dumps(found.told), flush=True)
    # A periodic task of a stopped compute goes on now and then, and Python
    # would wait for it.
    os._exit(0)


if __name__ == '__main__':
    main()
