# SPDX-License-Identifier: Apache-2.0

"""Explain servers on one host, boot them, and compare with what they hold.

Prints what is said and what the server holds for each of two aliases, and
then why a server is refused while somebody else has units in Placement.
"""

import json
import uuid

from nova_pci_ext.quickstart import threads

threads.use_threads()

from nova.scheduler.client import report as placement_client  # noqa: E402

from nova_pci_ext.explaining import report  # noqa: E402
from nova_pci_ext.explaining import run  # noqa: E402
from nova_pci_ext.explaining import server_request  # noqa: E402
from tests.embedded import gpu_cloud  # noqa: E402
from tests.embedded.alternatives import ENTRY  # noqa: E402
from tests.embedded.one_node import NEAR  # noqa: E402

GPU = '\n'.join(ENTRY % product for product in ('20b0', '1db6'))
CLASS = 'CUSTOM_PCI_10DE_1DB6'


class Teller:
    """Asks, boots and takes units in one running cloud."""

    def __init__(self, cloud):
        self.cloud = cloud
        self.client = placement_client.report_client_singleton()
        self.names = {each['uuid']: each['name'].upper()
                      for each in self.client.get(
                          '/resource_providers').json()['resource_providers']}

    def answer(self, alias, **extra_specs):
        """Return what explain says of the only host."""
        (found,) = run.explain_cloud(server_request.ServerRequest(
            extra_specs={'pci_passthrough:alias': alias, **extra_specs}),
        ).answers
        return found

    def compare(self, alias, **extra_specs):
        """Return the providers that are said, and those that are held."""
        said = sorted(self.names[take['provider']] for take
                      in report.used_data(self.answer(alias, **extra_specs)))
        server = self.cloud.boot(
            alias, self.cloud.flavor(alias, **extra_specs))
        return [said, sorted(self.cloud.held(server['id']))]

    def refusal(self, alias):
        """Return why the host refuses."""
        found = self.answer(alias)
        return [report.group(found), report.words(found)]

    def take(self, addresses):
        """Let somebody else have GPUs in Placement alone."""
        wanted = {f'H0_{address}' for address in addresses}
        self.client.put(f'/allocations/{uuid.uuid4()}', {
            'allocations': {
                found: {'resources': {CLASS: 1}}
                for found, name in self.names.items() if name in wanted},
            'project_id': 'p', 'user_id': 'u', 'consumer_generation': None},
            version='1.28')


def main():
    host = gpu_cloud.host('h0', (
        *gpu_cloud.gpus(8), *gpu_cloud.gpus(2, '20b0', 0x40)))
    with gpu_cloud.running([host], aliases=f'{gpu_cloud.A1}\n{GPU}') as cloud:
        found = Teller(cloud)
        told = [found.compare('gpu:3'), found.compare('a1:2', **NEAR),
                found.refusal('a1:6')]
        free = sorted({f'0000:{number:02X}:00.0' for number in range(
            0x10, 0x18)} - {name.partition('_')[2] for _, held in told[:2]
                            for name in held})
        found.take(free[:1])
        told.append(found.refusal(f'a1:{len(free)}'))
        found.take(free[1:])
        told.append(found.refusal('a1:1'))
    print(json.dumps(told))


if __name__ == '__main__':
    main()
