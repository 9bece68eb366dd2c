# SPDX-License-Identifier: Apache-2.0

"""What ``make test-distributions`` does before it makes anything."""

import hashlib
import io
import sys

import pytest

from tests.distributions import __main__ as command
from tests.distributions import systems


def test_an_unknown_distribution_is_refused(monkeypatch, capsys):
    monkeypatch.setattr(sys, 'argv', ['distributions', 'sid', 'noble'])
    with pytest.raises(SystemExit) as caught:
        command.main()
    assert caught.value.code == 2
    assert 'unknown distribution sid; there are trixie, noble' in (
        capsys.readouterr().err)


def test_keys_of_another_checksum_are_not_unpacked(monkeypatch, tmp_path):
    monkeypatch.setattr(systems.urllib.request, 'urlopen',
                        lambda *_, **__: io.BytesIO(b'other'))
    with pytest.raises(systems.UnreadableError) as caught:
        systems.make('noble', tmp_path / 'root', tmp_path)
    assert str(caught.value) == (
        f'{systems.UBUNTU_KEYS}: expected SHA-256 '
        f'{systems.UBUNTU_KEYS_SHA256}, got '
        f'{hashlib.sha256(b"other").hexdigest()}')
    assert list(tmp_path.iterdir()) == []


def test_the_user_gets_no_more_than_the_way_to_a_registry(
        monkeypatch, tmp_path):
    monkeypatch.setenv('PIP_CERT', '/etc/ssl/own.crt')
    monkeypatch.setenv('PIP_FIND_LINKS', '/opt/wheels')
    words = command.user_command(tmp_path, 'make test')
    assert words[:6] == ['chroot', '--userspec=1000:1000', '--groups=',
                         str(tmp_path), '/usr/bin/env', '-i']
    assert 'PIP_CERT=/etc/ssl/own.crt' in words
    assert not [word for word in words if word.startswith('PIP_FIND')]
    assert words[-1] == f"cd '{command.PLACE}' && make test"


@pytest.mark.parametrize('line', [
    '== functional', 'unit: 31 s', '2410 passed in 30.12s',
    '=== 1 failed, 3 passed in 2.00s ===', '2 passed, 0 failed'])
def test_the_lines_that_matter_are_told(line):
    assert command.TOLD.match(line)


def test_other_lines_are_only_logged():
    assert not command.TOLD.match('tests/unit/test_any.py ....... [ 99%]')
