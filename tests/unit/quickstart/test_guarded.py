# SPDX-License-Identifier: Apache-2.0

import pathlib
import tempfile

import pytest

from nova_pci_ext.quickstart import guarded


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, 'tempdir', str(tmp_path))


def test_an_error_that_nobody_caught_is_shown_and_the_folder_stays(capfd):
    def work(folder):
        (folder / 'nova.log').write_text('kept')
        raise LookupError('no such image')

    assert guarded.run(work) == 1
    said = capfd.readouterr().err
    assert 'LookupError: no such image' in said
    kept = said.partition('kept for you to look at: ')[2].strip()
    assert pathlib.Path(kept).read_text() == 'kept'


def test_nothing_stays_of_work_that_was_done(capfd):
    def work(folder):
        print(folder)
        return 0

    assert guarded.run(work) == 0
    seen = capfd.readouterr()
    assert not pathlib.Path(seen.out.strip()).exists()
    assert seen.err == ''
