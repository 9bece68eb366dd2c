# SPDX-License-Identifier: Apache-2.0

"""``nova-pci migrate`` on files, compared with what is documented."""

import pathlib

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
        0, '2 device_spec entries, 1 alias: 0 errors, 0 warnings\n', '')
    assert run('migrate', path) == (0, out, 'nothing had to be changed\n')


def test_a_file_that_no_service_can_read_is_not_migrated(run, tmp_path):
    path = tmp_path / 'nova.conf'
    path.write_text('[DEFAULT\n')
    assert run('migrate', path) == (
        2, '', f"error: {path}:1: Invalid section (must end with ]): "
               "'[DEFAULT'; no service can read the file; a section stands "
               'alone on its line; a comment needs its own\n')
