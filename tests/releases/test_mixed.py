# SPDX-License-Identifier: Apache-2.0

"""What one release of Nova writes, each other one reads alike.

Needs an environment for each release: those of ``make test-releases``, or
those that ``NOVA_PCI_RELEASES`` names, as ``31=/venv31;34=/venv34``.
"""

import functools
import itertools
import json
import os
import pathlib
import subprocess

import pytest

from nova_pci_ext import install

ROOT = pathlib.Path(__file__).parents[2]
WHOSE = {'Nova': (), 'ours': ('--ours',)}
NETWORK, GPU = [
    ['address', '0000:81:00.0'], ['dev_type', 'type-VF'],
    ['live_migratable', 'true'], ['physical_network', 'physnet1'],
    ['remote_managed', 'false'], ['trusted', 'true']], [
    ['address', '0000:c1:00.0'], ['dev_type', 'type-PCI']]
ASKED = [
    ['6b4a1f2c-0000-4000-8000-000000000002', 1, 'gpu',
     [{'vendor_id': '10de', 'product_id': '1db6', 'dev_type': 'type-PCI'}]],
    ['6b4a1f2c-0000-4000-8000-000000000003', 1, None,
     [{'physical_network': 'physnet1', 'dev_type': 'type-VF'}]]]
#: What every reader understands; the second server finds no GPU.
UNDERSTOOD = {
    'pools': [[1, '10de', '1db6', None, GPU],
              [2, '8086', '1520', 0, NETWORK]],
    'devices': [
        ['0000:81:10.0', 'available', 'type-VF', '0000:81:00.0', 0,
         [['live_migratable', 'true']]],
        ['0000:81:10.2', 'available', 'type-VF', '0000:81:00.0', 0,
         [['live_migratable', 'true']]],
        ['0000:c1:00.0', 'available', 'type-PCI', None, None, []]],
    'requests': [*ASKED, *ASKED],
    'fits': [True, False, False],
}


def environments():
    """Return the virtual environment of each release of Nova."""
    named = os.environ.get('NOVA_PCI_RELEASES')
    if named:
        return {int(release): folder for release, _, folder in (
            each.partition('=') for each in named.split(';'))}
    return {release: str(ROOT / f'.venv-nova-{release}')
            for release in install.SUPPORTED}


def exchange(release, what, whose, text=''):
    """Run one side of the exchange on one Nova."""
    done = subprocess.run(
        [f'{environments()[release]}/bin/python', '-W', 'ignore', '-m',
         'tests.releases.exchange', what, *WHOSE[whose]],
        cwd=ROOT, env={**os.environ, 'PYTHONPATH': str(ROOT)}, text=True,
        input=text, capture_output=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


@functools.cache
def written(release, whose):
    """Return what one side wrote, once."""
    return exchange(release, 'write', whose)


@pytest.mark.parametrize(
    ('writer', 'whose', 'reader', 'reads'), itertools.product(
        environments(), WHOSE, environments(), WHOSE))
def test_each_reads_what_each_writes(writer, whose, reader, reads):
    assert json.loads(exchange(
        reader, 'read', reads, written(writer, whose))) == UNDERSTOOD
