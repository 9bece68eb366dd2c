# SPDX-License-Identifier: Apache-2.0

"""Every element that we write, before libvirt's schema and test driver."""

import pytest

from tests import hand_over
from tests import hand_over_nova
from tests import libvirt_tools


@pytest.fixture(params=hand_over.WITH_ELEMENT, ids=lambda row: row.name)
def element(request):
    with hand_over_nova.configured():
        yield hand_over_nova.element(request.param)


def test_the_schema_accepts_it(element, tmp_path):
    assert libvirt_tools.validate(element, tmp_path) == ''


def test_libvirt_defines_it_and_shows_all_of_it(element, tmp_path):
    shown, error = libvirt_tools.define(element, tmp_path)
    assert error is None
    assert libvirt_tools.lost(element, shown) == []


# The judgement is worth something only if a wrong element fails.
@pytest.mark.parametrize('element, error', [
    pytest.param("<interface type='hostdev'><mac address='x'/></interface>",
                 'fails to validate', id='by the schema'),
])
def test_a_wrong_element_is_refused(element, error, tmp_path):
    assert error in libvirt_tools.validate(element, tmp_path)
    assert libvirt_tools.define(element, tmp_path)[0] is None
