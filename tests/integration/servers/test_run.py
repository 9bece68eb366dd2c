# SPDX-License-Identifier: Apache-2.0

"""What fails once a server is found is said beside what is known."""

import pytest

from nova_pci_ext import exceptions
from nova_pci_ext.servers import asking
from nova_pci_ext.servers import finding
from nova_pci_ext.servers import judging
from nova_pci_ext.servers import reading
from nova_pci_ext.servers import run
from nova_pci_ext.servers import since
from nova_pci_ext.servers import today
from tests.integration.servers import scenes

pytestmark = pytest.mark.nova

ASKED = asking.Asked(spec=None, flavor='f')
PARTS = ((asking, 'ask'), (judging, 'judge'), (since, 'read'),
         (today, 'differences'), (today, 'resized_to'))


@pytest.fixture
def parts(monkeypatch):
    """Let all parts answer, and some of them fail."""
    def make(*failing):
        server = scenes.server()
        monkeypatch.setattr(finding, 'find', lambda text: server.place)
        monkeypatch.setattr(reading, 'read', lambda place: server)
        for part, name in PARTS:
            def answer(*_, _name=name, **__):
                if _name in failing:
                    raise exceptions.DiscoveryError(_name, 'silent')
                return ASKED if _name == 'ask' else _name
            monkeypatch.setattr(part, name, answer)
        return run.explain('web')
    return make


@pytest.mark.parametrize(('failing', 'expected'), [
    ((), (ASKED, 'judge', 'read', 'differences', 'resized_to', '')),
    (('ask',), (None, None, 'read', (), 'resized_to', 'ask: silent')),
    (('judge',), (ASKED, None, 'read', 'differences', 'resized_to',
                  'judge: silent')),
    (('read',), (ASKED, 'judge', None, (), '', 'read: silent')),
    (('judge', 'read'), (ASKED, None, None, (), '', 'judge: silent')),
], ids=str)
def test_what_is_told(parts, failing, expected):
    told = parts(*failing)
    assert (told.asked, told.judged, told.changes, told.differences,
            told.resized_to, told.refusal) == expected


def test_what_is_being_done_is_said(parts):
    parts()
    steps = []
    run.explain('web', progress=run.Progress(step=steps.append))
    assert steps == ['looking for the server',
                     'reading the records of the server', 'asking Placement',
                     'reading what has changed']
