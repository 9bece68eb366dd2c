# SPDX-License-Identifier: Apache-2.0

"""What a compute publishes of its pools."""

import pytest
from nova import objects

from nova_pci_ext.stats.publishing import Publisher

pytestmark = pytest.mark.nova

VF = {'vendor_id': '8086', 'product_id': '1520', 'numa_node': 0, 'count': 2}
PF = dict(VF, product_id='1521', count=1)


def test_an_object_is_made_anew_only_where_its_pool_changed():
    objects.register_all()
    publisher = Publisher()
    first = publisher.publish([VF, PF]).objects
    second = publisher.publish([dict(VF, count=1), PF]).objects
    assert [pool.to_dict() for pool in second] == [dict(VF, count=1), PF]
    assert second[1] is first[1]
    assert second[0] is not first[0]
    assert [pool.count for pool in first] == [2, 1]
