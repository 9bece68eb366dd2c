# SPDX-License-Identifier: Apache-2.0

"""Write the configuration of every service from ``cloud/etc``."""

import dataclasses
import pathlib
import shutil
import string
from collections.abc import Mapping

from cloud import hosts
from cloud import layout

TEMPLATES = pathlib.Path(__file__).parent / 'etc'
FILES: Mapping[str, str] = {
    'my.cnf': 'mariadb/my.cnf', 'rabbitmq.conf': 'rabbitmq/rabbitmq.conf',
    'keystone.conf': 'keystone/keystone.conf',
    'placement.conf': 'placement/placement.conf',
    'glance-api.conf': 'glance/glance-api.conf',
    'neutron.conf': 'neutron/neutron.conf'}
#: As doc/source/ports.rst has it.
POLICY = (layout.ROOT / 'doc' / 'source' / 'examples' / 'neutron-driver'
          / 'policy.yaml')
NOVA = 'nova.conf'
LIBVIRT = 'pci_ext.LibvirtDriver'
PASTE = ('nova/api-paste.ini', 'neutron/api-paste.ini',
         'glance/glance-api-paste.ini')
#: As doc/source/install.rst has it.
OURS = """\
available_filters = nova.scheduler.filters.all_filters
available_filters = nova_pci_ext.scheduler.filters.PciPassthroughFilter
weight_classes = nova_pci_ext.scheduler.weights.all_weighers
pci_weight_multiplier = 10.0
"""
FILTERS = """\
enabled_filters = ComputeFilter,ComputeCapabilitiesFilter,\
ImagePropertiesFilter,NUMATopologyFilter,PciPassthroughFilter
"""
DATABASES = """\
[api_database]
connection = {database}/nova_api?charset=utf8mb4
[database]
connection = {database}/nova?charset=utf8mb4
"""
SERVICE_AUTH = """\
auth_type = password
auth_url = {keystone}/v3
username = nova
password = {password}
user_domain_name = Default
project_name = service
project_domain_name = Default
"""


class _Template(string.Template):
    """A dollar sign is Nova's own in these files."""

    delimiter = '@'


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What may differ from one cloud to the next.

    :ivar in_placement: Placement has the devices that aliases ask for
    :ivar nova_classes: Nova's own filter, weigher and tracker, to compare
        with
    :ivar more: further lines of nova.conf, for all of Nova
    """

    in_placement: bool = False
    nova_classes: bool = False
    more: str = ''


def write_settings(place: layout.Layout, choice: Choice) -> None:
    """Write all files anew; the services read them when they start."""
    for folder in (place.logs, place.run, place.state / 'nova'):
        folder.mkdir(parents=True, exist_ok=True)
    values = _values(place, choice)
    for source, target in FILES.items():
        _write(place.etc / target, source, values)
    _write(place.etc / 'nova' / NOVA, NOVA, {
        **values, 'host': '', 'state': place.state / 'nova',
        'databases': DATABASES.format(**values),
        'compute_driver': driver(choice)})
    shutil.copyfile(POLICY, place.etc / 'neutron' / 'policy.yaml')
    for name in PASTE:
        shutil.copyfile(place.venv / 'etc' / name, place.etc / name)
    for host in hosts.recorded(place):
        write_compute(place, choice, host, driver(choice))
        # A host keeps what was plugged in when the cloud is started again.
        if not hosts.inventory_path(place, host).exists():
            hosts.plug(place, host, hosts.recording(host))


def driver(choice: Choice) -> str:
    """Return the ``compute_driver`` of the recorded hosts."""
    return f'pci_ext.Recorded{"Host" if choice.nova_classes else "Driver"}'


def is_ours(path: pathlib.Path) -> bool:
    """Whether a compute with these settings has our classes."""
    return driver(Choice(nova_classes=True)) not in path.read_text()


def write_compute(place: layout.Layout, choice: Choice, host: str,
                  compute_driver: str) -> pathlib.Path:
    """Give a compute its own name and state; return its ``nova.conf``.

    It gets no database: computes reach it through the conductor alone.
    """
    path = compute_settings(place, host)
    _write(path, NOVA, {
        **_values(place, choice), 'host': f'host = {host}',
        'state': place.state / host, 'databases': '',
        'compute_driver': compute_driver})
    if compute_driver == LIBVIRT:
        # Nova wants libvirt 10 for such an entry; Debian 12 has 9.
        path.write_text(''.join(
            line for line in path.read_text().splitlines(keepends=True)
            if not (line.startswith('device_spec')
                    and 'live_migratable' in line)))
    return path


def compute_settings(place: layout.Layout, host: str) -> pathlib.Path:
    """Return the ``nova.conf`` of a compute."""
    return place.etc / host / NOVA


def _write(path: pathlib.Path, source: str,
           values: Mapping[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        _Template((TEMPLATES / source).read_text()).substitute(values))


def _values(place: layout.Layout, choice: Choice) -> dict[str, object]:
    """Return what all templates may name."""
    ports = {name: place.port(name) for name in layout.PORTS}
    account = f'cloud:{layout.PASSWORD}@{layout.ADDRESS}'
    service_auth = SERVICE_AUTH.format(
        keystone=place.url('keystone'), password=layout.PASSWORD)
    placed = f'pci_in_placement = {choice.in_placement}\n'
    return {
        **ports, 'folder': place.folder, 'service_auth': service_auth,
        'socket': place.folder / 'mariadb.sock',
        'database': f'mysql+pymysql://{account}:{place.port("mariadb")}',
        'transport': f'rabbit://guest:guest@{layout.ADDRESS}:'
                     f'{place.port("rabbitmq")}/',
        'authtoken': f'www_authenticate_uri = {place.url("keystone")}\n'
                     f'service_token_roles_required = True\n{service_auth}',
        'in_placement': choice.in_placement, 'more': choice.more,
        'filters': ('' if choice.nova_classes else OURS)
                   + FILTERS + placed,
    }

