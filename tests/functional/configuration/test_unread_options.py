# SPDX-License-Identifier: Apache-2.0

"""Options that Nova does not read where they stand."""

import pytest

from nova_pci_ext.configuration import config_files
from nova_pci_ext.configuration import unread_options
from nova_pci_ext.parsing import Faults


def check(tmp_path, text):
    path = tmp_path / 'nova.conf'
    path.write_text(text)
    faults = Faults()
    unread_options.check([config_files.read(path, faults)], faults)
    return [str(each).removeprefix(f'{path}:') for each in (
        *faults.errors, *faults.warnings)]


@pytest.mark.parametrize(('text', 'told'), [
    ('[pci]\ndevice_spec = {}\n', []),
    ('[pci]\npassthrough_whitelist = {}\n',
     ['2: [pci] passthrough_whitelist: is an old name; write [pci] '
      'device_spec = {}']),
    ('[DEFAULT]\nscheduler_driver = x\n',
     ['2: [DEFAULT] scheduler_driver: is ignored by Nova; remove it: there '
      'is only one scheduler driver']),
    ('[scheduler]\nenabled_filters = RamFilter, ComputeFilter\n',
     ['2: [scheduler] enabled_filters: is ignored by Nova; write '
      '[filter_scheduler] enabled_filters = ComputeFilter (Nova no longer '
      'has RamFilter)']),
], ids=['right', 'old', 'gone', 'another group'])
def test_old_and_misplaced(text, told, tmp_path):
    assert check(tmp_path, text) == told


def test_an_unknown_option_of_a_known_group(tmp_path):
    assert check(tmp_path, '[pci_ext]\nzzz = 1\n')[0].startswith(
        '2: [pci_ext] zzz: is ignored: there is no such option; expected '
        'one of allocation_candidates, device_group, drained_file, ')
