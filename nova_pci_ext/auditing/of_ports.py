# SPDX-License-Identifier: Apache-2.0

"""What is wrong between the profiles of ports and the rows."""

from collections.abc import Collection
from collections.abc import Iterator

from nova_pci_ext.auditing import ledger as ledgers
from nova_pci_ext.auditing.books import Instance
from nova_pci_ext.auditing.books import Port
from nova_pci_ext.auditing.books import Request
from nova_pci_ext.auditing.books import Row
from nova_pci_ext.auditing.finding import Finding
from nova_pci_ext.auditing.kinds import Kind
from nova_pci_ext.auditing.ledger import Ledger
from nova_pci_ext.auditing.ledger import RowKey

Suspects = Collection[RowKey]


def _finding(kind: Kind, port: Port, text: str,
             instance: Instance | None = None) -> Finding:
    return Finding(kind=kind, host=port.host, device=port.slot or '',
                   instance=instance.uuid if instance else port.instance,
                   port=port.id, text=text)


def of_nobody(ledger: Ledger, suspects: Suspects) -> Iterator[Finding]:
    """A port that names a device has an instance."""
    doubted = {ledger.place(row) for row in ledger.rows
               if ledgers.key(row) in suspects}
    for port in ledger.books.ports or ():
        if (not port.slot or not ledger.judges(port.host)
                or (port.host, port.slot) in doubted):
            continue
        if not port.instance:
            yield _finding(Kind.PROFILE_LEFT, port,
                           f'it names {port.slot}, and is the port of nobody')
        elif (port.instance not in ledger.instances
                and port.instance not in ledger.busy):
            yield _finding(Kind.PORT_OF_GONE_INSTANCE, port,
                           f'it names {port.slot} for {port.instance}, which '
                           'does not exist')


def _asked(ledger: Ledger, suspects: Suspects,
           ) -> Iterator[tuple[Instance, Request, list[Row]]]:
    """Yield requests for ports, with the rows that serve them."""
    for instance in ledger.books.instances:
        if ledger.at_rest(instance.uuid) is None or not instance.host:
            continue
        owned = ledger.owned.get((instance.uuid, instance.host), ())
        for request in instance.requests or ():
            rows = [row for row in owned
                    if row.request_id == request.request_id]
            if request.port and rows and not any(
                    ledgers.key(row) in suspects for row in rows):
                yield instance, request, rows


def gone(ledger: Ledger, suspects: Suspects) -> Iterator[Finding]:
    """The port that a device was asked for is there."""
    if ledger.books.ports is None:
        return
    known = {port.id for port in ledger.books.ports}
    for instance, request, rows in _asked(ledger, suspects):
        if request.port not in known:
            yield Finding(kind=Kind.PORT_GONE, host=instance.host or '',
                          device=rows[0].address, instance=instance.uuid,
                          port=request.port or '',
                          text='Neutron does not have the port')


def differs(ledger: Ledger, suspects: Suspects) -> Iterator[Finding]:
    """A port names the host of its instance, and the device owned for it."""
    ports = {port.id: port for port in ledger.books.ports or ()}
    for instance, request, rows in _asked(ledger, suspects):
        port = ports.get(request.port or '')
        if port is None or port.instance != instance.uuid:
            continue
        row = rows[0]
        if port.host != instance.host:
            yield _finding(Kind.PORT_OTHER_HOST, port,
                           f'it is bound to {port.host or "no host"}, and '
                           f'the instance is on {instance.host}')
        elif port.slot != row.address or (
                port.ids not in (None, f'{row.vendor_id}:{row.product_id}')):
            yield _finding(Kind.PORT_OTHER_DEVICE, port,
                           f'it names {port.slot or "no device"} '
                           f'({port.ids or "no ids"}), and {row.address} '
                           f'({row.vendor_id}:{row.product_id}) is owned '
                           'for it')
