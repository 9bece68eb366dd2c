# SPDX-License-Identifier: Apache-2.0

"""What ``nova-pci check`` makes of the configurations that people write."""

import pytest

from nova_pci_ext.novaobj.hooks import features
from nova_pci_ext.novaobj.hooks.features import Feature
from tests import configuration_cases
from tests import configuration_table

pytestmark = pytest.mark.nova

CASES = configuration_cases.CASES
#: What a release without the feature says otherwise, or not at all.
NEEDS = {
    'live_migratable for a part of the VFs': Feature.LIVE_MIGRATABLE_TRAIT,
    'one_time_use on VFs, switched off': Feature.ONE_TIME_USE,
    'one_time_use for devices with a physical network': Feature.ONE_TIME_USE}


@pytest.mark.parametrize('case', CASES, ids=[case.name for case in CASES])
def test_a_configuration_has_its_exit_status(case, tmp_path):
    if case.name in NEEDS and not features.has(NEEDS[case.name]):
        pytest.skip(f'this Nova lacks {NEEDS[case.name]}')
    status, said = configuration_table.run(case, tmp_path)
    assert status == case.status, said


@pytest.mark.skipif(not all(map(features.has, Feature)),
                    reason='the page is written with the newest Nova')
def test_the_documentation_shows_what_is_said():
    assert (configuration_table.TABLE.read_text()
            == configuration_table.table()), (
        'run python -m tests.configuration_table')
