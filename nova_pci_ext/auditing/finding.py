# SPDX-License-Identifier: Apache-2.0

"""One disagreement between the books."""

import dataclasses
import shlex

from nova_pci_ext.auditing.kinds import Kind
from nova_pci_ext.auditing.kinds import MEANINGS


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Finding:
    """What disagrees, where, and who is affected; '' where nobody is.

    :ivar kind: what kind of disagreement it is
    :ivar host: the host of the device, or of the node
    :ivar device: address, as the row or the host has it
    :ivar instance: UUID of the instance, or of what passes for one
    :ivar port: UUID of the port
    :ivar provider: UUID of the resource provider
    :ivar text: what the books say, for people
    :ivar cell: the cell of the row
    :ivar row: number of the row, 0 where there is none
    """

    kind: Kind
    host: str = ''
    device: str = ''
    instance: str = ''
    port: str = ''
    provider: str = ''
    text: str = ''
    cell: str = ''
    row: int = 0

    @property
    def key(self) -> tuple[str, ...]:
        """What makes two findings of two readings the same."""
        return (self.kind, self.host, self.device, self.instance, self.port,
                self.provider, self.cell, str(self.row))

    @property
    def cure(self) -> str:
        """What to do about it, for a shell where it is a command.

        A tenant may write what passes for an instance or a host, as in
        ``device_id`` of a port.
        """
        return MEANINGS[self.kind].cure.format(**{
            name: shlex.quote(value) for name, value in (
                ('host', self.host or 'HOST'),
                ('device', self.device or 'DEVICE'),
                ('instance', self.instance or 'SERVER'),
                ('port', self.port or 'PORT'),
                ('provider', self.provider or 'PROVIDER'))})


def place(finding: Finding) -> tuple[int, Finding]:
    """Where a finding stands among others: by kind as they are looked for."""
    return list(Kind).index(finding.kind), finding
