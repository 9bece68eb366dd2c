# SPDX-License-Identifier: Apache-2.0

"""What ``nova-pci check`` makes of the configurations that people write."""

import pytest

from tests import configuration_cases
from tests import configuration_table

pytestmark = pytest.mark.nova

CASES = configuration_cases.CASES


@pytest.mark.parametrize('case', CASES, ids=[case.name for case in CASES])
def test_a_configuration_has_its_exit_status(case, tmp_path):
    status, said = configuration_table.run(case, tmp_path)
    assert status == case.status, said


def test_the_documentation_shows_what_is_said():
    assert (configuration_table.TABLE.read_text()
            == configuration_table.table()), (
        'run python -m tests.configuration_table')
