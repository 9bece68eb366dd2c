# SPDX-License-Identifier: Apache-2.0

"""Programs that run as children of one process with Nova imported."""

import subprocess

import pytest

from tests.embedded import prepared

pytestmark = [pytest.mark.nova, pytest.mark.slow]


def test_a_child_is_as_a_process_of_its_own(monkeypatch):
    """A program ends as others do, and no child knows of another."""
    monkeypatch.setenv('NOVA_PCI_ASKED', 'once')
    for _ in range(2):
        done = prepared.run('tests.embedded.told', 'a', 'b c')
        assert (done.returncode, done.stdout, done.stderr) == (
            3, "once 1 ['a', 'b c'] ''\n", 'an error\n')
    failed = prepared.run('tests.embedded.no_such')
    assert failed.returncode == 1
    assert 'No module named' in failed.stderr


def test_a_child_that_takes_too_long_is_ended():
    with pytest.raises(subprocess.TimeoutExpired):
        prepared.run('tests.embedded.told', 'sleep', timeout=0.5)
    assert prepared.run('tests.embedded.told').returncode == 3
