# SPDX-License-Identifier: Apache-2.0

"""A compute of the cloud with our LibvirtDriver, on a real libvirtd.

The libvirtd has the recorded igb host for its machine, as in tests/libvirt;
conductor, messages, databases, Placement and Neutron are those of the cloud.
"""

import contextlib
from collections.abc import Iterator

from cloud import backends
from cloud import databases
from cloud import layout
from cloud import processes
from cloud import rest
from cloud import services
from cloud import settings
from tests.libvirt import replay

HOST = 'libvirt-1'
NAME = f'compute-{HOST}'
SECTIONS = """\
[DEFAULT]
# libvirt's XML of a guest is a debug line.
debug = True
[libvirt]
virt_type = qemu
[nova_sys_admin]
helper_command = {helper} --config-file {conf}
"""


@contextlib.contextmanager
def running(place: layout.Layout, calls: rest.Rest,
            choice: settings.Choice) -> Iterator[replay.Replay]:
    """Let the cloud have one more compute for a while."""
    write_settings(place, choice)
    with replay.replayed() as host:
        command = services.compute_command(place, HOST)
        processes.start(place, processes.Command(
            name=NAME, arguments=host.command(*command.arguments)))
        try:
            services.wait(place, [NAME], lambda: bool(_node(place)))
            databases.map_hosts(place)
            services.wait(place, [NAME], lambda: _service(
                calls)['state'] == 'up')
            yield host
        finally:
            processes.stop(place, [NAME])
            calls.compute(
                'DELETE', f'/os-services/{_service(calls)["id"]}')


def write_settings(place: layout.Layout, choice: settings.Choice) -> None:
    """Write what the compute reads."""
    path = settings.write_compute(place, choice, HOST,
                                  settings.LIBVIRT)
    (place.state / HOST / 'instances').mkdir(parents=True, exist_ok=True)
    with path.open('a') as conf:
        conf.write(SECTIONS.format(
            conf=path, helper=place.program('privsep-helper')))


def _node(place: layout.Layout) -> str:
    return backends.query(
        place, 'SELECT uuid FROM nova.compute_nodes '
        f"WHERE deleted = 0 AND host = '{HOST}'")


def _service(calls: rest.Rest) -> dict[str, str]:
    found: list[dict[str, str]] = calls.compute(
        'GET', f'/os-services?binary=nova-compute&host={HOST}')['services']
    return found[0]
