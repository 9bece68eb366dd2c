# SPDX-License-Identifier: Apache-2.0

"""The words for yes and no are those of the library that reads them."""

import pytest
from oslo_utils import strutils

from nova_pci_ext.model import truth


@pytest.mark.parametrize('word', sorted(
    truth.TRUE_WORDS | truth.FALSE_WORDS | {'', 'maybe', 'truee', '2'}))
def test_words_of_oslo_utils(word):
    try:
        wanted = strutils.bool_from_string(word, strict=True)
    except ValueError:
        wanted = None
    assert (word in truth.TRUE_WORDS, word in truth.FALSE_WORDS) == (
        wanted is True, wanted is False)
    assert truth.is_true(word) is (wanted is True)
