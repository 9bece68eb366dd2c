# SPDX-License-Identifier: Apache-2.0

"""``--keep``: leave the cloud running for the reader's own client."""

import pathlib
import shlex
import shutil
import signal
import sys
import sysconfig
import threading

from nova_pci_ext.model.printable import printable_lines
from nova_pci_ext.quickstart import client
from nova_pci_ext.quickstart import cloud
from nova_pci_ext.quickstart import gateway
from nova_pci_ext.quickstart import plan
from nova_pci_ext.quickstart import services
from nova_pci_ext.quickstart import settings
from nova_pci_ext.quickstart import stand_ins
from nova_pci_ext.quickstart import web

#: Name of the key pair, as in the article of 2014.
KEY = 'test'

_TEXT = """
Nova's API is served until you press Ctrl-C. In another terminal, with
python-novaclient or python-openstackclient installed:
{path}
  export OS_AUTH_URL={identity}/v3 OS_USERNAME=admin OS_PASSWORD=any
  export OS_PROJECT_NAME=quickstart OS_IDENTITY_API_VERSION=3
  export OS_USER_DOMAIN_ID=default OS_PROJECT_DOMAIN_ID=default

  nova flavor-key m1.large set "pci_passthrough:alias"="{alias}:{count}"
  nova boot --image {image} --key-name {key} --flavor m1.large --poll 123
  nova show 123
{port}
  openstack flavor set --property "pci_passthrough:alias={alias}:{count}" \
m1.large
  openstack server create --flavor m1.large --image {image} \
--nic none --wait server3

  nova-pci explain {files} --flavor m1.large
  nova-pci audit {files}
  nova-pci fleet {files}
  nova-pci devices {files} \
--inventory {inventory}

  openstack server list --long

The article of 2014 has --key_name, which novaclient calls --key-name today.
Without --nic a server gets a port on the one network, which needs no device.
"""

_PORT = """
  openstack port create --network {physnet} --vnic-type direct port1
  nova boot --flavor m1.small --image {image} --poll \
--nic port-id=$(openstack port show -f value -c id port1) server2
"""


def serve_until_interrupted(running: cloud.Cloud, wanted: plan.Plan,
                            folder: pathlib.Path) -> None:
    """Serve what clients need, print how to use it, and wait for Ctrl-C.

    :param folder: where the configuration of the services is
    """
    application = gateway.Gateway(
        running.stand_ins, running.api_url, running.placement_url)
    interrupted = threading.Event()
    before = {number: signal.signal(number, lambda *_: interrupted.set())
              for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with web.WebServer(application) as server:
            settings.write_for_commands(folder, f'{server.url}/network')
            client.Client(running.api_url).create_key(KEY)
            print(printable_lines(commands(
                f'{server.url}/identity', wanted, folder)),
                file=sys.stderr, flush=True)
            interrupted.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def commands(identity: str, wanted: plan.Plan, folder: pathlib.Path) -> str:
    """Return the command lines to use, to the letter."""
    host = wanted.hosts[0].host
    port = '' if wanted.physnet is None else _PORT.format(
        physnet=wanted.physnet, image=stand_ins.IMAGE_NAME)
    return _TEXT.format(path=_path_line(), identity=identity,
                        alias=wanted.alias, port=port, count=wanted.count,
                        image=stand_ins.IMAGE_NAME, key=KEY,
                        files=settings.arguments(folder),
                        inventory=folder / host / services.INVENTORY_FILE)


def _path_line() -> str:
    """Return what makes a shell find our commands; '' where PATH does.

    The commands of a virtual environment, as make has made it, are found by
    nobody who has not activated it.
    """
    place = sysconfig.get_path('scripts')
    found = shutil.which('nova-pci')
    if found and (pathlib.Path(found).parent.resolve()
                  == pathlib.Path(place).resolve()):
        return ''
    return f'\n  export PATH={shlex.quote(place)}:"$PATH"'
