# SPDX-License-Identifier: Apache-2.0

"""Our reading of configuration files beside that of oslo.config itself."""

import importlib
import itertools
import json
import random
from importlib import metadata

import pytest
from nova.conf import pci
from nova.scheduler import filters
from oslo_config import cfg

from nova_pci_ext import install
from nova_pci_ext.configuration import config_files
from nova_pci_ext.configuration import driver_option
from nova_pci_ext.configuration import loader
from nova_pci_ext.configuration import migration
from nova_pci_ext.configuration import pci_ext
from nova_pci_ext.configuration.config_files import SourceKind
from nova_pci_ext.parsing import Faults
from nova_pci_ext.parsing import options

pytestmark = pytest.mark.nova

ONE = """\
# a comment
[DEFAULT]
pci_alias = {"name": "a1"}
pci_passthrough_whitelist = {"address": "*:01:*.*"}

[pci]
device_spec = {"address": "*:02:*.*"}
passthrough_whitelist: {"address": "*:03:*.*"}
device_spec = [{"vendor_id": "8086",
    "product_id": "1520"},
\t{"vendor_id": "15b3"}]
alias = "quoted"
report_in_placement = true
; another comment
[PCI]
device_spec = {"address": "*:04:*.*"}
"""
TWO = """\
[pci]
report_in_placement = false
alias = {"name": "a2"}
device_spec=
[DEFAULT]
pci_passthrough_whitelist = {"address": "*:05:*.*"}
"""


@pytest.fixture
def paths(tmp_path):
    folder = tmp_path / 'nova.conf.d'
    folder.mkdir()
    found = []
    for number, text in enumerate((ONE, TWO)):
        path = tmp_path / f'{number}.conf'
        path.write_text(text)
        found.append(path)
        (folder / f'{9 - number}.conf').write_text(text)
    (folder / 'ignored.txt').write_text('[pci]\nalias = none\n')
    return [(SourceKind.FILE, found[0]), (SourceKind.FILE, found[1]),
            (SourceKind.DIR, folder)]


def read_with_oslo(sources):
    conf = cfg.ConfigOpts()
    pci.register_opts(conf)
    conf(list(itertools.chain.from_iterable(
        (f'--config-{kind}', str(path)) for kind, path in sources)),
        default_config_files=[], default_config_dirs=[])
    return (conf.pci.device_spec, conf.pci.alias,
            conf.pci.report_in_placement)


def read_with_ours(sources):
    loaded = loader.load_files(sources)
    assert loaded.file_errors == ()
    return (list(loaded.device_spec), list(loaded.alias),
            loaded.switches.report_in_placement)


@pytest.mark.parametrize('order', [
    *itertools.permutations(range(3)), (0,), (1,), (2,), (0, 0)])
def test_values_and_their_order_are_those_of_oslo_config(paths, order):
    sources = [paths[index] for index in order]
    assert read_with_ours(sources) == read_with_oslo(sources)


def test_the_names_are_all_that_nova_reads():
    for option, names in ((0, options.ALIAS), (1, options.DEVICE_SPEC)):
        opt = pci.pci_opts[option]
        assert {('pci', opt.dest)} | {
            (each.group, each.name) for each in opt.deprecated_opts
        } == set(names)


def test_each_value_knows_its_line(paths):
    files = [config_files.read(path, Faults()) for _, path in paths[:1]]
    assert [str(value.source) for value in config_files.values(
        files, options.DEVICE_SPEC)] == [
        f'{paths[0][1]}:4: [DEFAULT] pci_passthrough_whitelist[0]',
        f'{paths[0][1]}:8: [pci] passthrough_whitelist[1]',
        f'{paths[0][1]}:7: [pci] device_spec[2]',
        f'{paths[0][1]}:9: [pci] device_spec[3]',
        f'{paths[0][1]}:16: [pci] device_spec[4]']


def make_file(rng):
    """Make a file with options in old and new names, in any order."""
    lines = []
    for number in range(rng.randint(1, 8)):
        group, name = rng.choice((*options.DEVICE_SPEC, *options.ALIAS,
                                  ('DEFAULT', 'debug')))
        value = json.dumps({'name': f'a{number}'}, indent=rng.choice(
            (None, 1)))
        value = value.replace('\n', '\n ')
        lines += [f'[{group}]', *rng.choice(([], ['# why'], ['', '; so'])),
                  f'{name} = {value}']
    return '\n'.join(lines) + '\n'


@pytest.mark.parametrize('number', range(60))
def test_a_migrated_file_means_the_same(tmp_path, number):
    text = make_file(random.Random(number))
    old, new = tmp_path / 'old.conf', tmp_path / 'new.conf'
    old.write_text(text)
    migrated = migration.migrate(old, Faults())
    new.write_text(migrated.text)
    # oslo.config joins continuation lines; their indentation is not a value.
    before = read_with_oslo([(SourceKind.FILE, old)])
    assert read_with_oslo([(SourceKind.FILE, new)]) == before
    assert migration.migrate(new, Faults()).changes == ()
    for comment in ('# why', '; so'):
        assert (migrated.text.splitlines().count(comment)
                == text.splitlines().count(comment))


def listed_options():
    """List the options of Nova, and of its libraries."""
    for entry in metadata.entry_points(group='oslo.config.opts'):
        if entry.name not in ('nova.conf', 'oslo.log', 'oslo.messaging',
                              'oslo.policy', 'oslo.db', 'oslo.cache'):
            continue
        for group, found in entry.load()():
            name = getattr(group, 'name', group) or 'DEFAULT'
            for option in found:
                yield name, option


def test_no_option_that_nova_has_is_taken_for_another():
    wrong = [(group, option.dest) for group, option in listed_options()
             for value in ('', str(option.default),
                           str(option.sample_default))
             if (rename := options.find_rename(
                 group if group == 'DEFAULT' else group.lower(),
                 option.dest, value)) and not rename.works]
    assert wrong == []


def test_the_options_that_nova_reads_are_its_own():
    known = {(group, option.dest) for group, option in listed_options()}
    for name in (options.DEVICE_SPEC[0], options.ALIAS[0],
                 options.REPORT_IN_PLACEMENT, options.PCI_IN_PLACEMENT,
                 options.ENABLED_FILTERS, options.AVAILABLE_FILTERS,
                 options.WEIGHT_CLASSES, options.PCI_WEIGHT,
                 options.COMPUTE_DRIVER):
        assert name in known
    assert {option.name for option in pci_ext.OPTIONS} == set(
        options.OUR_NAMES)


def test_removed_filters_are_none_of_nova():
    assert options.REMOVED_FILTERS.isdisjoint(
        each.__name__ for each in filters.all_filters())


def test_our_drivers_are_those_of_the_package():
    install.find_drivers()
    drivers = importlib.import_module('nova.virt.pci_ext')
    assert set(driver_option.OUR_DRIVERS) == set(drivers._HOMES)


@pytest.mark.parametrize(('old', 'new'), [
    ('[default]\npci_alias = {}\n',
     '[default]\n\n[pci]\nalias = {}\n'),
    ('[libvirt]\n# ours\ndevice_spec = {}\nvirt_type = kvm\n[pci]\n',
     '[libvirt]\nvirt_type = kvm\n[pci]\n# ours\ndevice_spec = {}\n'),
    ('[pci]\npci_in_placement = true\n[FILTER_SCHEDULER]\n',
     '[pci]\n[FILTER_SCHEDULER]\npci_in_placement = true\n'),
    ('[libvirt]\ncompute_driver = fake.FakeDriver\n[DEFAULT]\n',
     '[libvirt]\n[DEFAULT]\ncompute_driver = fake.FakeDriver\n'),
    ('[pci]\nstrict = off\n[default]\n',
     '[pci]\n[default]\n\n[pci_ext]\nstrict = off\n'),
    ('[pci]\n# one\u2028device_spec = 1\nalias = {}\n',
     '[pci]\n# one\u2028device_spec = 1\nalias = {}\n'),
    ('[filter_scheduler]\nenabled_filters = RamFilter, ComputeFilter\n',
     '[filter_scheduler]\nenabled_filters = ComputeFilter\n'),
])
def test_what_nova_never_reads_is_moved(tmp_path, old, new):
    path = tmp_path / 'nova.conf'
    path.write_text(old)
    assert migration.migrate(path, Faults()).text == new
