# SPDX-License-Identifier: Apache-2.0

"""Every element that we write, before libvirt's schema and test driver."""

import pytest

from nova_pci_ext.binding import hostdev_xml
from tests import hand_over
from tests import libvirt_tools


@pytest.fixture(params=hand_over.WITH_ELEMENT, ids=lambda row: row.name)
def device(request):
    return request.param.guest_device


def test_the_schema_accepts_it(device, tmp_path):
    assert libvirt_tools.validate(hostdev_xml.to_xml(device), tmp_path) == ''


def test_libvirt_defines_it_and_shows_the_same(device, tmp_path):
    shown, error = libvirt_tools.define(hostdev_xml.to_xml(device), tmp_path)
    assert error is None
    assert hostdev_xml.from_xml(shown) == device


# The judgement is worth something only if a wrong element fails.
@pytest.mark.parametrize('element, error', [
    pytest.param("<interface type='hostdev'><mac address='x'/></interface>",
                 'fails to validate', id='by the schema'),
])
def test_a_wrong_element_is_refused(element, error, tmp_path):
    assert error in libvirt_tools.validate(element, tmp_path)
    assert libvirt_tools.define(element, tmp_path)[0] is None
