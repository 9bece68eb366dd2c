# SPDX-License-Identifier: Apache-2.0

"""How to use the cloud: credentials, and the commands to boot servers."""

import os
import pathlib
from collections.abc import Mapping

from cloud import hosts
from cloud import layout
from cloud import settings

#: A host, and one of its GPUs.
HOST, CARD = 'gpu-1', '0000:af:00.0'


def environment(place: layout.Layout) -> Mapping[str, str]:
    """Return what the clients read from the environment."""
    return {
        'OS_AUTH_URL': f'{place.url("keystone")}/v3',
        'OS_IDENTITY_API_VERSION': '3', 'OS_USERNAME': 'admin',
        'OS_PASSWORD': layout.PASSWORD, 'OS_PROJECT_NAME': 'admin',
        'OS_USER_DOMAIN_NAME': 'Default', 'OS_PROJECT_DOMAIN_NAME': 'Default',
        'OS_REGION_NAME': 'RegionOne', 'OS_COMPUTE_API_VERSION': '2.96'}


def write_rc(place: layout.Layout) -> pathlib.Path:
    """Write the file that a shell sources, and return its path."""
    path = place.folder / 'openrc'
    lines = [f'export {name}={value}'
             for name, value in environment(place).items()]
    lines.append(f'export PATH={place.venv / "bin"}:$PATH')
    path.write_text('\n'.join(lines) + '\n')
    return path


# Each of the two texts boots one server with two devices of alias a1 and one
# with a port on a VF of physical network physnet2.
NOVA_COMMANDS = """\
nova flavor-key m1.large set "pci_passthrough:alias"="a1:2"
nova boot --flavor m1.large --image empty --nic none --poll nova-a1
port=$(openstack port create --network net2 --vnic-type direct \
-f value -c id nova-port)
nova boot --flavor m1.small --image empty --nic port-id=$port --poll nova-vf
"""
OPENSTACK_COMMANDS = """\
openstack flavor set m1.large --property "pci_passthrough:alias"="a1:2"
openstack server create --flavor m1.large --image empty --no-network \
--wait openstack-a1
openstack port create --network net2 --vnic-type direct openstack-port
openstack server create --flavor m1.small --image empty \
--port openstack-port --wait openstack-vf
"""


def pci_commands(place: layout.Layout) -> str:
    """Return commands of ``nova-pci``, for a shell in the clone.

    Those of a controller read the databases; those of a host have its
    recording and the configuration of its nova-compute.
    """
    controller = f'--config-file {_shown(place.etc / "nova" / settings.NOVA)}'
    host = (f'--config-file {_shown(settings.compute_settings(place, HOST))} '
            f'--inventory {_shown(hosts.inventory_path(place, HOST))}')
    return (f'nova-pci fleet {controller}\n'
            f'nova-pci explain --flavor m1.large {controller}\n'
            f'nova-pci devices --host {HOST} {controller}\n'
            f'nova-pci audit --host {HOST} {controller}\n'
            f'nova-pci drain {CARD} --reason "fan fails" {host}\n'
            f'nova-pci undrain {CARD} {host}\n')


def _shown(path: pathlib.Path) -> str:
    return os.path.relpath(path, layout.ROOT)


def describe(place: layout.Layout) -> str:
    """Return what ``make cloud`` prints when the cloud is ready."""
    rc = _shown(write_rc(place))
    given = environment(place)
    return (f'The cloud is ready. Its files are in '
            f'{_shown(place.folder)} '
            f'(etc, logs, state).\n\n'
            f'Credentials: user {given["OS_USERNAME"]}, password '
            f'{given["OS_PASSWORD"]}, project {given["OS_PROJECT_NAME"]}, '
            f'{given["OS_AUTH_URL"]}\n\n. {rc}\n\n'
            f'With python-novaclient:\n\n{NOVA_COMMANDS}\n'
            f'With python-openstackclient:\n\n{OPENSTACK_COMMANDS}\n'
            f'With nova-pci, as on a controller, and as on {HOST}:\n\n'
            f'{pci_commands(place)}\n'
            f'make cloud-down ends it.\n')
