# SPDX-License-Identifier: Apache-2.0

"""``--keep``: leave the cloud running for the reader's own client."""

import signal
import sys
import threading

from nova_pci_ext.model.printable import printable_lines
from nova_pci_ext.quickstart import cloud
from nova_pci_ext.quickstart import gateway
from nova_pci_ext.quickstart import plan
from nova_pci_ext.quickstart import stand_ins
from nova_pci_ext.quickstart import web

_TEXT = """
Nova's API is served until you press Ctrl-C. In another terminal, with
python-novaclient or python-openstackclient installed:

  export OS_AUTH_URL={identity}/v3 OS_USERNAME=admin OS_PASSWORD=any
  export OS_PROJECT_NAME=quickstart OS_IDENTITY_API_VERSION=3
  export OS_USER_DOMAIN_ID=default OS_PROJECT_DOMAIN_ID=default

  nova flavor-key m1.large set "pci_passthrough:alias"="{alias}:{count}"
  nova boot --flavor m1.large --image {image} --nic none --poll server1
  nova show server1
{port}
  openstack flavor set --property "pci_passthrough:alias={alias}:{count}" \
m1.large
  openstack server create --flavor m1.large --image {image} \
--nic none --wait server3
  openstack server list --long
"""

_PORT = """
  openstack port create --network {physnet} --vnic-type direct port1
  nova boot --flavor m1.small --image {image} --poll \
--nic port-id=$(openstack port show -f value -c id port1) server2
"""


def serve_until_interrupted(running: cloud.Cloud, wanted: plan.Plan) -> None:
    """Serve what clients need, print how to use it, and wait for Ctrl-C."""
    application = gateway.Gateway(
        running.stand_ins, running.api_url, running.placement_url)
    interrupted = threading.Event()
    before = {number: signal.signal(number, lambda *_: interrupted.set())
              for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with web.WebServer(application) as server:
            print(printable_lines(commands(f'{server.url}/identity', wanted)),
                  file=sys.stderr, flush=True)
            interrupted.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def commands(identity: str, wanted: plan.Plan) -> str:
    """Return the command lines to use, to the letter."""
    port = '' if wanted.physnet is None else _PORT.format(
        physnet=wanted.physnet, image=stand_ins.IMAGE_NAME)
    return _TEXT.format(identity=identity, alias=wanted.alias, port=port,
                        count=wanted.count, image=stand_ins.IMAGE_NAME)
