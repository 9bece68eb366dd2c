# SPDX-License-Identifier: Apache-2.0

"""Answers hold for the very pools that they were about."""

from nova_pci_ext.stats.answers import Answers


def test_other_pools_are_another_question():
    pools, others = (object(),), (object(),)
    answers = Answers()
    assert answers.get(pools, 'a') is None
    answers.keep('a', answer=False)
    assert answers.get(pools, 'a') is False
    assert answers.get(pools, 'b') is None
    assert answers.get(others, 'a') is None
    assert answers.get(pools, 'a') is None
