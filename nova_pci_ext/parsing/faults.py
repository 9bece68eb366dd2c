# SPDX-License-Identifier: Apache-2.0

"""Collect every fault of a configuration before anyone is told."""

import json

from nova_pci_ext import exceptions
from nova_pci_ext.exceptions import ConfigError
from nova_pci_ext.exceptions import Fault

_SHOWN = 60


class Faults:
    """The faults found so far.

    :ivar strict: whether what Nova accepts, but should not, is an error; a
        warning otherwise
    :ivar errors: in the order in which they were found
    :ivar warnings: in the order in which they were found
    """

    def __init__(self, *, strict: bool = True) -> None:
        self.strict = strict
        self.errors: list[ConfigError] = []
        self.warnings: list[ConfigError] = []

    @property
    def count(self) -> int:
        """Number of errors and warnings so far."""
        return len(self.errors) + len(self.warnings)

    def refuse(self, path: str, message: str, hint: str | None = None,
               fault: Fault = Fault.REFUSED) -> None:
        """Add an error that no setting turns into a warning."""
        self.errors.append(ConfigError(path, message, hint, fault))

    def flag(self, path: str, message: str, hint: str | None,
             fault: Fault) -> None:
        """Add what Nova accepts but should not."""
        kept = self.errors if self.strict else self.warnings
        kept.append(ConfigError(path, message, hint, fault))

    def note(self, path: str, message: str, hint: str | None,
             fault: Fault) -> None:
        """Add what works, but deserves a look."""
        self.warnings.append(ConfigError(path, message, hint, fault))

    def finish(self, what: str) -> None:
        """End the collection.

        :param what: what was read, for the message of the group
        :raises ConfigErrors: if there is an error
        """
        if self.errors:
            raise exceptions.ConfigErrors(f'faults in {what}', self.errors)


def shown(value: object) -> str:
    """Render a decoded JSON value for a message, in ASCII and not too long.

    Digits and letters of other scripts that look like ASCII come out as
    escapes, or the message would seem to refuse what it asks for.
    """
    text = json.dumps(value)
    return text if len(text) <= _SHOWN else f'{text[:_SHOWN]}...'


def shown_key(key: str) -> str:
    """Render a key for a path; odd ones in quotes."""
    return key if key.isidentifier() and key.isascii() else shown(key)
