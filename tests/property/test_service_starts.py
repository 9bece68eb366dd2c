# SPDX-License-Identifier: Apache-2.0

"""``nova-pci check`` and Nova agree on whether the services start.

Generated files are read by oslo.config; Nova's parsers of both options, its
``HostManager`` and its translator to Placement do what they do at a start.
``NOVA_PCI_CONFIGURATIONS`` sets the number of files.
"""

import contextlib
import os
import warnings
from unittest import mock

import nova.conf
import pytest
from hypothesis import given
from hypothesis import HealthCheck
from hypothesis import settings
from hypothesis import strategies as st
from nova.compute import pci_placement_translator
from nova.pci import request
from nova.scheduler import host_manager

from nova_pci_ext.configuration import checking
from nova_pci_ext.configuration import loader
from nova_pci_ext.configuration import pci_ext
from nova_pci_ext.configuration.config_files import SourceKind
from nova_pci_ext.exceptions import Fault
from nova_pci_ext.model.device import DeviceType
from tests import configuration_hosts
from tests import novas_own

pytestmark = [pytest.mark.property, pytest.mark.nova]

CONF = nova.conf.CONF
FILES = int(os.environ.get('NOVA_PCI_CONFIGURATIONS', '300'))
HOST = configuration_hosts.HOSTS['nic']
PFS = {str(device.address) for device in HOST.devices
       if device.dev_type is DeviceType.PF}
VF = '"vendor_id": "15b3", "product_id": "101e"'
PF = '"vendor_id": "15b3", "product_id": "101d"'

# Good ones come first and twice: most files should get far.
SPECS = (
    f'{{{VF}}}', f'{{{VF}, "physical_network": "p"}}',
    '{"address": "0000:3b:00.2"}', '{"address": "*:3b:01.*", '
    '"product_id": "101e", "resource_class": "A"}',
    f'[{{{VF}}}, {{"vendor_id": "8086"}}]', f'[\n  {{{VF}}}\n  ]',
    f'{{{PF}}}', '{"vendor_id": "15b3"}', '[]', 'null', '3', '"text"', '',
    '{"address": "0000:3b:00.0"}', '{"address": "0000:3b:00.3", '
    '"resource_class": "B"}', '{"address": "0000:3b:00.3", "traits": "T"}',
    '{"address": "0000:3b:00.4", "live_migratable": "yes"}',
    f'{{{VF}, "one_time_use": "yes"}}', f'{{{VF}, "one_time_use": "no"}}',
    f'{{{PF}, "one_time_use": "true"}}', '{"devname": "ens1f0np0"}',
    '{"devname": "eth0", "address": "0000:01:00.0"}',
    '{"adress": "0000:01:00.0"}', '{"vendor_id": "80861"}',
    '{"vendor_id": 8086}', '{"vendor_id": "xyz"}', '{"product_id": "*"}',
    '{"address": "0000:3b:00.9"}', '{"address": "1:2:3:4"}',
    '{"address": {"bus": "3b"}}', '{"address": {"bus": "[3"}}',
    '{"address": {"function": "[2-5]$"}}', '{"address": 5}',
    "{'vendor_id': '8086'}", '{vendor_id: 1}', '{"vendor_id": "8086"} # x',
    '{"vendor_id": "8086", "net": "$net"}',
    '{"vendor_id": "8086", "net": "$$net"}',
    '{"vendor_id": "8086", "net": "$my_ip"}',
    '{"vendor_id": "8086", "net": "${pci.report_in_placement}"}',
    '{"vendor_id": "8086", "managed": "perhaps"}',
    '{"vendor_id": "8086", "live_migratable": "perhaps"}',
    '{"vendor_id": "8086", "x": null}', '{"vendor_id": "8086", "x": [1]}',
    '{"vendor_id": "8086", "vendor_id": "8087"}')
ALIASES = (
    f'{{{VF}, "name": "a", "device_type": "type-VF"}}',
    f'{{{PF}, "name": "b", "device_type": "type-PF"}}',
    '{"name": "c", "resource_class": "A"}',
    f'{{{VF}, "name": "a", "device_type": "type-VF", "traits": "T"}}',
    f'{{{PF}, "name": "a", "device_type": "type-PF"}}',
    f'{{{VF}, "name": "a"}}', '{"name": "d"}', f'{{{VF}}}',
    f'{{{VF}, "name": ""}}', f'{{{VF}, "name": "d", "address": "x"}}',
    f'{{{VF}, "name": "d", "numa_policy": "required"}}',
    f'{{{VF}, "name": "a", "device_type": "type-VF", '
    '"numa_policy": "socket"}', f'{{{VF}, "name": "e", "numa_policy": "x"}}',
    '{"name": "f", "vendor_id": "8086"}', '{"name": 3}', '[]', 'x', '$alias',
    f'{{{VF}, "name": "g", "device_type": "vdpa"}}',
    f'{{{VF}, "name": "g", "live_migratable": "perhaps"}}')
SWITCHES = ('true', 'false', 'True', '1', 'off', 'maybe', '', '$nothing',
            '"yes"')
FILTERS = (
    'ComputeFilter', 'PciPassthroughFilter', 'NUMATopologyFilter',
    'RamFilter', 'AvailabilityZoneFilter', 'PciPasthroughFilter',
    'nova.scheduler.filters.compute_filter.ComputeFilter', '')
AVAILABLE = (
    'nova.scheduler.filters.all_filters',
    'nova_pci_ext.scheduler.filters.PciPassthroughFilter',
    'nova.scheduler.filters.compute_filter.ComputeFilter',
    'nova.scheduler.filters.ram_filter.RamFilter', 'nova.scheduler.filters',
    'nova.scheduler.filters.all_filters, x', 'PciPassthroughFilter')
WEIGHERS = (
    'nova.scheduler.weights.all_weighers',
    'nova_pci_ext.scheduler.weights.PciFitWeigher',
    'nova.scheduler.weights.ram.RAMWeigher',
    'nova.scheduler.weights.ram.RAMWeiger', 'x')
PLACES = (('pci', 'device_spec'), ('pci', 'device_spec'),
          ('PCI', 'device_spec'), ('pci', 'passthrough_whitelist'),
          ('DEFAULT', 'pci_passthrough_whitelist'),
          ('libvirt', 'device_spec'), ('default', 'device_spec'))
ALIAS_PLACES = (('pci', 'alias'), ('pci', 'alias'), ('Pci', 'alias'),
                ('DEFAULT', 'pci_alias'), ('default', 'pci_alias'))
ODD_LINES = ('# a\u2028[pci', '; note', '', ' indented', '[pci', '[]',
             'a line', '# one\x0cdevice_spec = x', '= 3', '[pci]  # ours')


def option(places, values):
    """Make an option in one of its places, with a section of its own."""
    return st.builds(
        lambda place, value, sign: f'[{place[0]}]\n{place[1]} {sign} {value}',
        st.sampled_from(places), mostly_first(values),
        st.sampled_from(('=', '=', '=', ':')))


def mostly_first(values):
    """Draw one of the first six, which are good, half of the time."""
    return st.one_of(st.sampled_from(values[:6]), st.sampled_from(values))


PARTS = st.one_of(
    option(PLACES, SPECS), option(PLACES[:2], SPECS),
    option(ALIAS_PLACES, ALIASES),
    option((('pci', 'report_in_placement'),), SWITCHES),
    option((('filter_scheduler', 'pci_in_placement'),), SWITCHES),
    option((('filter_scheduler', 'available_filters'),), AVAILABLE),
    option((('filter_scheduler', 'weight_classes'),),
           (*WEIGHERS, f'{WEIGHERS[0]},{WEIGHERS[1]}',
            f'{WEIGHERS[2]},\n  {WEIGHERS[1]}')),
    st.lists(mostly_first(FILTERS[:3] * 2 + FILTERS), min_size=1,
             max_size=3).map(lambda names: '[filter_scheduler]\n'
                             f'enabled_filters = {",".join(names)}'))
TEXTS = st.builds(
    lambda parts, odd, where: '\n'.join(
        parts[:where] + odd + parts[where:]) + '\n',
    st.lists(PARTS, min_size=1, max_size=4),
    st.one_of(st.just([]), st.just([]), st.just([]),
              st.sampled_from(ODD_LINES).map(lambda line: [line])),
    st.integers(0, 4))


class Device:
    """A device of the host as Nova tracks it."""

    status = 'available'
    instance_uuid = None

    def __init__(self, device):
        self.address = str(device.address)
        self.vendor_id = device.vendor_id
        self.product_id = device.product_id
        self.dev_type = device.dev_type.value
        self.parent_addr = device.parent and str(device.parent)

    def report(self):
        """Return what the virt driver reports of it."""
        found = {'address': self.address, 'vendor_id': self.vendor_id,
                 'product_id': self.product_id, 'dev_type': self.dev_type,
                 'status': self.status, 'label': 'label'}
        if self.parent_addr:
            found['parent_addr'] = self.parent_addr
        return found


WHITELIST = novas_own.module('nova.pci.whitelist').Whitelist


def report_to_placement(specs):
    if not CONF.pci.report_in_placement:
        return
    pci_placement_translator.ensure_no_dev_spec_with_devname(specs)
    view = pci_placement_translator.PlacementView('host', [])
    for device in map(Device, HOST.devices):
        spec = next((spec for spec in specs
                     if spec.match(device.report())), None)
        if spec is not None:
            view.process_dev(device, spec)


def make_host_manager():
    nothing = mock.patch.multiple(
        host_manager.HostManager, refresh_cells_caches=mock.DEFAULT,
        _init_aggregates=mock.DEFAULT, _init_instance_info=mock.DEFAULT)
    with nothing:
        host_manager.HostManager()


def is_pf(domain, bus, slot, function):
    """Tell Nova of the host what it would read from its sysfs."""
    return f'{domain}:{bus}:{slot}.{function}' in PFS


def alternatives_of_ours():
    """Accept what the services of ours do with our candidates.

    The check warns that Nova's own nova-api does not.
    """
    if CONF.pci_ext.allocation_candidates == pci_ext.OURS:
        return mock.patch.object(request, '_validate_multispec',
                                 lambda aliases: None)
    return contextlib.nullcontext()


def nova_starts(path):
    """Do what the services do; return what they die of, None for nothing."""
    request.get_alias_from_config.cache_clear()
    try:
        CONF([f'--config-file={path}'], project='nova',
             default_config_files=[], default_config_dirs=[])
        with mock.patch('nova.pci.utils.is_physical_function', is_pf):
            specs = WHITELIST(CONF.pci.device_spec).specs
        with alternatives_of_ours():
            request.get_alias_from_config()
        _ = CONF.filter_scheduler.pci_in_placement
        report_to_placement(specs)
        make_host_manager()
    except Exception as exc:
        return exc
    finally:
        request.get_alias_from_config.cache_clear()
    return None


def errors_of(*paths):
    """Return the errors of the check of some files."""
    return checking.check(
        loader.load_files([(SourceKind.FILE, path) for path in paths]),
        inventory=HOST).errors


def check_starts(path):
    """Return the errors of the check that Nova should have too.

    Entries that only Nova takes go on to Placement without ``strict``.
    """
    lenient = path.with_name('lenient.conf')
    lenient.write_text('[pci_ext]\nstrict = false\n')
    return [error for error in errors_of(path, lenient)
            if error.fault is Fault.REFUSED]


@pytest.fixture
def path(tmp_path):
    pci_ext.register_opts(CONF)
    yield tmp_path / 'nova.conf'
    CONF([], project='nova', default_config_files=[], default_config_dirs=[])


@settings(max_examples=FILES, derandomize=True, deadline=None, database=None,
          suppress_health_check=list(HealthCheck))
@given(text=TEXTS)
def test_the_check_says_what_the_services_do(path, text):
    path.write_bytes(text.encode())
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        died = nova_starts(path)
        refused = check_starts(path)
        errors = errors_of(path)
    assert (died is None) == (not refused), (
        f'{text}\nNova: {died!r}\ncheck: {[str(each) for each in refused]}')
    assert died is None or errors, f'{text}\nNova: {died!r}'
