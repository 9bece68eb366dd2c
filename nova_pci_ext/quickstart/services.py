# SPDX-License-Identifier: Apache-2.0

"""Nova's own services, started as their commands start them."""

import contextlib
import pathlib
from collections.abc import Iterator
from typing import Any
from typing import Protocol
from wsgiref.types import WSGIApplication

import nova.conf
from nova import service
from nova.api.openstack import wsgi_app
from nova.compute import rpcapi as compute_rpcapi
from nova.conductor import rpcapi as conductor_rpcapi
from nova.scheduler import rpcapi as scheduler_rpcapi
from nova.virt import node
from paste import deploy

CONF = nova.conf.CONF

INVENTORY_FILE = 'pci-inventory.json'
# From Nova 34 on a compute listens to a second topic.
_COMPUTE_EXTRA = (
    {'topic_alt': compute_rpcapi.RPC_TOPIC_ALT}
    if hasattr(compute_rpcapi, 'RPC_TOPIC_ALT') else {})


class Service(Protocol):
    """``nova.service.Service``."""

    manager: Any

    def stop(self) -> None:
        """End the service."""

    def start(self) -> None:
        """Start the service."""


def start_conductor() -> Service:
    """Start nova-conductor; computes and scheduler need it."""
    return _start('nova-conductor', 'conductor', conductor_rpcapi.RPC_TOPIC)


def start_scheduler() -> Service:
    """Start nova-scheduler with the filters of the configuration."""
    return _start('nova-scheduler', 'scheduler', scheduler_rpcapi.RPC_TOPIC)


def start_compute(host: str, state_path: pathlib.Path) -> Service:
    """Start one nova-compute.

    The computes of one process share one configuration; what differs from
    host to host is read while the service starts, so it is set for so long.

    :param host: name of the host and of its only node
    :param state_path: folder of this compute, with its recorded inventory
    """
    with _overridden(host=host, state_path=str(state_path)):
        # Nova caches the identity that it reads from the state path.
        node.LOCAL_NODE_UUID = None
        try:
            return _start('nova-compute', host, compute_rpcapi.RPC_TOPIC,
                          **_COMPUTE_EXTRA)
        finally:
            node.LOCAL_NODE_UUID = None


def _start(binary: str, host: str, topic: str, **extra: str) -> Service:
    started: Service = service.Service.create(
        host=host, binary=binary, topic=topic, **extra)
    started.start()
    return started


@contextlib.contextmanager
def _overridden(**values: str) -> Iterator[None]:
    for name, value in values.items():
        CONF.set_override(name, value)
    try:
        yield
    finally:
        for name in values:
            CONF.clear_override(name)


def load_api() -> WSGIApplication:
    """Return Nova's API as a WSGI application.

    The service is registered, and ``[pci] alias`` is checked, by Nova's own
    function, as a web server would have it.
    """
    wsgi_app._setup_service(CONF.host, 'osapi_compute')
    application: WSGIApplication = deploy.loadapp(
        f'config:{CONF.wsgi.api_paste_config}', name='osapi_compute')
    return application
