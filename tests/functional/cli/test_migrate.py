# SPDX-License-Identifier: Apache-2.0

"""``nova-pci migrate`` on files, compared with what is documented."""

import pathlib
import stat

import pytest

EXAMPLES = (pathlib.Path(__file__).parents[3] / 'doc' / 'source' / 'examples'
            / 'check')


def test_migration_of_a_file_of_2014_is_as_documented(run, compare):
    status, out, err = run('migrate', 'doc/source/examples/check/2014.conf')
    compare('2014-migrated.conf', out)
    compare('2014-changes.txt', err)
    assert status == 0


def test_what_migrate_prints_has_nothing_left_to_change(run, tmp_path):
    _, out, _ = run('migrate', EXAMPLES / '2014.conf')
    path = tmp_path / 'nova.conf'
    path.write_text(out)
    assert run('check', '--config-file', path) == (
        0, '0 errors, 0 warnings; 2 device_spec entries, 1 alias\n', '')
    assert run('migrate', path) == (0, out, 'nothing had to be changed\n')


def test_a_file_that_no_service_can_read_is_not_migrated(run, tmp_path):
    path = tmp_path / 'nova.conf'
    path.write_text('[DEFAULT\n')
    assert run('migrate', path) == (
        2, '', "nova-pci: error: "
               f"{path}:1: Invalid section (must end with ]): "
               "'[DEFAULT'; no service can read the file; a section stands "
               'alone on its line; a comment needs its own\n')


OLD = '[DEFAULT]\ndebug = true\npci_alias = {"name": "a", "vendor_id": "8086"}'
DIFF = """\
--- {path}
+++ {path}
@@ -1,3 +1,5 @@
 [DEFAULT]
 debug = true
-pci_alias = {{"name": "a", "vendor_id": "8086"}}
\\ No newline at end of file
+
+[pci]
+alias = {{"name": "a", "vendor_id": "8086"}}
"""


@pytest.fixture
def old(tmp_path):
    path = tmp_path / 'nova.conf'
    path.write_text(OLD)
    path.chmod(0o640)
    return path


def test_a_diff_touches_nothing_and_is_one_for_patch(run, old, tmp_path):
    status, out, err = run('migrate', '--diff', old)
    assert (status, out) == (0, DIFF.format(path=old))
    assert 'pci_alias' in err
    assert old.read_text() == OLD


def test_a_file_without_old_options_has_no_diff(run, tmp_path):
    path = tmp_path / 'nova.conf'
    path.write_text('[pci]\n')
    assert run('migrate', '--diff', path) == (
        0, '', 'nothing had to be changed\n')


def test_a_file_is_rewritten_in_place_and_keeps_its_mode(run, old):
    new = run('migrate', old)[1]
    status, out, err = run('migrate', '--in-place', old)
    assert (status, out, old.read_text()) == (0, '', new)
    assert 'pci_alias' in err
    assert stat.S_IMODE(old.stat().st_mode) == 0o640


def test_a_file_that_needs_no_change_is_not_written(run, old):
    run('migrate', '--in-place', old)
    before = old.stat()
    assert run('migrate', '--in-place', old) == (
        0, '', 'nothing had to be changed\n')
    assert old.stat() == before


def test_there_is_one_place_for_the_new_text(run, old, tmp_path):
    with pytest.raises(SystemExit, match='2'):
        run('migrate', '--in-place', '--output', tmp_path / 'new.conf', old)
    assert old.read_text() == OLD


def test_what_only_this_package_reads_is_said(run, tmp_path):
    path = tmp_path / 'nova.conf'
    path.write_text('[pci]\ndevice_spec = {"address": "slot=5"}\n')
    note = (f'look at {path}: [pci] device_spec[0].address: "slot=5" is read '
            "by this package only, and Nova's own parser refuses it; write an "
            'address before this package is removed\n')
    status, _, err = run('migrate', path)
    assert (status, err) == (0, f'nothing had to be changed\n{note}')
    assert run('check', '--config-file', path) == (
        0, '0 errors, 0 warnings; 1 device_spec entry, 0 aliases\n\n' + note,
        '')
