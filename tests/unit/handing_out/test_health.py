# SPDX-License-Identifier: Apache-2.0

import pytest

from nova_pci_ext.handing_out import health
from nova_pci_ext.handing_out.health import Facts

WHOLE = Facts(driver='ice', vfs=8)


@pytest.mark.parametrize(('now', 'before', 'expected'), [
    (Facts(), None, ()),
    (Facts(fatal=0, nonfatal=0, width=16, max_width=16, speed=16.0,
           max_speed=16.0, driver='ice', vfs=8), WHOLE, ()),
    (Facts(fatal=1), None, ('1 fatal PCIe error since the host started',)),
    (Facts(nonfatal=3), None,
     ('3 uncorrected PCIe errors since the host started',)),
    (Facts(width=4, max_width=16), None, ('link has 4 of 16 lanes',)),
    (Facts(speed=2.5, max_speed=16.0), None,
     ('link runs at 2.5 of 16 GT/s',)),
    (Facts(width=0, max_width=16), None, ()),
    (Facts(width=8, speed=8.0), None, ()),
    (Facts(vfs=8), WHOLE, ('lost its driver ice',)),
    (Facts(driver='ice'), WHOLE, ('lost its 8 VFs',)),
    (Facts(driver='ice', vfs=2), WHOLE, ()),
    (Facts(), WHOLE, ('lost its driver ice', 'lost its 8 VFs')),
    (Facts(), None, ()),
], ids=['nothing is known', 'all well', 'fatal', 'uncorrected', 'lanes',
        'speed', 'a link that is down', 'no capability', 'no driver',
        'no VFs', 'fewer VFs, as somebody wanted', 'neither',
        'a device without a driver'])
def test_what_is_a_fault(now, before, expected):
    assert health.faults(now, before) == expected
