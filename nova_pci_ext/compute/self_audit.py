# SPDX-License-Identifier: Apache-2.0

"""What a compute sees of disagreements by itself, in each periodic update.

Only rows and pools are compared, which are in memory; ``nova-pci audit``
reads the other books too.
"""

from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Mapping

from oslo_log import log as logging

from nova_pci_ext.auditing import comparing
from nova_pci_ext.auditing.books import Books
from nova_pci_ext.auditing.books import Node
from nova_pci_ext.auditing.books import Pool
from nova_pci_ext.auditing.books import Row
from nova_pci_ext.auditing.kinds import Kind
from nova_pci_ext.metrics import record
from nova_pci_ext.model.claim import GONE
from nova_pci_ext.novaobj import device_facts
from nova_pci_ext.novaobj import drain_notes
from nova_pci_ext.novaobj import release_notes
from nova_pci_ext.novaobj.protocols import PciDevice

LOG = logging.getLogger(__name__)


def measure(node: str, devices: Iterable[PciDevice],
            pools: Iterable[Mapping[str, object]],
            outlived: Mapping[str, Collection[PciDevice]]) -> None:
    """Set the gauges of a node; a fault here costs nothing but them.

    :param outlived: devices of guests whose instances are gone
    """
    try:
        found = count(devices, pools)
    except Exception:
        LOG.exception('The rows and pools of node %s were not compared', node)
        return
    found[Kind.OWNER_NOT_THERE] = sum(map(len, outlived.values()))
    record.disagreements(node, {kind.value: number
                                for kind, number in found.items()})


def count(devices: Iterable[PciDevice],
          pools: Iterable[Mapping[str, object]]) -> dict[Kind, int]:
    """Count the disagreements between rows and pools.

    :returns: each kind that is looked for, with a zero where there is none
    """
    books = Books(
        nodes=(Node(id=0, host='', name='', uuid='',
                    pools=tuple(map(_pool, pools))),),
        rows=tuple(_row(number, device)
                   for number, device in enumerate(devices, 1)
                   if device.status not in GONE))
    found = dict.fromkeys(comparing.LOCAL_RULES, 0)
    for each in comparing.compare_with(books, comparing.LOCAL_RULES.values()):
        found[each.kind] += 1
    return found


def _pool(pool: Mapping[str, object]) -> Pool:
    number, node = pool['count'], pool.get('numa_node')
    assert isinstance(number, int)
    return Pool(
        vendor_id=str(pool['vendor_id']), product_id=str(pool['product_id']),
        dev_type=str(pool['dev_type']), count=number,
        numa_node=node if isinstance(node, int) else None)


def _row(number: int, device: PciDevice) -> Row:
    return Row(
        id=number, node_id=0, address=device.address,
        parent=device.parent_addr, dev_type=device.dev_type,
        vendor_id=device.vendor_id, product_id=device.product_id,
        numa_node=device.numa_node, status=device.status,
        owner=device.instance_uuid,
        drained=drain_notes.reason(device.extra_info),
        held=device_facts.held(device.extra_info),
        unclean=release_notes.unclean(device.extra_info))
