# SPDX-License-Identifier: Apache-2.0

import fcntl
import json
import os
import stat

import pytest

from nova_pci_ext import exceptions
from nova_pci_ext.discovery import drained_file
from nova_pci_ext.model.drained import Accepted
from nova_pci_ext.model.drained import CardFunction
from nova_pci_ext.model.drained import Mark
from nova_pci_ext.model.drained import Marks
from nova_pci_ext.model.health import AcceptedFacts

MARKS = (
    Mark(address='0000:81:00.0', reason='bad fan', by='root',
         since='2026-11-27T23:00:00+00:00',
         card=CardFunction(serial='S1', function=0, offset=17)),
    Mark(address=None, reason='new kernel'))


@pytest.fixture
def path(tmp_path):
    return tmp_path / 'drained.json'


def test_no_file_is_no_mark(path):
    assert drained_file.read(path) == ()
    assert drained_file.stamp(path) is None
    assert drained_file.stamp(path / 'below') is None


def test_what_is_written_is_read(path):
    before = os.umask(0o077)
    try:
        assert drained_file.change(path, lambda old: [*old, *MARKS]) == MARKS
    finally:
        os.umask(before)
    assert drained_file.read(path) == MARKS
    # nova-compute is another user than the one who ran the command.
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_each_change_is_seen(path):
    stamps = {drained_file.stamp(path)}
    for _ in range(3):
        drained_file.change(path, lambda old: MARKS)
        stamps.add(drained_file.stamp(path))
    assert len(stamps) == 4


GOOD = {'format': 'nova-pci-drained', 'version': 1}


@pytest.mark.parametrize('content', [
    '', 'null', '[]', '{}', json.dumps({**GOOD, 'version': 2, 'drained': []}),
    json.dumps({**GOOD, 'drained': [{}]}),
    json.dumps({**GOOD, 'drained': [{'address': '81:00.0', 'reason': ''}]}),
    json.dumps({**GOOD, 'drained': [{'reason': 'r', 'only': 'nights'}]}),
    json.dumps({**GOOD, 'drained': [{'address': None, 'reason': 3}]}),
    json.dumps({**GOOD, 'drained': [{
        'address': None, 'reason': 'r', 'card': {
            'serial': 'S', 'function': '0'}}]}),
    json.dumps({**GOOD, 'drained': [{
        'address': None, 'reason': 'r', 'card': 'S'}]}),
    json.dumps({**GOOD, 'drained': [{
        'address': None, 'reason': 'r', 'origin': 'the moon'}]}),
    *(json.dumps({**GOOD, 'drained': [], 'accepted': [accepted]})
      for accepted in (
          3, {'address': '0000:81:00.0', 'facts': {'vfs': 3}},
          {'address': '0000:81:00.0', 'facts': {'fatal': '3'}}, {})),
    '[' * 100000,
], ids=['empty', 'null', 'a list', 'no format', 'a later one', 'no reason',
        'a short address', 'an unknown word', 'a number for words',
        'words for a number', 'words for a card', 'an unknown origin',
        'a number for what is accepted', 'an unknown fact',
        'words for a fact', 'no address', 'deep'])
def test_a_file_that_is_none_of_ours_is_not_an_empty_one(path, content):
    path.write_text(content)
    with pytest.raises(exceptions.DiscoveryError) as caught:
        drained_file.read(path)
    assert str(caught.value) == (
        f'{path}: not a file of nova-pci drain; restore it, or remove it and '
        'drain again')


@pytest.mark.parametrize('make', [os.mkdir, os.mkfifo],
                         ids=['a folder', 'a pipe'])
def test_what_is_no_file_is_not_an_empty_one(path, make):
    make(path)
    with pytest.raises(exceptions.DiscoveryError) as caught:
        drained_file.read(path)
    assert str(caught.value) == f'{path}: not a file'


def test_a_name_that_cannot_be_looked_at_is_not_one_that_is_not_there(path):
    path.symlink_to(path)
    assert drained_file.stamp(path) is not None
    with pytest.raises(exceptions.DiscoveryError):
        drained_file.read(path)


def test_two_commands_do_not_write_at_once(path):
    with open(path.with_name('drained.json.lock'), 'w') as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(exceptions.DiscoveryError) as caught:
            drained_file.change(path, lambda old: MARKS)
    assert str(caught.value) == (
        f'{path}: another nova-pci or nova-compute is writing it; try again')
    assert drained_file.read(path) == ()


def test_a_folder_that_is_not_there_is_said(path):
    with pytest.raises(exceptions.DiscoveryError) as caught:
        drained_file.change(path / 'below', lambda old: MARKS)
    assert str(caught.value) == (
        f'{path}/below: cannot be written: No such file or directory')


def test_a_file_without_end_is_not_read(path):
    with open(path, 'w') as file:
        file.truncate(drained_file.LONGEST + 1)
    with pytest.raises(exceptions.DiscoveryError) as caught:
        drained_file.read(path)
    assert str(caught.value) == f'{path}: is longer than 8388608 bytes'


ACCEPTED = (
    Accepted(address='0000:81:00.0', facts=AcceptedFacts(fatal=3, speed=2.5),
             card=CardFunction(serial='S1', function=0)),
    Accepted(address='0000:41:00.0'))


def test_what_is_accepted_is_kept_beside_the_marks(path):
    drained_file.change_all(path, lambda old: Marks(
        drained=MARKS, accepted=ACCEPTED))
    assert drained_file.read_all(path) == Marks(
        drained=MARKS, accepted=ACCEPTED)
    drained_file.change(path, lambda old: old[:1])
    assert drained_file.read_all(path) == Marks(
        drained=MARKS[:1], accepted=ACCEPTED)
