# SPDX-License-Identifier: Apache-2.0

"""Move a server with a direct port; tell which device the port names.

Prints {step: [status, device in the port's profile, device of the port that
the server owns where it is, kinds that an audit finds]}.
"""

import json

from nova_pci_ext.quickstart import threads

threads.use_threads()

from nova_pci_ext.quickstart import observe  # noqa: E402
from tests.embedded import audited  # noqa: E402
from tests.embedded import gpu_cloud  # noqa: E402

PORT_DEVICES = '0000:81:'


class Mover:
    """A server with GPUs and a port, and its moves."""

    def __init__(self, cloud, auditor):
        self._cloud = cloud
        self._auditor = auditor
        self._port = auditor.new_port()
        self._server = cloud.boot('mover', cloud.flavor('a1:1'), networks=[
            {'port': self._port}])['id']
        self.told = {}
        self.tell('booted')

    def tell(self, step):
        """Note what there is after a step."""
        self._cloud.update_available()
        server = self._cloud.api.call(
            'GET', f'/servers/{self._server}')['server']
        self._auditor.audit(step)
        port = self._auditor.show_port(self._port)
        host = gpu_cloud.where(server)
        self.told[step] = [
            server.get('fault', {}).get('message') or server['status'],
            [port['binding:host_id'], port['binding:profile'].get('pci_slot')],
            [[host, address] for name, address
             in observe.owned_addresses(self._server)
             if name == host and address.startswith(PORT_DEVICES)],
            [kind for kind, _, _ in self._auditor.said[step]]]

    def do(self, step, action, body=None, *states):
        """Do something, and note what came of it."""
        self._cloud.act(self._server, action, body, *states)
        self.tell(step)

    def resize(self, name, alias, end):
        """Resize, or migrate without an alias, and end it."""
        action, body = ('resize', {'flavorRef': self._cloud.flavor(alias)}
                        ) if alias else ('migrate', None)
        self.do(name, action, body, 'VERIFY_RESIZE', 'ERROR')
        if end:
            self.do(f'{name}, {end}', end)

    def lie(self):
        """Let the profile name a device that the server does not have."""
        self._auditor.port(self._port, pci_slot='0000:81:02.7')


def main():
    hosts = [gpu_cloud.host(name, (*gpu_cloud.gpus(4), *audited.nic()))
             for name in ('h0', 'h1')]
    conf = gpu_cloud.CONF.format(
        candidates='ours', same_host=True, tags='',
        aliases=gpu_cloud.A1) + audited.NIC
    with gpu_cloud.running_with(conf, hosts, (audited.PHYSNET,)) as cloud:
        auditor = audited.Auditor(cloud)
        # Of equal hosts one has given away a VF: addresses differ.
        cloud.boot('other', cloud.flavor('a1:1'), host='h0', networks=[
            {'port': auditor.new_port()}])
        mover = Mover(cloud, auditor)
        mover.resize('migrated', None, 'confirmResize')
        mover.resize('migrated again', None, 'revertResize')
        mover.resize('resized', 'a1:2', 'revertResize')
        mover.resize('resized up', 'a1:2', 'confirmResize')
        mover.do('shelved', 'shelve', None, 'SHELVED_OFFLOADED', 'ERROR')
        mover.do('unshelved', 'unshelve')
        mover.lie()
        mover.tell('lied')
        mover.resize('lied and migrated', None, None)
    print(json.dumps(mover.told))


if __name__ == '__main__':
    main()
