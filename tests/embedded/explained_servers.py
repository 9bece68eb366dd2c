# SPDX-License-Identifier: Apache-2.0

"""Explain servers that failed, run, moved and went, in an embedded Nova.

Run as a program with ``placement`` or ``pools``: whether the devices are in
Placement. Prints what is said of each server, by the scene, and what the
command shows of three.
"""

import json
import subprocess
import sys
import time

from nova_pci_ext.quickstart import threads

threads.use_threads()

import nova.conf  # noqa: E402
from nova import context as nova_context  # noqa: E402
from nova.db.api import api as api_db  # noqa: E402
from nova.db.api import models as api_models  # noqa: E402
from nova.pci import request as pci_request  # noqa: E402

from nova_pci_ext import exceptions  # noqa: E402
from nova_pci_ext.quickstart import client  # noqa: E402
from nova_pci_ext.quickstart import observe  # noqa: E402
from nova_pci_ext.servers import data  # noqa: E402
from nova_pci_ext.servers import run  # noqa: E402
from tests.embedded import gpu_cloud  # noqa: E402

CONF = nova.conf.CONF
NO_PLACEMENT = """
[pci]
report_in_placement = False
[filter_scheduler]
pci_in_placement = False
"""


class Teller:
    """Boots servers, and says what is told of them."""

    def __init__(self, cloud):
        self.cloud = cloud

    def boot(self, name, alias, **more):
        return self.cloud.boot(name, self.cloud.flavor(alias), **more)['id']

    def told(self, text, **more):
        """Return the document of a server, or why there is none."""
        try:
            told = run.explain(text, **more)
        except exceptions.PciExtError as error:
            return str(error)
        found = data.document(told, 0)
        found['hosts'] = {each['host']: [
            each['answer'], each['words'],
            [device.get('address') for device in each['devices']]]
            for each in found['hosts']}
        return found

    def command(self, *words):
        """Run the command in another process, as an operator would."""
        folder = next(iter(self.cloud.cloud.state_paths.values())).parent
        done = subprocess.run(
            [sys.executable, '-m', 'nova_pci_ext.cli.main', 'explain',
             '--config-file', folder / 'nova.conf',
             '--config-file', folder / 'embedded.conf', *words],
            capture_output=True, text=True, timeout=400)
        return [done.returncode, done.stdout, done.stderr]


def change_spec(uuid, change):
    """Change the stored request of a server."""
    context = nova_context.get_admin_context()

    @api_db.context_manager.writer
    def write(context):
        rows = context.session.query(api_models.RequestSpec).filter_by(
            instance_uuid=uuid)
        change(rows)
    write(context)


def main(kind):
    """Make the servers, and print."""
    hosts = [gpu_cloud.host('h0', gpu_cloud.gpus(4)),
             gpu_cloud.host('h1', gpu_cloud.gpus(2))]
    with gpu_cloud.running(
            hosts, more='' if kind == 'placement' else NO_PLACEMENT) as cloud:
        print(json.dumps(scenes(Teller(cloud), cloud)))


def scenes(teller, cloud):
    """Return what is told, by the scene."""
    told = {}
    never = teller.boot('never', 'a1:5')
    told['never'] = teller.told(never)
    told['by name'] = teller.told('never')['server']['uuid'] == never
    told['unknown'] = teller.told('11111111-2222-3333-4444-555555555555')
    told['no name'] = teller.told('nobody')
    big = teller.boot('big', 'a1:3')
    told['runs'] = teller.told(big)
    told['shown'] = teller.command('--server', big)
    small = teller.boot('small', 'a1:2')
    told['full'] = teller.told(big)
    told['only here'] = teller.told(big, host='h0')['hosts']
    told['no host'] = teller.told(big, host='h9')['verdict']
    failed = teller.boot('failed', 'a1:2')
    told['failed'] = teller.told(failed)
    told['failed, shown'] = teller.command('--server', failed)
    cloud.delete(small)
    told['room since'] = teller.told(failed)
    told['as JSON'] = teller.command('--server', 'failed', '-f', 'json')
    told['deleted'] = teller.told(small)
    told['twice'] = twice(teller)
    told.update(moves(teller, cloud))
    told.update(damages(teller, cloud, failed))
    return told


def twice(teller):
    """Return what is told of a name that two servers have."""
    first, second = (teller.boot('twin', 'a1:9') for _ in range(2))
    found = teller.told('twin')
    return [found.replace(first, 'A').replace(second, 'B')
            if isinstance(found, str) else found]


def moves(teller, cloud):
    """Resize, shelve and fail to resize a server."""
    told = {}
    # While it is there, h0 alone has a device for the other.
    stopgap = teller.boot('stopgap', 'a1:2')
    server = teller.boot('mover', 'a1:1')
    cloud.delete(stopgap)
    told['before a resize'] = teller.told(server)
    told['to a flavor'] = teller.told(
        server, flavor=flavor_name(cloud, 'a1:2'))['hosts']
    try:
        cloud.act(server, 'resize', {'flavorRef': cloud.flavor('a1:5')})
    except client.ApiError as error:
        told['api'] = str(error)
    told['failed resize'] = teller.told(server)
    cloud.act(server, 'resize', {'flavorRef': cloud.flavor('a1:2')},
              'VERIFY_RESIZE')
    told['resized'] = teller.told(server)
    cloud.api.call('POST', f'/servers/{server}/action',
                   {'confirmResize': None})
    cloud.wait(server, 'ACTIVE')
    found = cloud.act(server, 'shelve', None, 'SHELVED_OFFLOADED')
    deadline = time.monotonic() + 90
    while observe.owned_addresses(server) or gpu_cloud.where(found):
        # A compute gives them back a moment after the state is written.
        assert time.monotonic() < deadline
        time.sleep(0.1)
        found = cloud.wait(server, 'SHELVED_OFFLOADED')
    told['shelved'] = teller.told(server)
    cloud.delete(server)
    return told


def flavor_name(cloud, alias):
    found = cloud.api.call('GET', f'/flavors/{cloud.flavor(alias)}')
    return found['flavor']['name']


def damages(teller, cloud, failed):
    """Take things away that a request once named."""
    told = {}
    cloud.service('h1', status='disabled', disabled_reason='broken fan')
    told['disabled'] = teller.told(failed)
    cloud.service('h1', status='enabled')
    big = next(each['id'] for each in cloud.api.servers()
               if each['name'] == 'big')
    cloud.api.call('DELETE', f'/flavors/{cloud.flavor("a1:3")}')
    told['flavor gone'] = teller.told(big)
    CONF.set_override('alias', [], 'pci')
    pci_request.get_alias_from_config.cache_clear()
    told['alias gone'] = teller.told(failed)
    CONF.clear_override('alias', 'pci')
    pci_request.get_alias_from_config.cache_clear()
    change_spec(failed, lambda rows: rows.update({'spec': '{"x": '}))
    told['unreadable'] = teller.told(failed)
    change_spec(failed, lambda rows: rows.delete())
    told['missing'] = teller.told(failed)
    return told


if __name__ == '__main__':
    main(*sys.argv[1:])
