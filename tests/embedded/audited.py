# SPDX-License-Identifier: Apache-2.0

"""Audit an embedded Nova: healthy, with lies, repaired, and interrupted.

Prints {step: what was found, as [kind, host, device], sorted}, and under
``told`` what the repairs said.
"""

import contextlib
import dataclasses
import json
import time
import uuid
from unittest import mock

from nova_pci_ext.quickstart import threads

threads.use_threads()

from nova import context as nova_context  # noqa: E402
from nova import objects  # noqa: E402
from nova.db.main import api as main_db  # noqa: E402
from nova.db.main import models  # noqa: E402
from nova.scheduler.client import report  # noqa: E402

from nova_pci_ext.auditing import comparing  # noqa: E402
from nova_pci_ext.bookkeeping import audits  # noqa: E402
from nova_pci_ext.bookkeeping import machine_book  # noqa: E402
from nova_pci_ext.bookkeeping import nova_book  # noqa: E402
from nova_pci_ext.bookkeeping import reading  # noqa: E402
from nova_pci_ext.model import device  # noqa: E402
from nova_pci_ext.model.address import PciAddress  # noqa: E402
from nova_pci_ext.quickstart import neutron  # noqa: E402
from nova_pci_ext.quickstart import services  # noqa: E402
from tests.embedded import gpu_cloud  # noqa: E402

PHYSNET = 'physnet1'
NIC = """\
[pci]
device_spec = {"vendor_id":"8086", "product_id":"154c", \
"physical_network":"physnet1"}
"""
GPU_CLASS = 'CUSTOM_PCI_10DE_1DB6'
STRANGER = str(uuid.uuid5(uuid.NAMESPACE_URL, 'stranger'))


def nic():
    """Return a PF with VFs."""
    pf = PciAddress.parse('0000:81:00.0')
    yield device.Device(
        address=pf, vendor_id='8086', product_id='1572', total_vfs=4,
        num_vfs=4, dev_type=device.DeviceType.PF, netdevs=('ens1',),
        mac='3c:fd:fe:00:00:01')
    for number in range(4):
        yield device.Device(
            address=PciAddress.parse(f'0000:81:02.{number}'), parent=pf,
            vendor_id='8086', product_id='154c', vf_index=number,
            dev_type=device.DeviceType.VF)


class Auditor:
    """Audits one running cloud, and lies in it."""

    def __init__(self, cloud):
        self._cloud = cloud
        self._placement = report.report_client_singleton()
        self._network = cloud.cloud.stand_ins.network
        self.said = {}
        self.told = []

    def read(self):
        """Read all books, with those of every host."""
        hosts = sorted(self._cloud.cloud.computes)
        found = reading.Source(
            host=None, this_host=hosts[0], read_local=self._machine).read()
        return dataclasses.replace(found, left_out=(), machines=tuple(
            self._machine(host)[0] for host in hosts))

    def _machine(self, host):
        path = self._cloud.cloud.state_paths[host]
        return machine_book.recorded(
            host, path / services.INVENTORY_FILE, str(path)), ()

    def audit(self, step):
        """Note what disagrees."""
        self.note(step, audits.audit(self.read, 0))

    def after(self, step, work):
        """Return work after which is noted what disagrees, and what would."""
        def audited(*args, **kwargs):
            done = work(*args, **kwargs)
            self.audit(step)
            books = dataclasses.replace(self.read(), acted_on=())
            self.said[f'{step}, blindly'] = sorted({
                each.kind for each in comparing.compare(books)})
            return done
        return audited

    def note(self, step, found):
        self.said[step] = sorted([each.kind, each.host, each.device]
                                 for each in found.findings)

    def repair(self, step, stop_after=None):
        """Repair; let somebody end it after some repairs."""
        made = []

        def confirm(planned):
            if stop_after is not None and len(made) == stop_after:
                raise KeyboardInterrupt
            made.append(planned.finding.kind)
            return True
        try:
            found = audits.repair(self.read, audits.Repairer(
                confirm=confirm, tell=self.told.append,
                read_again=lambda host: self.read()), 0)
        except KeyboardInterrupt:
            return False
        self.note(step, found)
        self.said[f'{step}, made'] = sorted(made)
        return True

    def sql(self, model, which, **values):
        """Change rows of the only cell."""
        (cell,) = nova_book.cells()
        with nova_context.target_cell(
                nova_context.get_admin_context(), cell) as context:
            with main_db.get_context_manager(context).writer.using(
                    context) as session:
                assert session.query(model).filter(*which).update(
                    values, synchronize_session=False) == 1

    def add(self, entry):
        """Add a row to the only cell."""
        (cell,) = nova_book.cells()
        with nova_context.target_cell(
                nova_context.get_admin_context(), cell) as context:
            with main_db.get_context_manager(context).writer.using(
                    context) as session:
                session.add(entry)
                session.flush()
                return entry.id

    def row(self, host, address, **values):
        """Change one row of ``pci_devices``."""
        context = nova_context.get_admin_context()
        (node,) = objects.ComputeNodeList.get_all_by_host(context, host)
        self.sql(models.PciDevice, (
            models.PciDevice.compute_node_id == node.id,
            models.PciDevice.address == address), **values)

    def provider(self, host, address):
        """Return the UUID of the provider of a card."""
        name = f'{host}_{address.upper()}'
        found = self._placement.get(
            f'/resource_providers?name={name}').json()['resource_providers']
        return found[0]['uuid']

    def allocate(self, consumer, provider, units):
        """Let a consumer have units of a provider, and keep the rest."""
        found = self._placement.get(f'/allocations/{consumer}',
                                    version='1.28').json()
        held = {each: {'resources': value['resources']}
                for each, value in found['allocations'].items()
                if each != provider}
        if units:
            held[provider] = {'resources': {GPU_CLASS: units}}
        answer = self._placement.put(f'/allocations/{consumer}', {
            'allocations': held,
            'project_id': found.get('project_id', 'p'),
            'user_id': found.get('user_id', 'u'),
            'consumer_generation': found.get('consumer_generation')},
            version='1.28')
        assert answer.status_code == 204, answer.text

    def surplus_provider(self, host):
        """Make a provider of a card that is not there."""
        (node,) = objects.ComputeNodeList.get_all_by_host(
            nova_context.get_admin_context(), host)
        made = str(uuid.uuid4())
        assert self._placement.post('/resource_providers', {
            'name': f'{host}_0000:99:00.0', 'uuid': made,
            'parent_provider_uuid': node.uuid},
            version='1.20').status_code == 200
        assert self._placement.put(f'/resource_providers/{made}/traits', {
            'traits': ['COMPUTE_MANAGED_PCI_DEVICE'],
            'resource_provider_generation': 0},
            version='1.20').status_code == 200

    def port(self, name, **changes):
        """Change the profile of a port, or of a new one that is nobody's."""
        if name is None:
            name = self.new_port()
        port = self.show_port(name)
        profile = {**(port.get('binding:profile') or {}), **changes}
        self._network.update_port(name, {'port': {
            'binding:profile': profile}})
        return name

    def show_port(self, name):
        """Return a port as Neutron has it."""
        return self._network.show_port(name)['port']

    def new_port(self):
        """Make a port that takes a VF."""
        return self._network.create_port({'port': {
            'network_id': neutron.network_uuid(PHYSNET),
            'binding:vnic_type': 'direct'}})['port']['id']


def lies(auditor, gpu_server, port_server, port):
    """Tell lies of all books, each about a device of its own."""
    auditor.row('h0', '0000:12:00.0', status='allocated',
                instance_uuid=STRANGER)
    auditor.row('h0', '0000:13:00.0', status='removed')
    auditor.row('h1', '0000:81:02.0', status='unavailable')
    auditor.row('h0', '0000:81:02.0', status='claimed')
    auditor.allocate(STRANGER, auditor.provider('h0', '0000:11:00.0'), 1)
    auditor.allocate(gpu_server, auditor.provider('h1', '0000:13:00.0'), 1)
    auditor.allocate(port_server, auditor.provider('h1', '0000:10:00.0'), 0)
    auditor.surplus_provider('h0')
    auditor.port(port, pci_slot='0000:81:02.2')
    auditor.port(None, pci_slot='0000:81:02.2')
    node = auditor.add(models.ComputeNode(
        host='old', hypervisor_hostname='old', uuid=str(uuid.uuid4()),
        vcpus=1, memory_mb=1, local_gb=1, vcpus_used=0, memory_mb_used=0,
        local_gb_used=0, hypervisor_type='fake', hypervisor_version=1,
        cpu_info='', deleted=1))
    auditor.add(models.PciDevice(
        compute_node_id=node, address='0000:99:00.0', vendor_id='10de',
        product_id='1db6', dev_type='type-PCI', dev_id='d', label='l',
        status='available', extra_info='{}'))
    auditor.sql(models.ComputeNode, (models.ComputeNode.host == 'h1',),
                pci_stats='[]')


def attach_slowly(auditor, cloud, server, port):
    """Attach a port, detach it, and audit on the way.

    In Neutron, where the row is claimed and no request is written, and in
    the driver, where the port is bound too.
    """
    manager = cloud.cloud.computes['h1'].manager
    path = f'/servers/{server}/os-interface'
    with contextlib.ExitStack() as stack:
        for step, owner, name in (
                ('claimed', manager.network_api, 'allocate_for_instance'),
                ('bound', manager.driver, 'attach_interface'),
                ('detached', manager.driver, 'detach_interface'),
                ('unbound', manager.network_api,
                 'deallocate_port_for_instance')):
            stack.enter_context(mock.patch.object(
                owner, name, auditor.after(step, getattr(owner, name))))
        cloud.api.call('POST', path, {'interfaceAttachment': {
            'port_id': port}})
        cloud.update_available()
        auditor.audit('attached')
        cloud.api.call('DELETE', f'{path}/{port}')
        deadline = time.monotonic() + 60
        while 'unbound' not in auditor.said:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def _do_nothing(*args, **kwargs):
    """Stand in for the periodic update."""


def main():
    hosts = [gpu_cloud.host(name, (*gpu_cloud.gpus(4), *nic()))
             for name in ('h0', 'h1')]
    conf = gpu_cloud.CONF.format(
        candidates='ours', same_host=False, tags='',
        aliases=gpu_cloud.A1) + NIC
    with gpu_cloud.running_with(conf, hosts, (PHYSNET,)) as cloud:
        auditor = Auditor(cloud)
        auditor.audit('empty')
        flavor = cloud.flavor('a1:1')
        gpu_server = cloud.boot('gpu', flavor, host='h0')['id']
        port = auditor.new_port()
        port_server = cloud.boot('port', flavor, host='h1',
                                 networks=[{'port': port}])['id']
        cloud.update_available()
        auditor.audit('healthy')
        cloud.act(gpu_server, 'migrate', None, 'VERIFY_RESIZE', 'ERROR')
        auditor.audit('moving')
        cloud.act(gpu_server, 'revertResize')
        cloud.update_available()
        auditor.audit('moved and back')
        for compute in cloud.cloud.computes.values():
            # A periodic update would heal what only a restart is to heal.
            compute.manager.rt.update_available_resource = _do_nothing
        lies(auditor, gpu_server, port_server, port)
        auditor.audit('lies')
        stops = 0
        while stops < 20 and not auditor.repair('repaired', stop_after=1):
            stops += 1
        auditor.said['stops'] = stops
        before = len(auditor.told)
        auditor.repair('again')
        auditor.said['told again'] = auditor.told[before:]
        for compute in cloud.cloud.computes.values():
            # As nova-compute is when it starts.
            tracker = compute.manager.rt
            del tracker.update_available_resource
            tracker.pci_tracker = None
            tracker.compute_nodes.clear()
            tracker.old_resources.clear()
            tracker.reportclient.clear_provider_cache()
        cloud.update_available()
        auditor.audit('restarted')
        auditor.said['profile'] = auditor.show_port(port)['binding:profile']
        attach_slowly(auditor, cloud, port_server, auditor.new_port())
    print(json.dumps([auditor.said, auditor.told]))


if __name__ == '__main__':
    main()
