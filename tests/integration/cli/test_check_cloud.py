# SPDX-License-Identifier: Apache-2.0

"""The configuration of our own cloud, which has to be one to copy."""

import pytest

from cloud import hosts
from cloud import layout
from cloud import settings
from nova_pci_ext.cli import main

pytestmark = pytest.mark.nova


@pytest.fixture(params=[False, True], ids=['tracker', 'placement'])
def written(request, tmp_path, monkeypatch):
    """The files of a cloud that is not started."""
    # They are copied from the virtual environment of a cloud.
    monkeypatch.setattr(settings, 'PASTE', ())
    place = layout.Layout(folder=tmp_path, base_port=28760)
    settings.write_settings(place, settings.Choice(
        in_placement=request.param))
    return place


def check(path, capsys):
    status = main.main(['check', '--config-file', str(path)])
    out, err = capsys.readouterr()
    return status, [line.partition('; ')[0] for line in out.splitlines()
                    if 'warning' in line or 'error' in line], err


def test_the_check_finds_nothing_in_the_services_file(written, capsys):
    assert check(written.etc / 'nova' / settings.NOVA, capsys) == (
        0, ['0 errors, 0 warnings'], '')


@pytest.mark.parametrize('host', ['igb-1', 'gpu-1', 'plain-1'])
def test_nor_in_the_file_of_a_compute(written, capsys, host):
    assert host in hosts.recorded(written)
    assert check(settings.compute_settings(written, host), capsys) == (
        0, ['0 errors, 0 warnings'], '')
