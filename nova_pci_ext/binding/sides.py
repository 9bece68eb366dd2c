# SPDX-License-Identifier: Apache-2.0

"""The two dictionaries of a port, read key by key.

What a key may hold is said here; which keys a kind needs, in ``vif_details``.
"""

import re
from collections.abc import Callable
from collections.abc import Mapping

from nova_pci_ext import exceptions
from nova_pci_ext.binding import link_keys
from nova_pci_ext.binding import texts
from nova_pci_ext.model.binding import BoundPort
from nova_pci_ext.model.binding import MacvtapMode
from nova_pci_ext.model.binding import MAX_VLAN
from nova_pci_ext.model.binding import SocketMode
from nova_pci_ext.model.truth import FALSE_WORDS
from nova_pci_ext.model.truth import TRUE_WORDS

MECHANISM_DRIVER = 'the Neutron mechanism driver'
NEUTRON = 'Neutron'
NOVA = 'Nova'
OPERATOR = 'the operator'

_DIGITS = re.compile('[0-9]{1,8}')


class Side:
    """One of the two dictionaries of a port, read key by key.

    Each method but ``refuse`` raises BindingError for a value that it does
    not take; a key whose value is null counts as missing.
    """

    def __init__(self, port: BoundPort, name: str,
                 values: Mapping[str, object], setter: str) -> None:
        self._port = port
        self._name = name
        self._values = values
        self._setter = setter

    def __contains__(self, key: str) -> bool:
        return self._values.get(key) is not None

    def refuse(self, key: str, expected: str) -> exceptions.BindingError:
        """Return the error that says what a key should hold."""
        got = (f'got {self._values[key]!r}' if key in self
               else 'but it is missing')
        return exceptions.BindingError(
            self._port.port_id, f'{self._name}.{key}', self._setter,
            f'expected {expected}, {got}')

    def text(self, key: str, expected: str,
             accept: Callable[[str], bool] = texts.is_plain) -> str:
        """Read a text that is not empty."""
        value = self._values.get(key)
        if not isinstance(value, str) or not value or not accept(value):
            raise self.refuse(key, expected)
        return value

    def interface(self, key: str) -> str:
        """Read the name of an interface of the host."""
        return self.text(key, 'the name of an interface', texts.is_interface)

    def socket(self, key: str) -> str:
        """Read the path of a socket."""
        path = self.text(key, 'the absolute path of a socket', texts.is_path)
        if not texts.stays_inside(path):
            raise self.refuse(key, "a path without '..'")
        if not texts.is_short(path):
            raise self.refuse(
                key, f'a path of at most {texts.MAX_SOCKET} bytes')
        return path

    def number(self, key: str, what: str, highest: int) -> int:
        """Read a number from 0 to ``highest``."""
        # Neutron's drivers send numbers as JSON numbers and as text; a JSON
        # true is an int to Python and still no number.
        value = self._values.get(key)
        if isinstance(value, str) and _DIGITS.fullmatch(value):
            value = int(value)
        if (not isinstance(value, int) or isinstance(value, bool)
                or not 0 <= value <= highest):
            raise self.refuse(key, f'{what} from 0 to {highest}')
        return value

    def vlan(self) -> int:
        """Read the VLAN id."""
        return self.number('vlan', 'a VLAN id', MAX_VLAN)

    def macvtap_mode(self, default: MacvtapMode | None) -> MacvtapMode:
        """Read ``macvtap_mode``; it must be there if there is no default."""
        if default is not None and 'macvtap_mode' not in self:
            return default
        try:
            return MacvtapMode(str(self._values.get('macvtap_mode')))
        except ValueError:
            raise self.refuse('macvtap_mode', _one_of(MacvtapMode)) from None

    def socket_mode(self) -> SocketMode:
        """Read ``vhostuser_mode``, server when missing."""
        if 'vhostuser_mode' not in self:
            return SocketMode.SERVER
        try:
            return SocketMode(str(self._values['vhostuser_mode']))
        except ValueError:
            raise self.refuse('vhostuser_mode', _one_of(SocketMode)) from None

    def truth(self, key: str) -> bool:
        """Read yes or no, no when missing."""
        if key not in self:
            return False
        word = str(self._values[key]).strip().lower()
        if word not in TRUE_WORDS | FALSE_WORDS:
            raise self.refuse(key, 'true or false')
        return word in TRUE_WORDS


def _one_of(choices: type[MacvtapMode] | type[SocketMode]) -> str:
    *most, last = [str(choice) for choice in choices]
    return f"{', '.join(most)} or {last}"


def mac_of(port: BoundPort) -> str:
    """Return the port's MAC address.

    :raises BindingError: if it is none
    """
    if not isinstance(port.mac, str) or not texts.is_mac(port.mac):
        raise exceptions.BindingError(
            port.port_id, 'mac_address', NEUTRON,
            f'expected a MAC address, got {port.mac!r}')
    return port.mac


class _Details(Side):
    """What the mechanism driver wrote, completed from the profile."""

    def __init__(self, port: BoundPort) -> None:
        super().__init__(port, 'vif_details',
                         link_keys.completed_details(port), MECHANISM_DRIVER)
        self._of_operator = link_keys.link_of(port)

    def refuse(self, key: str, expected: str) -> exceptions.BindingError:
        """Return the error, which names who wrote the value."""
        if key in self._of_operator:
            return profile_of(self._port, OPERATOR).refuse(key, expected)
        return super().refuse(key, expected)


def details_of(port: BoundPort) -> Side:
    """Return what the mechanism driver wrote, and the operator for it."""
    return _Details(port)


def profile_of(port: BoundPort, setter: str = NOVA) -> Side:
    """Return what Nova wrote, or the operator, who uses the same place."""
    return Side(port, 'profile', port.profile, setter)
