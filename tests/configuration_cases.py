# SPDX-License-Identifier: Apache-2.0

"""Configurations that people write, and what becomes of each.

One row is a file, the host that it is checked against, and the exit status of
``nova-pci check``.  ``tests.configuration_table`` draws the documentation's
table of them, with all that the command says.
"""

import dataclasses
from collections.abc import Mapping

from tests import configuration_hosts

OK, WARNING, ERROR = range(3)
GPU = '"vendor_id": "10de", "product_id": "20b0"'
VF = '"vendor_id": "15b3", "product_id": "101e"'


@dataclasses.dataclass(frozen=True, kw_only=True)
class Case:
    """One configuration.

    :ivar kind: heading of the table that the case belongs to
    :ivar name: what is special about it, as a phrase
    :ivar text: the file
    :ivar status: exit status of the command
    :ivar host: key of ``configuration_hosts.HOSTS``, None for no host
    :ivar words: further words of the command line
    :ivar neutron: text of Neutron's files, by name
    :ivar shown: whether the documentation shows the case
    """

    kind: str
    name: str
    text: str
    status: int
    host: str | None = None
    words: tuple[str, ...] = ()
    neutron: Mapping[str, str] = dataclasses.field(default_factory=dict)
    shown: bool = True


def _cases(kind, *rows):
    for name, text, status, *more in rows:
        options = more[0] if more else {}
        yield Case(kind=kind, name=name, text=text, status=status, **options)


HIDDEN = {'shown': False}

PLACES = tuple(_cases(
    'Options that Nova never reads',
    ('option names without their prefix in [DEFAULT]',
     f'[DEFAULT]\npassthrough_whitelist = {{{GPU}}}\n'
     f'alias = {{{GPU}, "name": "g"}}\n', ERROR),
    ('device_spec in [libvirt]',
     f'[libvirt]\ndevice_spec = {{{GPU}}}\n[pci]\n', ERROR),
    ('names of no release in [pci]',
     f'[pci]\nwhitelist = {{{GPU}}}\naliases = {{{GPU}, "name": "g"}}\n'
     f'pci_device_spec = {{{GPU}}}\n', ERROR),
    ('each switch of Placement in the group of the other',
     '[pci]\npci_in_placement = True\n'
     '[filter_scheduler]\nreport_in_placement = True\n', ERROR),
    ('[default] in lower case',
     f'[default]\npci_alias = {{{GPU}, "name": "g"}}\n', ERROR),
    ('device_spec in [compute]',
     f'[compute]\ndevice_spec = {{{GPU}}}\n', ERROR, HIDDEN),
    ('pci_alias in [nova]',
     f'[nova]\npci_alias = {{{GPU}, "name": "g"}}\n', ERROR, HIDDEN),
    ('an alias in a group of its own',
     f'[my_gpus]\nalias = {{{GPU}, "name": "g"}}\n', ERROR, HIDDEN),
    ('a name with dashes', f'[pci]\ndevice-spec = {{{GPU}}}\n', ERROR,
     HIDDEN),
    ('a name in capitals', f'[pci]\nDevice_Spec = {{{GPU}}}\n', ERROR,
     HIDDEN),
    ('a group with blanks', f'[ pci ]\ndevice_spec = {{{GPU}}}\n', ERROR,
     HIDDEN),
    ('a group that is nearly right',
     '[filter-scheduler]\nenabled_filters = ComputeFilter\n', ERROR, HIDDEN),
    ('filters in [scheduler]',
     '[scheduler]\nenabled_filters = ComputeFilter\n', ERROR, HIDDEN),
    ('report_in_placement in [placement]',
     '[placement]\nreport_in_placement = true\n', ERROR, HIDDEN),
    ('our options in [DEFAULT]',
     '[DEFAULT]\nmetrics_listen = 127.0.0.1:9901\n', ERROR, HIDDEN),
    ('strict in [pci]', '[pci]\nstrict = false\n', ERROR),
    ('keys of an alias in device_spec',
     '[pci]\ndevice_spec = {"vendor_id": "10de", "numa_policy": "required", '
     '"name": "g"}\n', ERROR),
    ('device_type in device_spec',
     f'[pci]\ndevice_spec = {{{GPU}, "device_type": "type-PF"}}\n', ERROR,
     HIDDEN),
    ('keys of device_spec in an alias',
     f'[pci]\nalias = {{{GPU}, "name": "g", "address": "0000:3b:00.0"}}\n',
     ERROR),
    ('a tag of device_spec in an alias',
     f'[pci]\nalias = {{{GPU}, "name": "g", "managed": "no"}}\n', ERROR,
     HIDDEN),
    ('"None" as a network',
     f'[pci]\ndevice_spec = {{{VF}, "physical_network": "None"}}\n', ERROR),
    ('"null" as a network',
     f'[pci]\ndevice_spec = {{{VF}, "physical_network": "null"}}\n', ERROR,
     HIDDEN),
    ('a network with a blank behind it',
     f'[pci]\ndevice_spec = {{{VF}, "physical_network": "physnet1 "}}\n',
     ERROR, HIDDEN),
    ('options of other groups',
     '[libvirt]\nvirt_type = kvm\n[workarounds]\nfoo = bar\n'
     '[DEFAULT]\ndebug = true\n', OK, HIDDEN),
    ('a word that is common in a group that is not ours',
     '[my_plugin]\nalias = web\ndevices = sda,sdb\nstrict = true\n', OK,
     HIDDEN),
    ('a free tag', f'[pci]\ndevice_spec = {{{GPU}, "rack": "7"}}\n', OK,
     HIDDEN),
    ('null as a network',
     f'[pci]\ndevice_spec = {{{VF}, "physical_network": null}}\n', OK,
     HIDDEN),
))

READING = tuple(_cases(
    'Read as the service reads',
    ('an unknown name behind a dollar sign',
     f'[pci]\ndevice_spec = {{{VF}, "physical_network": "phys$net"}}\n',
     ERROR),
    ('an option before the first section', f'device_spec = {{{VF}}}\n',
     ERROR),
    ('a list whose lines are not indented',
     f'[pci]\ndevice_spec = [\n{{{VF}}},\n{{{GPU}}}\n]\n', ERROR),
    ('a comment inside a value',
     f'[pci]\ndevice_spec = [{{{VF}}},\n# the GPUs\n  {{{GPU}}}]\n', ERROR),
    ('a comment behind a value', f'[pci]\ndevice_spec = {{{VF}}}  # VFs\n',
     ERROR),
    ('curly quotes',
     '[pci]\ndevice_spec = {\u201cvendor_id\u201d: \u201c10de\u201d}\n',
     ERROR),
    ('single quotes', "[pci]\ndevice_spec = {'vendor_id': '10de'}\n", ERROR,
     HIDDEN),
    ('quotes with backslashes',
     '[pci]\ndevice_spec = {\\"vendor_id\\": \\"10de\\"}\n', ERROR, HIDDEN),
    ('no quotes', '[pci]\ndevice_spec = {vendor_id: 10de}\n', ERROR, HIDDEN),
    ('no braces', '[pci]\ndevice_spec = "vendor_id": "10de"\n', ERROR,
     HIDDEN),
    ('two entries on one line',
     f'[pci]\ndevice_spec = {{{VF}}}, {{{GPU}}}\n', ERROR),
    ('a comma at the end', f'[pci]\ndevice_spec = {{{VF},}}\n', ERROR,
     HIDDEN),
    ('a blank of a word processor',
     '[pci]\ndevice_spec = {"vendor_id":\u00a0"10de"}\n', ERROR, HIDDEN),
    ('hexadecimal digits without quotes',
     '[pci]\ndevice_spec = {"product_id": 20b0}\n', ERROR, HIDDEN),
    ('a bracket that is missing', f'[pci]\ndevice_spec = [{{{VF}}}\n', ERROR,
     HIDDEN),
    ('a comment behind a section', f'[pci] # ours\ndevice_spec = {{{VF}}}\n',
     ERROR, HIDDEN),
    ('a byte order mark', f'\ufeff[pci]\ndevice_spec = {{{VF}}}\n', ERROR,
     HIDDEN),
    ('a switch that is neither on nor off',
     '[pci]\nreport_in_placement = enabled\n', ERROR),
    ('a value that holds itself', '[pci]\nalias = $alias\n', ERROR, HIDDEN),
    ('a line separator in a comment',
     '# a\u2028b\n[pci]\ndevice_spec = {"vendor_id": "8086"}\n', OK, HIDDEN),
    ('a form feed in a comment',
     '# a\x0cb\n[pci]\ndevice_spec = {"vendor_id": "8086"}\n', OK, HIDDEN),
    ('a next-line character in a comment',
     '# a\x85b\n[pci]\ndevice_spec = {"vendor_id": "8086"}\n', OK, HIDDEN),
    ('a dollar sign at the end of an expression',
     '[pci]\ndevice_spec = {"address": {"bus": "3[b-f]", '
     '"slot": "0[0-9a-f]", "function": "[2-5]$"}}\n', OK, HIDDEN),
    ('a dollar sign that is escaped',
     f'[pci]\ndevice_spec = {{{VF}, "physical_network": "phys$$net"}}\n', OK,
     HIDDEN),
    ('the name of an option of Nova',
     f'[DEFAULT]\nhost = a1\n[pci]\ndevice_spec = {{{VF}, '
     '"physical_network": "net-$host"}\n', OK, HIDDEN),
    ('a list on several lines',
     f'[pci]\ndevice_spec = [\n  {{{VF}}},\n  {{{GPU}}}\n  ]\n', OK, HIDDEN),
    ('quotes around the whole value',
     f"[pci]\ndevice_spec = '{{{VF}}}'\n", OK, HIDDEN),
))

OURS = 'nova_pci_ext.scheduler.filters.PciPassthroughFilter'
ALL = 'nova.scheduler.filters.all_filters'
WEIGHER = 'nova_pci_ext.scheduler.weights.PciFitWeigher'
FILTERS = '[filter_scheduler]\n'

SERVICES = tuple(_cases(
    'Filters, drivers and our own options',
    ('filters of 2014',
     '[DEFAULT]\nscheduler_default_filters = RamFilter, ComputeFilter, '
     'AvailabilityZoneFilter, PciPassthroughFilter\n', ERROR),
    ('filters that Nova no longer has',
     FILTERS + 'enabled_filters = RamFilter, ComputeFilter\n', ERROR),
    ('a filter that is mistyped',
     FILTERS + 'enabled_filters = ComputeFilter, PciPasthroughFilter\n',
     ERROR),
    ('a filter by its full path',
     FILTERS + f'available_filters = {ALL}\navailable_filters = {OURS}\n'
     f'enabled_filters = ComputeFilter, {OURS}\n', ERROR),
    ("our filter before Nova's",
     FILTERS + f'available_filters = {OURS}\navailable_filters = {ALL}\n'
     'enabled_filters = ComputeFilter, PciPassthroughFilter\n', ERROR),
    ('only our filter, and others enabled',
     FILTERS + f'available_filters = {OURS}\n'
     'enabled_filters = ComputeFilter, PciPassthroughFilter\n', ERROR,
     HIDDEN),
    ('our filter is not enabled',
     FILTERS + f'available_filters = {ALL}\navailable_filters = {OURS}\n'
     'enabled_filters = ComputeFilter\n', WARNING),
    ('classes on one line',
     FILTERS + f'available_filters = {ALL}, {OURS}\n', ERROR),
    ('a class path that is mistyped',
     FILTERS + f'available_filters = {ALL}\navailable_filters = '
     'nova_pci_ext.scheduler.filter.PciPassthroughFilter\n', ERROR, HIDDEN),
    ('a module in place of a class',
     FILTERS + 'available_filters = nova.scheduler.filters\n', ERROR,
     HIDDEN),
    ('an empty name', FILTERS + 'enabled_filters = ComputeFilter,,\n', OK,
     HIDDEN),
    ('all_weighers beside our weigher',
     FILTERS + 'weight_classes = nova.scheduler.weights.all_weighers\n'
     f'weight_classes = {WEIGHER}\n', WARNING),
    ('our weigher twice',
     FILTERS + f'weight_classes = {WEIGHER}\nweight_classes = {WEIGHER}\n',
     WARNING, HIDDEN),
    ('a weigher that is mistyped',
     FILTERS + 'weight_classes = nova.scheduler.weights.ram.RAMWeiger\n',
     ERROR, HIDDEN),
    ('a driver that does not exist',
     '[DEFAULT]\ncompute_driver = pci_ext.LibvirtDrivr\n', ERROR),
    ('a driver by its full path',
     '[DEFAULT]\ncompute_driver = nova.virt.libvirt.LibvirtDriver\n', ERROR,
     HIDDEN),
    ('a class without its module',
     '[DEFAULT]\ncompute_driver = LibvirtDriver\n', ERROR, HIDDEN),
    ('a driver that Nova no longer has',
     '[DEFAULT]\ncompute_driver = xenapi.XenAPIDriver\n', ERROR, HIDDEN),
    ('no driver', '[DEFAULT]\ncompute_driver =\n', ERROR, HIDDEN),
    ('our options mistyped',
     '[pci_ext]\nstrickt = false\nmetric_listen = 127.0.0.1:9901\n', ERROR),
    ('an option that we never had', '[pci_ext]\ncolour = red\n', WARNING,
     HIDDEN),
    ('an address that no socket takes',
     '[pci_ext]\nmetrics_listen = localhost:9901\n', ERROR),
    ('a port that no socket takes',
     '[pci_ext]\nmetrics_listen = 127.0.0.1:99901\n', ERROR, HIDDEN),
    ('words for a number',
     '[pci_ext]\nweigher_vcpus_per_device = eight\n', ERROR, HIDDEN),
    ('a number below its range',
     '[pci_ext]\nweigher_vcpus_per_device = -1\n', ERROR, HIDDEN),
    ('as the installation page says',
     '[DEFAULT]\ncompute_driver = pci_ext.LibvirtDriver\n' + FILTERS
     + f'available_filters = {ALL}\navailable_filters = {OURS}\n'
     'enabled_filters = ComputeFilter, PciPassthroughFilter\n'
     'weight_classes = nova.scheduler.weights.ram.RAMWeigher\n'
     f'weight_classes = {WEIGHER}\n', OK, HIDDEN),
    ("Nova's own driver and filters",
     '[DEFAULT]\ncompute_driver = libvirt.LibvirtDriver\n' + FILTERS
     + 'enabled_filters = ComputeFilter, PciPassthroughFilter\n', OK,
     HIDDEN),
))

CASES = (*PLACES, *READING, *SERVICES)
assert configuration_hosts.HOSTS
