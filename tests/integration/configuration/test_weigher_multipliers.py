# SPDX-License-Identifier: Apache-2.0

"""The multipliers of weighers; ``configuration_cases`` has whole files."""

import pytest

from nova_pci_ext.configuration import weigher_multipliers
from nova_pci_ext.configuration.written import Written
from nova_pci_ext.parsing import Faults

pytestmark = pytest.mark.nova

LIST = Written('all_weighers', 'a list')
PCI = 'pci_weight_multiplier'


def told(enabled, **written):
    """What is said of options of ``[filter_scheduler]``, or of others."""
    def read(name):
        value = written.get('__'.join(name), written.get(name[1]))
        return None if value is None else Written(value, name[1])

    faults = Faults(strict=True)
    weigher_multipliers.check(LIST, enabled, read, faults)
    assert faults.errors == []
    return list(map(str, faults.warnings))


@pytest.mark.parametrize(('enabled', 'written', 'expected'), [
    pytest.param({'RAMWeigher'}, {PCI: '1.1'}, [], id='just above'),
    pytest.param({'RAMWeigher'}, {PCI: '1'}, [
        'pci_weight_multiplier: is 1.0, not more than the multipliers of '
        'other weighers together (RAMWeigher 1.0), which decide in its '
        'place; write pci_weight_multiplier = 10.0'], id='just as large'),
    pytest.param({'IoOpsWeigher'}, {}, [
        'a list: pci_weight_multiplier is 1.0, not more than the multipliers '
        'of other weighers together (IoOpsWeigher 1.0), which decide in its '
        'place; write pci_weight_multiplier = 10.0'],
        id='a negative one counts, and no option is written'),
    pytest.param({'BuildFailureWeigher'}, {PCI: '1000'}, [],
                 id='1,000 hosts stay below a failure'),
    pytest.param({'BuildFailureWeigher'}, {
        PCI: '1000', 'scheduler__max_placement_results': '1002'}, [
        'pci_weight_multiplier: is 1000.0, and a host that failed to build '
        'servers may be the best one all the same, with 1000000.0 of '
        'BuildFailureWeigher; write pci_weight_multiplier = 10.0'],
        id='more hosts do not'),
    pytest.param({'BuildFailureWeigher'}, {
        PCI: '5000', 'build_failure_weight_multiplier': '0'}, [],
        id='failures are not weighed'),
    pytest.param({'RAMWeigher'}, {'ram_weight_multiplier': 'big'}, [],
                 id='Nova does not start with that'),
])
def test_what_is_said(enabled, written, expected):
    assert told(enabled, **written) == expected
