# SPDX-License-Identifier: Apache-2.0

import pytest

from tests import libvirt_tools


@pytest.fixture(autouse=True, scope='session')
def tools():
    libvirt_tools.require()
