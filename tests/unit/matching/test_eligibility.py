# SPDX-License-Identifier: Apache-2.0

"""What the rules say is found once for demands that share it."""

import pytest

from nova_pci_ext.matching import demands
from nova_pci_ext.matching import rules
from nova_pci_ext.matching.eligibility import Eligibility
from tests.pci_hosts import asked
from tests.pci_hosts import request
from tests.pci_hosts import vfs

KIND = vfs('0000:81:00.0', 1).kind
OTHER = vfs('0000:81:00.0', 1, product='0002').kind


@pytest.fixture
def run(monkeypatch):
    """The classes that rules were run on."""
    found = []
    rejection = rules.rejection
    monkeypatch.setattr(rules, 'rejection', lambda want, kind: found.append(
        kind) or rejection(want, kind))
    return found


def merged(eligibility, provider=None):
    return demands.merge([demands.Ask(requests=(request(
        'r', 1, asked('0001'),
        providers=[provider] if provider else ()),))], eligibility)


def test_demands_that_differ_in_providers_share_what_is_found(run):
    shared = Eligibility()
    for provider in (None, 'one', 'two'):
        wanted = merged(shared, provider)
        assert (wanted.mask(KIND), wanted.mask(OTHER)) == (1, 0)
        assert wanted.rejection(0, KIND) is None
        assert wanted.rejection(0, OTHER) == rules.rejection(
            wanted[0].want, OTHER)
        run.pop()
    assert run == [KIND, OTHER]


def test_demands_alone_find_it_themselves(run):
    for _ in range(2):
        assert merged(None).mask(KIND) == 1
    assert run == [KIND, KIND]
