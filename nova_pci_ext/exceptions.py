# SPDX-License-Identifier: Apache-2.0

"""The errors that this package raises; it imports only ``model.printable``.

An attribute is data, ``__str__`` renders it: in words, and escaped, since what
it quotes can come from anywhere.  A host that does not fit a
request is not an error: that answer is a value (``model.verdict``).
"""


import enum

from nova_pci_ext.model.printable import printable


class PciExtError(Exception):
    """Base of every error that this package raises on purpose."""

    def __str__(self) -> str:
        return printable(self._words())

    def _words(self) -> str:
        """Render the attributes, as they are."""
        return super().__str__()


class AddressError(PciExtError, ValueError):
    """A text is no PCI address.

    :ivar text: what was given
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text

    def _words(self) -> str:
        return (f'expected a PCI address such as 0000:81:00.1, '
                f'got {self.text!r}')


class Fault(enum.StrEnum):
    """Classes of faults in a configuration; the values never change.

    ``REFUSED`` is what Nova refuses too.  Nova accepts all the others and
    then does something dangerous, or nothing (doc: reference/differences).
    """

    REFUSED = 'refused'
    TYPO = 'typo'
    WRONG_TYPE = 'wrong-type'
    IMPOSSIBLE = 'impossible-value'
    DUPLICATE = 'duplicate'
    RESERVED = 'reserved-tag'
    UNSELECTIVE = 'selects-everything'
    NO_EFFECT = 'no-effect'
    COUNT = 'count'
    OLD_NAME = 'old-name'
    HOST_DEVICE = 'host-device'
    NOT_READY = 'host-not-ready'


class ConfigError(PciExtError):
    """The operator must edit a configuration file or a flavor.

    :ivar path: where: ``nova.conf:12: [pci] device_spec[1].vendor_id``
    :ivar message: what is wrong
    :ivar hint: what was expected, or what to write instead, or None
    :ivar fault: the class of the fault
    """

    def __init__(self, path: str, message: str, hint: str | None = None,
                 fault: Fault = Fault.REFUSED) -> None:
        super().__init__(path, message, hint, fault)
        self.path = path
        self.message = message
        self.hint = hint
        self.fault = fault

    def _words(self) -> str:
        text = f'{self.path}: {self.message}'
        return f'{text}; {self.hint}' if self.hint else text


class ConfigErrors(ExceptionGroup[ConfigError], PciExtError):
    """All the faults of one configuration, in the order of the files."""

    def __str__(self) -> str:
        return '\n'.join(str(fault) for fault in self.exceptions)


class DiscoveryError(PciExtError):
    """The host, or a recording of one, is not as it should be.

    :ivar source: the sysfs path, libvirt name or inventory file
    :ivar message: what is wrong, and what was expected
    """

    def __init__(self, source: str, message: str) -> None:
        super().__init__(source, message)
        self.source = source
        self.message = message

    def _words(self) -> str:
        return f'{self.source}: {self.message}'


class ClaimError(PciExtError):
    """A move of a device that its state does not allow.

    :ivar address: the device, as text
    :ivar move: what was tried: ``claim``, ``allocate``, ``free``, ...
    :ivar state: the state the device is in
    :ivar owner: UUID of the instance that owns it, or None
    :ivar message: why the move is not legal
    :ivar conflict: what forbids it, a value of ``model.claim.Conflict``
    """

    def __init__(self, address: str, move: str, state: str,
                 owner: str | None, message: str, *,
                 conflict: str) -> None:
        super().__init__(address, move, state, owner, message)
        self.address = address
        self.move = move
        self.state = state
        self.owner = owner
        self.message = message
        self.conflict = conflict

    def _words(self) -> str:
        owned = f' by instance {self.owner}' if self.owner else ''
        return (f'cannot {self.move} device {self.address}, which is '
                f'{self.state}{owned}: {self.message}')


class BindingError(PciExtError):
    """A port's binding lacks, or contradicts, what its kind needs.

    :ivar port_id: UUID of the port
    :ivar key: ``vif_details.vlan``, ``profile.pci_slot``, ``vif_type``, ...
    :ivar setter: who sets the key, and so who has to act
    :ivar message: what is wrong, and what was expected
    """

    def __init__(self, port_id: str, key: str, setter: str,
                 message: str) -> None:
        super().__init__(port_id, key, setter, message)
        self.port_id = port_id
        self.key = key
        self.setter = setter
        self.message = message

    def _words(self) -> str:
        return (f'port {self.port_id}: {self.key}: {self.message} '
                f'(set by {self.setter})')


class InstallError(PciExtError):
    """This Nova is not one that this package can be put into."""


class ServerRequestError(PciExtError):
    """What somebody asks to have explained is not a request at all."""


class UsageError(PciExtError):
    """Words of a command line that do not go together."""
