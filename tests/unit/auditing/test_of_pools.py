# SPDX-License-Identifier: Apache-2.0

from nova_pci_ext.auditing import comparing
from nova_pci_ext.auditing.kinds import Kind
from tests import audit_lies
from tests import audit_scenes


def test_what_differs_is_counted():
    (found,) = comparing.compare(audit_lies.pool_of_another_numa_node(
        audit_scenes.known_cloud(gpus=4, vfs=5)))
    (pool, *_) = audit_scenes.known_cloud(gpus=4, vfs=5).nodes[1].pools
    what = f'{pool.count} of {pool.vendor_id}:{pool.product_id}'
    assert found.text == (
        f'free and not published: {what} {pool.dev_type} on NUMA node 0; '
        f'published and not free: {what} {pool.dev_type} on NUMA node 7')


def test_a_device_on_no_numa_node_is_another():
    books = audit_scenes.known_cloud()
    books = audit_lies.rewrite(books, 'h0', audit_lies.FREE_GPU,
                               numa_node=None)
    (found,) = comparing.compare(books)
    assert found.kind is Kind.POOLS_DIFFER
    assert 'type-PCI on no NUMA node' in found.text
