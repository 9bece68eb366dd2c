# SPDX-License-Identifier: Apache-2.0

"""Configurations that people write, and what becomes of each.

One row is a file, the host that it is checked against, and the exit status of
``nova-pci check``.  ``tests.configuration_table`` draws the documentation's
table of them, with all that the command says.
"""

import dataclasses
from collections.abc import Mapping

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
    ('a name of one half of each',
     f'[DEFAULT]\npci_passthrough_device_spec = {{{GPU}}}\n', ERROR, HIDDEN),
    ('the same in [pci]',
     f'[pci]\npassthrough_device_spec = {{{GPU}}}\n', ERROR, HIDDEN),
    ('an alias with its name in that of the option',
     f'[pci]\nalias_a100 = {{{GPU}, "name": "g"}}\n', ERROR, HIDDEN),
    ('a group of its own for an entry',
     '[pci.device_spec]\nvendor_id = 10de\n', ERROR),
    ('a group of its own for each alias',
     '[[pci.alias]]\nname = g\n', ERROR, HIDDEN),
    ('passthru for passthrough',
     f'[DEFAULT]\npci_passthru_whitelist = {{{GPU}}}\n', ERROR),
    ('passthru for passthrough in an alias',
     f'[DEFAULT]\npci_passthru_alias = {{{GPU}, "name": "g"}}\n', ERROR,
     HIDDEN),
    ('a weight that is mistyped',
     '[filter_scheduler]\npci_weight_multipler = 2.0\n', ERROR, HIDDEN),
    ('a weight with other letters',
     '[filter_scheduler]\npci_weight_multiplyer = 2.0\n', ERROR, HIDDEN),
    ('a weight by the name of its class',
     '[filter_scheduler]\npci_weigher_multiplier = 2.0\n', ERROR),
    ('a weight without its end',
     '[filter_scheduler]\npci_weight = 2.0\n', ERROR, HIDDEN),
    ('weights of other things',
     '[filter_scheduler]\ncpu_weight_multiplier = 2.0\n'
     'io_ops_weight_multiplier = 1.0\n', OK, HIDDEN),
    ('groups with dots of others',
     '[cinder.image]\ndevices = a\n[oslo.alias]\nname = b\n', OK, HIDDEN),
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
    ('our options in a group that is nearly ours',
     '[nova_pci_ext]\nstrict = false\n', ERROR, HIDDEN),
    ('a list of PCI devices in [libvirt]',
     f'[libvirt]\npci_devices = {{{GPU}}}\n', ERROR, HIDDEN),
    ('the export of a shell before a name',
     f'[pci]\nexport device_spec = {{{GPU}}}\n', ERROR, HIDDEN),
    ('network for physical_network',
     f'[pci]\ndevice_spec = {{{VF}, "network": "physnet1"}}\n', ERROR),
    ('two networks in one tag',
     f'[pci]\ndevice_spec = {{{VF}, "physical_network": "p1,p2"}}\n', ERROR),
    ('a network with its interface',
     f'[pci]\ndevice_spec = {{{VF}, "physical_network": "p1:eth1"}}\n',
     ERROR, HIDDEN),
    ('an asterisk as a network',
     f'[pci]\ndevice_spec = {{{VF}, "physical_network": "*"}}\n', ERROR,
     HIDDEN),
    ('a free tag', f'[pci]\ndevice_spec = {{{GPU}, "rack": "7"}}\n', OK,
     HIDDEN),
    ('null as a network',
     f'[pci]\ndevice_spec = {{{VF}, "physical_network": null}}\n', OK,
     HIDDEN),
))

READING = tuple(_cases(
    'Read as the service reads',
    ('a group that is indented',
     f'[libvirt]\nvirt_type = kvm\n  [pci]\n  device_spec = {{{GPU}}}\n',
     ERROR),
    ('an option that is indented',
     '[filter_scheduler]\nhost_subset_size = 1\n'
     '  enabled_filters = ComputeFilter, PciPassthroughFilter\n', ERROR,
     HIDDEN),
    ('an old option that is indented',
     f'[DEFAULT]\nhost = c1\n  pci_alias = {{{GPU}, "name": "g"}}\n', ERROR,
     HIDDEN),
    ('a driver that is indented',
     '[DEFAULT]\nmy_ip = 10.0.0.5\n'
     '  compute_driver = libvirt.LibvirtDriver\n', ERROR, HIDDEN),
    ('an entry on several lines',
     '[pci]\ndevice_spec = {\n  "vendor_id": "10de",\n'
     '  "product_id": "20b0"\n  }\n', OK, HIDDEN),
    ('a list on several lines',
     f'[pci]\ndevice_spec = [\n  {{{GPU}}},\n  {{{VF}}}\n  ]\n', OK,
     HIDDEN),
    ('a template that was not filled in',
     '[pci]\n{% for spec in specs %}\n', ERROR),
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
    ('a template that was not filled in',
     '[pci]\ndevice_spec = {{ nova_pci_devices | to_json }}\n', ERROR),
    ('YAML', '[pci]\ndevice_spec:\n  - address: "0000:3b:00.2"\n', ERROR),
    ('a backslash at the end of a line',
     '[pci]\nalias = {"vendor_id": "10de", \\\n    "product_id": "20b0", '
     '"name": "g"}\n', ERROR),
    ('aliases in a list',
     f'[pci]\nalias = [{{{GPU}, "name": "g"}}]\n', ERROR),
    ('a merge that was left', f'[pci]\n<<<<<<< HEAD\ndevice_spec = {{{GPU}}}\n'
     '=======\n>>>>>>> other\n', ERROR, HIDDEN),
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


def _entry(address):
    return f'[pci]\ndevice_spec = {{"address": {address}}}\n'


VALUES = tuple(_cases(
    'Values that can never match',
    ('one digit of a bus in an expression',
     '[pci]\ndevice_spec = {"address": {"bus": "1", "slot": "00", '
     '"function": "0"}}\n', WARNING),
    ('one digit of a slot in an expression',
     '[pci]\ndevice_spec = {"address": {"bus": "3b", "slot": "0", '
     '"function": "[0-7]"}}\n', WARNING, HIDDEN),
    ('the device of an address, which is its slot',
     '[pci]\ndevice_spec = {"address": {"bus": "3b", "device": "00"}}\n',
     ERROR, HIDDEN),
    *((f'the address {text}', _entry(f'"{text}"'), ERROR, HIDDEN)
      for text in (
           'pci_0000_3b_00_2', '0000:3b:00:2', '0000:3b:00.[2-5]',
           '0000:3b:00.2,0000:3b:00.3', '0000:3b:00.8', '0000:3b:20.0',
           '10000:01:00.0', '0000:3b', '0000:3*:00.0', 'ens1f0')),
    *((f'the expression {text}', _entry(text), ERROR, HIDDEN) for text in (
           '{"bus": "3B"}', '{"bus": "[3B]"}', '{"function": "2-5"}',
           '{"function": "8"}', '{"slot": "20"}', '{"domain": "0000:3b"}',
           '{"bus": "0x3b"}', '{"bus": "3b,3c"}', '{"function": "*"}',
           '{"Bus": "3b"}')),
    ('the name that libvirt has for a device',
     '[pci]\ndevice_spec = {"address": "pci_0000_3b_00_2"}\n', ERROR),
    ('a range in an address',
     '[pci]\ndevice_spec = {"address": "0000:3b:00.[2-5]"}\n', ERROR),
    ('capital letters in an expression',
     '[pci]\ndevice_spec = {"address": {"bus": "[3B]"}}\n', ERROR),
    ('a function that no device has',
     '[pci]\ndevice_spec = {"address": {"bus": "3b", "function": "2-5"}}\n',
     ERROR),
    ('an interface in capital letters',
     '[pci]\ndevice_spec = {"devname": "ENS1F0NP0"}\n', WARNING,
     {'host': 'nic'}),
    ('several interfaces by an asterisk',
     '[pci]\ndevice_spec = {"devname": "ens1f*"}\n', ERROR, HIDDEN),
    ('an address as nvidia-smi prints it',
     '[pci]\ndevice_spec = {"address": "00000000:3B:00.2"}\n', OK,
     {'host': 'nic', 'shown': False}),
    *((f'the address {text} as Nova takes it', _entry(text), OK,
       {'host': 'nic', 'shown': False}) for text in (
           '"3b:00.2"', '"0:3B:0.2"', '"*:3b:*.2"', '".2"',
           '{"bus": "3[a-f]", "function": "[2-5]"}', '{"function": "[^0-1]"}',
           '{"bus": "[0-9a-fA-F]b", "function": "2|3"}')),
))

ALL = 'nova.scheduler.filters.all_filters'
WEIGHER = 'nova_pci_ext.scheduler.weights.PciFitWeigher'
WEIGHERS = 'nova_pci_ext.scheduler.weights.all_weighers'
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
     FILTERS + 'weight_classes = nova.scheduler.weights.all_weighers, '
     f'{WEIGHER}\n', WARNING),
    ('weighers on several lines',
     FILTERS + 'weight_classes = nova.scheduler.weights.ram.RAMWeigher\n'
     f'weight_classes = {WEIGHER}\n', WARNING),
    ('filters on several lines',
     FILTERS + 'enabled_filters = ComputeFilter\n'
     'enabled_filters = NUMATopologyFilter\n', WARNING, HIDDEN),
    ('our weigher twice',
     FILTERS + f'weight_classes = {WEIGHER}, {WEIGHER}\n', WARNING,
     HIDDEN),
    ('our weigher, and all weighers of ours',
     FILTERS + f'weight_classes = {WEIGHERS}, {WEIGHER}\n'
     'pci_weight_multiplier = 10.0\n', WARNING, HIDDEN),
    ('all weighers of ours',
     FILTERS + f'weight_classes = {WEIGHERS}\n'
     'pci_weight_multiplier = 10.0\n', OK, HIDDEN),
    ("our weigher with Nova's default of its multiplier",
     FILTERS + f'weight_classes = {WEIGHERS}\n', WARNING),
    ('other weighers with large multipliers',
     FILTERS + f'weight_classes = {WEIGHERS}\n'
     'pci_weight_multiplier = 10.0\nram_weight_multiplier = 25.5\n',
     WARNING),
    ('a multiplier larger than that of failed builds',
     FILTERS + f'weight_classes = {WEIGHERS}\n'
     'pci_weight_multiplier = 10000\n', WARNING),
    ('our weigher alone',
     FILTERS + f'weight_classes = {WEIGHER}\n', OK, HIDDEN),
    ('our weigher switched off',
     FILTERS + f'weight_classes = {WEIGHERS}\n'
     'pci_weight_multiplier = 0\n', OK, HIDDEN),
    ('a multiplier that is not a number',
     FILTERS + f'weight_classes = {WEIGHERS}\n'
     'pci_weight_multiplier = much\n', ERROR, HIDDEN),
    ('metrics that are weighed',
     FILTERS + 'weight_classes = nova.scheduler.weights.metrics.'
     f'MetricsWeigher, {WEIGHER}\npci_weight_multiplier = 10.0\n'
     '[metrics]\nweight_multiplier = 10.0\nweight_setting = load=-1.0\n',
     WARNING, HIDDEN),
    ('a large multiplier of metrics, and none is weighed',
     FILTERS + 'weight_classes = nova.scheduler.weights.metrics.'
     f'MetricsWeigher, {WEIGHER}\n[metrics]\nweight_multiplier = 10.0\n',
     OK, HIDDEN),
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
    ('the module of a driver',
     '[DEFAULT]\ncompute_driver = libvirt.driver\n', ERROR),
    ('something else in the module of a driver',
     '[DEFAULT]\ncompute_driver = libvirt.driver.LOG\n', ERROR, HIDDEN),
    ('a class that is not a driver',
     '[DEFAULT]\ncompute_driver = fake.FakeInstance\n', ERROR, HIDDEN),
    ('a driver by the module that it is written in',
     '[DEFAULT]\ncompute_driver = libvirt.driver.LibvirtDriver\n', OK,
     HIDDEN),
    ('a driver that is made of another',
     '[DEFAULT]\ncompute_driver = fake.SmallFakeDriver\n', OK, HIDDEN),
    ('a recorded host that is not there',
     '[DEFAULT]\ncompute_driver = pci_ext.RecordedDriver\n[pci_ext]\n'
     'recorded_inventory = /nowhere/host.json\n', WARNING),
    ('a recorded host that another file names',
     '[DEFAULT]\nstate_path = /nowhere\n'
     'compute_driver = pci_ext.RecordedDriver\n', OK, HIDDEN),
    ('a recorded host below a folder that is not there',
     '[DEFAULT]\nstate_path = /nowhere\n'
     'compute_driver = pci_ext.RecordedHost\n[pci_ext]\n'
     'recorded_inventory = $state_path/host.json\n', WARNING, HIDDEN),
    ('an alias, and no filter at all',
     f'[pci]\nalias = {{{GPU}, "name": "g"}}\n[filter_scheduler]\n'
     'enabled_filters =\n', WARNING, HIDDEN),
    ("an alias, and Nova's default of the filters",
     f'[pci]\nalias = {{{GPU}, "name": "g"}}\n[filter_scheduler]\n'
     'available_filters = nova.scheduler.filters.all_filters\n', WARNING),
    ('the same beside weighers',
     f'[pci]\nalias = {{{GPU}, "name": "g"}}\n[filter_scheduler]\n'
     'weight_classes = nova.scheduler.weights.all_weighers\n', WARNING,
     HIDDEN),
    ('a comment behind filters',
     FILTERS + 'enabled_filters = ComputeFilter # ours\n', ERROR, HIDDEN),
    ('a weigher without its module',
     FILTERS + 'weight_classes = PCIWeigher\n', ERROR, HIDDEN),
    ('metrics on an address of many',
     '[pci_ext]\nmetrics_listen = 224.0.0.1:9901\n', ERROR, HIDDEN),
    ('an alias, and no filter for it',
     f'[pci]\nalias = {{{GPU}, "name": "g"}}\n[filter_scheduler]\n'
     'enabled_filters = ComputeFilter, ImagePropertiesFilter\n', WARNING),
    ('an alias, and the filter for it',
     f'[pci]\nalias = {{{GPU}, "name": "g"}}\n[filter_scheduler]\n'
     'enabled_filters = ComputeFilter, PciPassthroughFilter\n', OK, HIDDEN),
    ('no alias, and no filter',
     '[filter_scheduler]\nenabled_filters = ComputeFilter\n', OK, HIDDEN),
    ('our filter beside the default of the enabled ones',
     FILTERS + 'available_filters = nova.scheduler.filters.all_filters\n'
     'available_filters = '
     'nova_pci_ext.scheduler.filters.PciPassthroughFilter\n', WARNING),
    ('our options mistyped',
     '[pci_ext]\nstrickt = false\nmetric_listen = 127.0.0.1:9901\n', ERROR),
    ('an option that we never had', '[pci_ext]\ncolour = red\n', WARNING,
     HIDDEN),
    ('filters with a semicolon between them',
     FILTERS + 'enabled_filters = ComputeFilter;PciPassthroughFilter\n',
     ERROR, HIDDEN),
    ('filters in a list of JSON',
     FILTERS + 'enabled_filters = ["ComputeFilter"]\n', ERROR),
    ('filters of Kolla and DevStack in 2019',
     FILTERS + 'enabled_filters = RetryFilter, TypeAffinityFilter, '
     'ComputeFilter, PciPassthroughFilter\n', ERROR, HIDDEN),
    ('a function that does not exist',
     FILTERS + 'available_filters = nova.scheduler.filters.standard_filters'
     '\n', ERROR),
    ('a weight below its range',
     FILTERS + 'pci_weight_multiplier = -1\n', ERROR, HIDDEN),
    ('half a pair for TLS', '[pci_ext]\nmetrics_listen = 127.0.0.1:9901\n'
     'metrics_tls_cert = /etc/nova/metrics.pem\n', ERROR),
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
     f'weight_classes = {WEIGHERS}\npci_weight_multiplier = 10.0\n', OK,
     HIDDEN),
    ("Nova's own driver and filters",
     '[DEFAULT]\ncompute_driver = libvirt.LibvirtDriver\n' + FILTERS
     + 'enabled_filters = ComputeFilter, PciPassthroughFilter\n', OK,
     HIDDEN),
))

REPORT = '[pci]\nreport_in_placement = true\n'
ASK = '[filter_scheduler]\npci_in_placement = true\n'
ON_NIC = {'host': 'nic'}
HIDDEN_ON_NIC = {'host': 'nic', 'shown': False}

BOTH_SWITCHES = ('report_in_placement = true\n[filter_scheduler]\n'
                 'pci_in_placement = true\n')

PLACEMENT = tuple(_cases(
    'PCI devices in Placement',
    ('a class that is mistyped in the alias',
     f'[pci]\ndevice_spec = {{{GPU}, "resource_class": "GPU"}}\n'
     'alias = {"name": "g", "resource_class": "GPUS"}\n' + BOTH_SWITCHES,
     WARNING),
    ('a class in the entry, and the ids in the alias',
     f'[pci]\ndevice_spec = {{{GPU}, "resource_class": "GPU"}}\n'
     f'alias = {{{GPU}, "name": "g"}}\n' + BOTH_SWITCHES, WARNING),
    ('a trait that is mistyped in the alias',
     f'[pci]\ndevice_spec = {{{GPU}, "traits": "blue"}}\n'
     f'alias = {{{GPU}, "name": "g", "traits": "bleu"}}\n' + BOTH_SWITCHES,
     WARNING, HIDDEN),
    ('an alias for other hosts',
     f'[pci]\ndevice_spec = {{{GPU}, "resource_class": "GPU"}}\n'
     'alias = {"name": "f", "resource_class": "FPGA"}\n' + BOTH_SWITCHES,
     OK, HIDDEN),
    ('a trait of devices in a flavor',
     f'[pci]\ndevice_spec = {{{GPU}, "traits": "CUSTOM_BLUE"}}\n'
     + BOTH_SWITCHES, WARNING,
     {'shown': False, 'words': ('--extra-spec',
                                'trait:CUSTOM_BLUE=required')}),
    ('a GPU for mediated devices and for guests',
     '[pci]\ndevice_spec = {"address": "0000:84:00.0"}\n[devices]\n'
     'enabled_mdev_types = nvidia-35\n[mdev_nvidia-35]\n'
     'device_addresses = 0000:84:00.0,0000:85:00.0\n', WARNING),
    ('the same by its ids',
     f'[pci]\ndevice_spec = {{{GPU}}}\n[mdev_nvidia-35]\n'
     'device_addresses = 0000:41:00.0\n', WARNING,
     {'host': 'gpus', 'shown': False}),
    ('GPUs for mediated devices beside those for guests',
     '[pci]\ndevice_spec = {"address": "0000:84:00.0"}\n[mdev_nvidia-35]\n'
     'device_addresses = 0000:85:00.0\n', OK, HIDDEN),
    ('one_time_use on VFs',
     REPORT + f'device_spec = {{{VF}, "one_time_use": "yes"}}\n', ERROR,
     ON_NIC),
    ('one_time_use on VFs, switched off',
     REPORT + f'device_spec = {{{VF}, "one_time_use": "no"}}\n', ERROR,
     HIDDEN_ON_NIC),
    ('two resource classes within one PF',
     REPORT + 'device_spec = {"address": "0000:3b:00.2", '
     '"resource_class": "A"}\n'
     'device_spec = {"address": "0000:3b:00.3", "resource_class": "B"}\n',
     ERROR, ON_NIC),
    ('a resource class for a part of the VFs',
     REPORT + 'device_spec = {"address": "0000:3b:00.2", '
     f'"resource_class": "A"}}\ndevice_spec = {{{VF}}}\n', ERROR,
     HIDDEN_ON_NIC),
    ('traits for a part of the VFs',
     REPORT + 'device_spec = {"address": "0000:3b:00.2", "traits": "A"}\n'
     'device_spec = {"address": "0000:3b:00.3"}\n', ERROR, ON_NIC),
    ('live_migratable for a part of the VFs',
     REPORT + 'device_spec = {"address": "0000:3b:00.2", '
     '"live_migratable": "yes"}\n'
     'device_spec = {"address": "0000:3b:00.3"}\n', ERROR, HIDDEN_ON_NIC),
    ('a PF with its VFs',
     REPORT + 'device_spec = {"vendor_id": "15b3"}\n', ERROR, ON_NIC),
    ('the address of a PF, which stands for its VFs too',
     REPORT + 'device_spec = {"address": "0000:3b:00.0"}\n', ERROR,
     HIDDEN_ON_NIC),
    ('an alias of another class than the entry',
     REPORT + f'device_spec = {{{VF}, "resource_class": "RDMA_VF"}}\n'
     f'alias = {{{VF}, "name": "c", "device_type": "type-VF"}}\n' + ASK,
     WARNING, ON_NIC),
    ('a class that is mistyped',
     REPORT + f'device_spec = {{{VF}, "resource_class": "RDMA_VF"}}\n'
     'alias = {"name": "c", "resource_class": "RDMA_VFS"}\n' + ASK,
     WARNING, HIDDEN_ON_NIC),
    ('a trait that no device has',
     REPORT + f'device_spec = {{{VF}, "resource_class": "RDMA_VF"}}\n'
     'alias = {"name": "c", "resource_class": "RDMA_VF", '
     '"traits": "BLUE"}\n' + ASK, WARNING, ON_NIC),
    ('devices with a physical network, which are never in Placement',
     REPORT + f'device_spec = {{{VF}, "physical_network": "p"}}\n'
     f'alias = {{{VF}, "name": "c", "device_type": "type-VF"}}\n' + ASK,
     WARNING, ON_NIC),
    ('a class of an alias, and Placement is not asked',
     f'[pci]\ndevice_spec = {{{VF}}}\n'
     f'alias = {{{VF}, "name": "c", "resource_class": "RDMA_VF"}}\n',
     WARNING, HIDDEN),
    ('a class of an entry, and Placement is not told',
     f'[pci]\ndevice_spec = {{{VF}, "resource_class": "RDMA_VF"}}\n',
     WARNING, HIDDEN),
    ('Placement is asked, and not told',
     f'[pci]\ndevice_spec = {{{VF}}}\n' + ASK, WARNING),
    ('devname, which Placement cannot have',
     REPORT + 'device_spec = {"devname": "ens1f0np0"}\n', ERROR, HIDDEN),
    ('one_time_use without Placement',
     f'[pci]\ndevice_spec = {{{GPU}, "one_time_use": "yes"}}\n', ERROR,
     HIDDEN),
    ('two entries of one alias',
     ASK + f'[pci]\nalias = {{{VF}, "name": "c", "device_type": '
     f'"type-VF"}}\nalias = {{{GPU}, "name": "c", "device_type": '
     '"type-VF"}\n', WARNING, HIDDEN),
    ("two entries of one alias, and Nova's candidates",
     ASK + f'[pci]\nalias = {{{VF}, "name": "c", "device_type": '
     f'"type-VF"}}\nalias = {{{GPU}, "name": "c", "device_type": '
     '"type-VF"}\n[pci_ext]\nallocation_candidates = nova\n',
     ERROR, HIDDEN),
    ('a flavor that asks for the class of the devices',
     REPORT + f'device_spec = {{{VF}, "resource_class": "RDMA_VF"}}\n'
     + ASK, WARNING,
     {'host': 'nic', 'words': ('--extra-spec',
                               'resources:CUSTOM_RDMA_VF=1')}),
    ('a flavor that asks for the class of two ids',
     REPORT + f'device_spec = {{{VF}}}\n' + ASK, WARNING,
     {'shown': False, 'words': ('--extra-spec',
                                'resources1:CUSTOM_PCI_15B3_101E=1')}),
    ('a flavor that asks for another class',
     REPORT + f'device_spec = {{{VF}}}\n' + ASK, OK,
     {'shown': False, 'words': ('--extra-spec', 'resources:VGPU=1')}),
    ("more than eight devices of one class, and Nova's candidates",
     REPORT + f'device_spec = {{{GPU}, "resource_class": "GPU"}}\n' + ASK
     + '[pci_ext]\nallocation_candidates = nova\n',
     WARNING, {'host': 'gpus'}),
    ('more than eight devices of one class',
     REPORT + f'device_spec = {{{GPU}, "resource_class": "GPU"}}\n' + ASK,
     OK, {'host': 'gpus', 'shown': False}),
    ('a resource class that Nova asks for itself',
     REPORT + f'device_spec = {{{VF}, "resource_class": "VCPU"}}\n', ERROR),
    ('a blank between traits, as Nova\'s documentation has it',
     REPORT + f'device_spec = {{{VF}, "traits": "blue, big"}}\n', WARNING,
     ON_NIC),
    ('a class for devices with a physical network',
     REPORT + f'device_spec = {{{VF}, "physical_network": "p", '
     '"resource_class": "A"}\n', WARNING, ON_NIC),
    ('one_time_use for devices with a physical network',
     REPORT + f'device_spec = {{{VF}, "physical_network": "p", '
     '"one_time_use": "yes"}\n', WARNING, HIDDEN_ON_NIC),
    ('a PF and its VFs in two entries',
     REPORT + 'device_spec = {"vendor_id": "15b3", "product_id": "101d"}\n'
     f'device_spec = {{{VF}}}\n', ERROR, HIDDEN_ON_NIC),
    ('an alias that is refused takes part in nothing',
     REPORT + f'device_spec = {{{VF}}}\nalias = {{"name": "a", "traits": '
     '"B"}\n' + ASK, ERROR, HIDDEN_ON_NIC),
    ('an extra spec that is mistyped',
     f'[pci]\ndevice_spec = {{{VF}}}\n', ERROR,
     {'words': ('--extra-spec', 'pci_passthrough:aliases=a:1')}),
    ('an extra spec of something else',
     f'[pci]\ndevice_spec = {{{VF}}}\n', OK,
     {'shown': False, 'words': ('--extra-spec', 'hw:cpu_policy=dedicated')}),
    ("an option of Placement's own service",
     ASK + '[placement]\nmax_allocation_candidates = 1000\n', WARNING),
    ("an option of Placement's workarounds",
     '[workarounds]\noptimize_for_wide_provider_trees = true\n', WARNING,
     HIDDEN),
    ("Nova's options in groups of the same names",
     '[placement]\nregion_name = RegionOne\n'
     '[workarounds]\ndisable_rootwrap = true\n', OK, HIDDEN),
    ('names that are equal once they are normalised',
     REPORT + f'device_spec = {{{VF}, "resource_class": "rdma-vf"}}\n'
     'alias = {"name": "c", "resource_class": "CUSTOM_RDMA_VF"}\n' + ASK,
     OK, HIDDEN_ON_NIC),
    ('a class for each PF',
     REPORT + 'device_spec = {"address": "0000:3b:00.*", '
     '"product_id": "101e", "resource_class": "A"}\n'
     'device_spec = {"address": "0000:3b:01.*", "product_id": "101e", '
     '"resource_class": "B"}\n', OK, HIDDEN_ON_NIC),
    ('a PF handed out, and the VFs of another',
     REPORT + 'device_spec = {"address": "0000:3b:00.0", '
     '"product_id": "101d"}\ndevice_spec = {"address": "0000:3b:01.*", '
     '"product_id": "101e"}\n', OK, HIDDEN_ON_NIC),
))

NETS = f'[pci]\ndevice_spec = {{{VF}, "physical_network": "physnet1"}}\n'
BOTH = 'physnet1:ens1f0np0, physnet1:ens1f1np1'
AGENT = f'[sriov_nic]\nphysical_device_mappings = {BOTH}\n'
ML2 = ('[ml2]\nmechanism_drivers = openvswitch,sriovnicswitch\n'
       'type_drivers = vlan\n[ml2_type_vlan]\n'
       'network_vlan_ranges = physnet1:2:100\n')


def _agent(text, **more):
    return {'host': 'nic', 'neutron': {'sriov_agent.ini': text}, **more}


def _server(text, **more):
    return {'neutron': {'ml2_conf.ini': text}, **more}


NEUTRON = tuple(_cases(
    "Neutron's files",
    ('a VF that Nova hands out and the agent excludes', NETS, ERROR,
     _agent(AGENT + 'exclude_devices = ens1f0np0:0000:3b:00.2; '
            '0000:3b:00.3\n')),
    ('a physical network that is not mapped', NETS, ERROR,
     _agent('[sriov_nic]\nphysical_device_mappings = '
            'physnet2:ens1f0np0\n')),
    ('a PF that is mapped to another network', NETS, ERROR,
     _agent('[sriov_nic]\nphysical_device_mappings = physnet1:ens1f0np0, '
            'physnet2:ens1f1np1\n')),
    ('a PF that is not mapped', NETS, ERROR,
     _agent('[sriov_nic]\nphysical_device_mappings = '
            'physnet1:ens1f0np0\n', shown=False)),
    ('a mapping to an interface that is not there', NETS, ERROR,
     _agent(f'[sriov_nic]\nphysical_device_mappings = {BOTH}, '
            'physnet3:ens2f0\n')),
    ('a mapping without a network', NETS, ERROR,
     _agent('[sriov_nic]\nphysical_device_mappings = ens1f0np0\n',
            shown=False)),
    ('a mapping to a VF by its address', NETS, ERROR,
     _agent('[sriov_nic]\nphysical_device_mappings = '
            'physnet1:0000:3b:00.0\n', shown=False)),
    ('commas between excluded VFs', NETS, ERROR,
     _agent(AGENT + 'exclude_devices = ens1f0np0:0000:3b:00.4, '
            '0000:3b:00.5\n')),
    ('an interface twice among those with excluded VFs', NETS, ERROR,
     _agent(AGENT + 'exclude_devices = ens1f0np0:0000:3b:00.4, '
            'ens1f0np0:0000:3b:00.5\n', shown=False)),
    ('an excluded address without its domain', NETS, ERROR,
     _agent(AGENT + 'exclude_devices = ens1f0np0:3b:00.4\n')),
    ('an excluded VF of an interface that is not mapped', NETS, ERROR,
     _agent(AGENT + 'exclude_devices = eth7:0000:05:00.1\n', shown=False)),
    ('agent_required, which Neutron no longer has', NETS, WARNING,
     _server('[ml2_sriov]\nagent_required = True\n' + ML2)),
    ('supported_pci_vendor_devs, which Neutron no longer has', NETS, WARNING,
     _server('[ml2_sriov]\nsupported_pci_vendor_devs = 15b3:101e\n' + ML2,
             shown=False)),
    ('mappings in a group that nobody reads', NETS, ERROR,
     _server(f'[ml2_sriov]\nphysical_device_mappings = {BOTH}\n' + ML2)),
    ('an option that is mistyped', NETS, ERROR,
     _agent(f'[sriov_nic]\nphysical_device_mapping = {BOTH}\n',
            shown=False)),
    ('no SR-IOV driver', NETS, WARNING,
     _server(ML2.replace(',sriovnicswitch', ''))),
    ('an SR-IOV driver that is mistyped', NETS, WARNING,
     _server(ML2.replace('sriovnicswitch', 'sriov_nicswitch'),
             shown=False)),
    ('VLANs of another network', NETS, ERROR,
     _server(ML2.replace('physnet1', 'physnet2'))),
    ('a network in other letters', NETS, WARNING,
     _server(ML2.replace('physnet1', 'Physnet1'), shown=False)),
    ('VLANs, and no type driver for them', NETS, ERROR,
     _server(ML2.replace('type_drivers = vlan', 'type_drivers = vxlan'),
             shown=False)),
    ('a range of VLANs that ends before it begins', NETS, ERROR,
     _server(ML2.replace('2:100', '100:2'), shown=False)),
    ('half a range of VLANs', NETS, ERROR,
     _server(ML2.replace('2:100', '2'), shown=False)),
    ('an excluded VF of another PF',
     '[pci]\ndevice_spec = {"address": "0000:3b:00.4", '
     '"physical_network": "physnet1"}\n', ERROR,
     _agent(AGENT + 'exclude_devices = ens1f0np0:0000:3b:01.2\n')),
    ('a PF among the excluded VFs',
     '[pci]\ndevice_spec = {"address": "0000:3b:00.4", '
     '"physical_network": "physnet1"}\n', ERROR,
     _agent(AGENT + 'exclude_devices = ens1f0np0:0000:3b:00.0\n',
            shown=False)),
    ('the bandwidth of an interface that is not mapped', NETS, ERROR,
     _agent(AGENT + 'resource_provider_bandwidths = ens9:1000:1000\n')),
    ('a bandwidth without its second number', NETS, ERROR,
     _agent(AGENT + 'resource_provider_bandwidths = ens1f0np0:1000\n',
            shown=False)),
    ('the option of another agent', NETS, ERROR,
     _agent(f'[sriov_nic]\nphysical_interface_mappings = {BOTH}\n')),
    ('semicolons between mappings', NETS, ERROR,
     _agent('[sriov_nic]\nphysical_device_mappings = '
            'physnet1:ens1f0np0;physnet1:ens1f1np1\n', shown=False)),
    ('network and interface the wrong way round', NETS, ERROR,
     _agent('[sriov_nic]\nphysical_device_mappings = '
            'ens1f0np0:physnet1\n', shown=False)),
    ('mappings on two lines, of which the last counts', NETS, ERROR,
     _agent('[sriov_nic]\nphysical_device_mappings = physnet1:ens1f0np0\n'
            'physical_device_mappings = physnet1:ens1f1np1\n',
            shown=False)),
    ('a bond in a mapping', NETS, ERROR,
     _agent('[sriov_nic]\nphysical_device_mappings = physnet1:bond0\n',
            shown=False)),
    ('capital letters in an excluded address', NETS, ERROR,
     _agent(AGENT + 'exclude_devices = ens1f0np0:0000:3B:00.4\n',
            shown=False)),
    ('numbers of VFs for their addresses', NETS, ERROR,
     _agent(AGENT + 'exclude_devices = ens1f0np0:0;1\n', shown=False)),
    ('bandwidths of both interfaces', NETS, OK,
     _agent(AGENT + 'resource_provider_bandwidths = ens1f0np0:1000:1000, '
            'ens1f1np1::1000\n', shown=False)),
    ('a PF for ports of its own, which needs no agent',
     '[pci]\ndevice_spec = {"address": "0000:3b:00.0", "product_id": '
     '"101d", "physical_network": "physnet1"}\n', OK,
     _agent('[sriov_nic]\nphysical_device_mappings = '
            'physnet2:ens1f1np1\n', shown=False)),
    ('a tunnelled network', f'[pci]\ndevice_spec = {{{VF}, '
     '"physical_network": null}\n', OK, _agent(AGENT, shown=False)),
    ('a whole network with VLANs', NETS, OK,
     _server(ML2.replace(':2:100', ''), shown=False)),
    ('both files as they should be', NETS, OK,
     {'host': 'nic', 'shown': False, 'neutron': {
         'ml2_conf.ini': ML2, 'sriov_agent.ini': AGENT}}),
    ('a flat network', NETS, OK,
     _server('[ml2]\nmechanism_drivers = ovn, sriovnicswitch\n'
             '[ml2_type_flat]\nflat_networks = *\n', shown=False)),
    ('an excluded VF that Nova does not hand out',
     '[pci]\ndevice_spec = {"address": "0000:3b:00.2", '
     '"physical_network": "physnet1"}\n', OK,
     _agent(AGENT + 'exclude_devices = ens1f0np0:0000:3b:00.3;'
            '0000:3b:00.4\n', shown=False)),
    ('bandwidths of the agent of Open vSwitch', NETS, OK,
     {'neutron': {'openvswitch_agent.ini':
                  '[ovs]\nbridge_mappings = physnet1:br-ex\n'
                  'resource_provider_bandwidths = br-ex:1000:1000\n'},
      'shown': False}),
    ("flat networks by Neutron's default",
     NETS.replace('physnet1', 'physflat'), OK,
     _server(ML2.replace('= vlan', '= flat,vlan'), shown=False)),
    ('a slip beside flat networks by default',
     NETS.replace('physnet1', 'phsynet1'), WARNING,
     _server(ML2.replace('= vlan', '= flat,vlan'))),
    ('ranges of VLANs in the database', NETS.replace('physnet1', 'leaf'), OK,
     _server('[DEFAULT]\nservice_plugins = router,network_segment_range\n'
             + ML2, shown=False)),
    ('VLANs without their type driver beside flat networks', NETS, WARNING,
     _server(ML2.replace('= vlan', '= flat,vxlan'), shown=False)),
    ('a type driver that is mistyped', NETS, WARNING,
     _server(ML2.replace('= vlan', '= flat,valn'))),
    ('direct ports that are left alone', NETS, WARNING,
     _server(ML2 + '[sriov_driver]\nvnic_type_prohibit_list = '
             'direct,macvtap\n', shown=False)),
    ('a comment behind mappings', NETS, ERROR,
     _agent(AGENT.rstrip() + ' # ports\n', shown=False)),
    ('tunnels only', NETS, ERROR,
     _server('[ml2]\nmechanism_drivers = ovn,sriovnicswitch\n'
             'type_drivers = geneve\n')),
    ('VLANs without a range', NETS, WARNING,
     _server('[ml2]\nmechanism_drivers = ovn,sriovnicswitch\n'
             'type_drivers = vlan,geneve\n')),
    ('an agent without mappings', NETS, ERROR,
     _agent('[sriov_nic]\n# physical_device_mappings =\n')),
    ('an agent with an exclusion and without mappings', NETS, ERROR,
     _agent('[sriov_nic]\nexclude_devices = ens1f0np0:0000:3b:00.4\n',
            shown=False)),
    ('an agent with empty mappings', NETS, ERROR,
     _agent('[sriov_nic]\nphysical_device_mappings =\n', shown=False)),
    ('no SR-IOV driver for a card in switchdev mode', NETS, OK,
     {'host': 'switched', 'shown': False, 'neutron': {
         'ml2_conf.ini': ML2.replace(',sriovnicswitch', '')}}),
    ('the driver of InfiniBand', NETS, OK,
     _server(ML2.replace('sriovnicswitch', 'mlnx_infiniband'),
             shown=False)),
    ('the form of 2014',
     '[pci]\ndevice_spec = {"address": "0000:3b:00.2", '
     '"physical_network": "physnet1"}\n', OK,
     _agent(AGENT + 'exclude_devices = ens1f0np0:0000:3b:00.3; '
            '0000:3b:00.4, ens1f1np1:0000:3b:01.2; 0000:3b:01.3\n',
            shown=False)),
    ('a VF that the agent excludes and no port gets',
     f'[pci]\ndevice_spec = {{{VF}}}\n', OK,
     _agent(AGENT + 'exclude_devices = ens1f0np0:0000:3b:00.3\n',
            shown=False)),
))

PF = '"vendor_id": "15b3", "product_id": "101d"'


def _alias(entry, alias, *more):
    return ''.join(f'{line}\n' for line in (
        '[pci]', f'device_spec = {{{entry}}}',
        f'alias = {{{alias}, "name": "a"}}', *more))


NEAREST = tuple(_cases(
    'The nearest fix',
    ('a PF and its VFs for ports, by its interface',
     '[pci]\ndevice_spec = {"devname": "ens1f0np0", '
     '"physical_network": "physnet1"}\n', OK,
     {'host': 'nic', 'shown': False}),
    ('a PF and its VFs for ports, by its address',
     '[pci]\ndevice_spec = {"address": "0000:3b:00.0", '
     '"physical_network": "physnet1"}\n', OK,
     {'host': 'nic', 'shown': False}),
    ('a PF and its VFs for nobody in particular',
     '[pci]\ndevice_spec = {"address": "0000:3b:00.0"}\n', WARNING,
     {'host': 'nic', 'shown': False}),
    ('an interface of a VF that is not there',
     '[pci]\ndevice_spec = {"devname": "ens1f0v0"}\n', WARNING,
     {'host': 'nic', 'shown': False}),
    ('an extra spec without its end', '[pci]\n', ERROR,
     {'words': ('--extra-spec', 'pci_passthrough=g:1'), 'shown': False}),
    ('VFs that are not made yet', f'[pci]\ndevice_spec = {{{VF}}}\n',
     WARNING, {'host': 'bare'}),
    ('VFs that are not made yet, by their addresses',
     '[pci]\ndevice_spec = {"address": "0000:3b:00.4"}\n', WARNING,
     {'host': 'bare', 'shown': False}),
    ('VFs that are not made yet, by the interface of their PF',
     '[pci]\ndevice_spec = {"devname": "ens1f1np1", "product_id": "101e"}\n',
     WARNING, {'host': 'bare', 'shown': False}),
    ('ids the wrong way round',
     f'[pci]\ndevice_spec = {{{GPU}}}\n'
     'alias = {"vendor_id": "20b0", "product_id": "10de", "name": "g"}\n',
     WARNING, {'host': 'gpus'}),
    ('a digit that is another',
     f'[pci]\ndevice_spec = {{{GPU}}}\n'
     'alias = {"vendor_id": "10de", "product_id": "20b8", "name": "g"}\n',
     WARNING, {'host': 'gpus', 'shown': False}),
    ('an entry with a digit that is another',
     '[pci]\ndevice_spec = {"vendor_id": "10dc", "product_id": "20b0"}\n',
     WARNING, {'host': 'gpus'}),
    ('a policy that is mistyped', '[pci]\n', ERROR,
     {'words': ('--extra-spec', 'hw:pci_numa_affinity_policy=prefered')}),
    ('no number of NUMA nodes', '[pci]\n', ERROR,
     {'words': ('--extra-spec', 'hw:numa_nodes=two'), 'shown': False}),
    ('a policy', '[pci]\n', OK,
     {'words': ('--extra-spec', 'hw:pci_numa_affinity_policy=socket'),
      'shown': False}),
    ('an alias for a PF without its type', _alias(PF, PF), WARNING, ON_NIC),
    ('an alias for VFs with the type of a PF',
     _alias(VF, f'{VF}, "device_type": "type-PF"'), WARNING, ON_NIC),
    ('an alias for VFs as type-PCI',
     _alias(VF, f'{VF}, "device_type": "type-PCI"'), WARNING, HIDDEN_ON_NIC),
    ('an alias with live_migratable for an entry without',
     _alias(VF, f'{VF}, "device_type": "type-VF", "live_migratable": "yes"'),
     WARNING, ON_NIC),
    ('an alias without live_migratable for an entry with it',
     _alias(f'{VF}, "live_migratable": "yes"',
            f'{VF}, "device_type": "type-VF"'), OK, HIDDEN_ON_NIC),
    ('an alias for other devices', _alias(VF, GPU), WARNING, HIDDEN_ON_NIC),
    ('an interface that is mistyped', '[pci]\ndevice_spec = {"devname": '
     '"ens1f0np"}\n', WARNING, ON_NIC),
    ('an entry behind one that takes more',
     f'[pci]\ndevice_spec = {{{VF}}}\ndevice_spec = {{"address": '
     '"0000:3b:00.2", "physical_network": "p"}\n', WARNING, ON_NIC),
    ('an entry behind one that takes the same',
     f'[pci]\ndevice_spec = {{{VF}}}\ndevice_spec = {{{VF}}}\n', WARNING,
     HIDDEN_ON_NIC),
    ('an alias for VFs', _alias(VF, f'{VF}, "device_type": "type-VF"'), OK,
     HIDDEN_ON_NIC),
    ('an alias for VFs without their type', _alias(VF, VF), OK,
     HIDDEN_ON_NIC),
))

HOST_OF_SETS = (
    f'[pci]\ndevice_spec = {{{GPU}, "rack": "1"}}\n'
    f'device_spec = {{{VF}, "physical_network": "physnet0"}}\n'
    f'alias = {{{GPU}, "name": "gpu"}}\nalias = {{{VF}, "name": "nic"}}\n'
    '[pci_ext]\ndevice_group = {"type": "nvlink", "name": "p1", "addresses": '
    '["0000:07:00.0", "0000:08:00.0"]}\n'
    '[filter_scheduler]\nenabled_filters = PciPassthroughFilter\n')


def _sets(alias, *extra_specs):
    """Return the words that describe a flavor with sets."""
    return ('--flavor', alias, *(
        word for extra_spec in extra_specs
        for word in ('--extra-spec', f'pci_passthrough:{extra_spec}')))


SETS = tuple(_cases(
    'Sets of devices',
    ('an attribute and a member that are mistyped', HOST_OF_SETS, ERROR,
     {'words': _sets('gpu:2,nic:2', 'same=pcie_swich:gpu',
                     'distinct=pf:nics')}),
    ('a pair of unequal numbers', HOST_OF_SETS, ERROR,
     {'words': _sets('gpu:4,nic:2', 'pair=pcie_switch:gpu,nic')}),
    ('sets that contradict each other', HOST_OF_SETS, ERROR,
     {'words': _sets('nic:2', 'same=pf:nic', 'distinct=card:nic')}),
    ('a tag, a network and a group that no device has', HOST_OF_SETS,
     WARNING, {'words': _sets(
         'gpu:3', 'same=island:gpu', 'distinct=pf:ports@physnet8',
         'group=nvlink:gpu')}),
    ('all is there', HOST_OF_SETS, OK,
     {'words': _sets('gpu:2,nic:2', 'same=rack:gpu', 'group=nvlink:gpu',
                     'distinct=pf:nic,ports@physnet0'), 'shown': False}),
))

CASES = (*PLACES, *READING, *VALUES, *SERVICES, *PLACEMENT, *NEUTRON,
         *NEAREST, *SETS)
