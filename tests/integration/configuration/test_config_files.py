# SPDX-License-Identifier: Apache-2.0

"""Our reading of configuration files beside that of oslo.config itself."""

import itertools
import json
import random

import pytest
from nova.conf import pci
from oslo_config import cfg

from nova_pci_ext.configuration import config_files
from nova_pci_ext.configuration import loader
from nova_pci_ext.configuration import migration
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
    # oslo.config joins continuation lines; their indentation is no value.
    before = read_with_oslo([(SourceKind.FILE, old)])
    assert read_with_oslo([(SourceKind.FILE, new)]) == before
    assert migration.migrate(new, Faults()).changes == ()
    for comment in ('# why', '; so'):
        assert (migrated.text.splitlines().count(comment)
                == text.splitlines().count(comment))
