# SPDX-License-Identifier: Apache-2.0

"""Switch PCI in Placement on, off and on again while servers run.

Prints [step, server, status, devices owned, whether it holds as many of the
same providers] for each server at each step, and what is held at the end.
"""

import json

import nova.conf

from tests.embedded import gpu_cloud

CONF = nova.conf.CONF
OFF = """\
[pci]
report_in_placement = False
[filter_scheduler]
pci_in_placement = False
"""


class Switching:
    """One cloud, its servers, and what was seen of them."""

    def __init__(self, cloud):
        self.cloud = cloud
        self.flavor = cloud.flavor('a1:2')
        self.ids = {}
        self.told = []

    def boot(self, name):
        """Boot one more server of two devices."""
        self.ids[name] = self.cloud.boot(name, self.flavor)['id']

    def migrate(self, name):
        """Move a server to another host, for good."""
        self.cloud.act(self.ids[name], 'migrate', None, 'VERIFY_RESIZE',
                       'ERROR')
        self.cloud.act(self.ids[name], 'confirmResize')

    def tell(self, step):
        """Note what each server has, after an update of all computes."""
        self.cloud.update_available()
        for name, server_id in self.ids.items():
            server = self.cloud.wait(server_id, 'ACTIVE', 'ERROR')
            owned = self.cloud.owned(server_id)
            self.told.append([
                step, name, server['status'], sum(owned.values()),
                self.cloud.held(server_id) == owned])

    def delete_all(self):
        """Delete all servers; return what is held then."""
        for server_id in self.ids.values():
            self.cloud.delete(server_id)
        self.cloud.update_available()
        return [self.cloud.held(server_id)
                for server_id in self.ids.values()]


def main():
    hosts = [gpu_cloud.host(f'h{number}', gpu_cloud.gpus(8))
             for number in range(3)]
    with gpu_cloud.running(hosts, more=OFF) as cloud:
        found = Switching(cloud)
        found.boot('before')
        found.tell('not yet')
        CONF.set_override('report_in_placement', True, 'pci')
        found.tell('reported')
        CONF.set_override('pci_in_placement', True, 'filter_scheduler')
        found.boot('on')
        found.migrate('before')
        found.tell('on')
        CONF.set_override('pci_in_placement', False, 'filter_scheduler')
        found.boot('off')
        found.migrate('on')
        found.tell('off')
        CONF.set_override('pci_in_placement', True, 'filter_scheduler')
        found.boot('on again')
        for name in ('before', 'on', 'off'):
            found.migrate(name)
        found.tell('on again')
        print(json.dumps([found.told, found.delete_all()]))


if __name__ == '__main__':
    main()
