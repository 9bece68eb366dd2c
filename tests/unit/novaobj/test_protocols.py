# SPDX-License-Identifier: Apache-2.0

"""The types of Nova's objects, as one face."""

import typing

import pytest

from nova_pci_ext.novaobj import protocols


@pytest.mark.parametrize('name', sorted(
    set(protocols.__all__) - {'Context', 'ImageMeta'}))
def test_each_name_is_a_type_without_code(name):
    found = getattr(protocols, name)
    assert typing.is_typeddict(found) or found._is_protocol


def test_names_are_listed_once_and_in_order():
    assert protocols.__all__ == sorted(set(protocols.__all__))
