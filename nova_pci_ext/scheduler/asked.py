# SPDX-License-Identifier: Apache-2.0

"""What servers ask, compiled once for all hosts and for servers alike.

Which classes of device a request accepts depends on nothing but the two, so
what the rules said of the hosts of one server holds for the next that asks the
same.
"""

import typing
from collections.abc import Iterable

from nova_pci_ext import novaobj
from nova_pci_ext.matching import demanded
from nova_pci_ext.matching import demands
from nova_pci_ext.matching.eligibility import Eligibility
from nova_pci_ext.model.device_set import SetConstraint
from nova_pci_ext.model.pool import PoolClass
from nova_pci_ext.model.request import DeviceRequest

# An estimate: a class that the rules were asked about, with what they said.
_CLASS_BYTES = 400


class Compiled:
    """Requests of a server, with what was found of classes of device.

    Threads may share one: at worst a rule is asked twice.

    :param requests: with numbers for names
    :param constraints: on these requests
    :ivar eligibility: what the rules say of the requests
    :ivar demands: the requests without what Placement decided
    :ivar relevant: picks the pools that they can have to do with
    """

    __slots__ = ('_counted', '_of', 'demands', 'eligibility', 'relevant')

    def __init__(self, requests: tuple[DeviceRequest, ...],
                 constraints: tuple[SetConstraint, ...]) -> None:
        self._of = requests, constraints
        self._counted = 0
        self.eligibility = Eligibility()
        self.demands = demands.merge([demands.Ask(
            requests=requests, constraints=constraints)], self.eligibility)
        self.relevant = novaobj.Relevant(requests)

    def grown(self) -> int:
        """Return the bytes that came since somebody asked, about."""
        before, self._counted = self._counted, self.eligibility.held
        return _CLASS_BYTES * (self._counted - before)

    def anew(self) -> typing.Self:
        """Compute the same now."""
        return type(self)(*self._of)


def content(found: Compiled, kinds: Iterable[PoolClass]) -> object:
    """Return what has to be equal of two that are of the same requests.

    :param kinds: the classes to look at; another thread may add some meanwhile
    """
    return demanded.content(found.demands), {
        kind: found.demands.know(kind) for kind in kinds}
