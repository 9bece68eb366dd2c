# SPDX-License-Identifier: Apache-2.0

"""What the operator is told of a host that is not as it should be, once."""

from collections.abc import Sequence

from oslo_log import log as logging

from nova_pci_ext import exceptions
from nova_pci_ext.model.printable import printable
from nova_pci_ext.novaobj import damaged_pools
from nova_pci_ext.novaobj import protocols

LOG = logging.getLogger(__name__)

_MAX_HOSTS = 20_000


class HostNotices:
    """Says of each host what is new, not with every request."""

    def __init__(self) -> None:
        self._said: dict[tuple[str, str], str] = {}

    def unreadable(self, host: str,
                   published: Sequence[protocols.PciDevicePool]) -> None:
        """Some pools of a host cannot be read and are left out."""
        faults = [(number, fault) for number, pool in enumerate(published)
                  if (fault := damaged_pools.fault(pool)) is not None]
        if faults and self._is_news('pools', host, repr(faults)):
            LOG.warning(
                'Host %(host)s publishes %(count)d PCI pools that cannot be '
                'read and are left out, such as number %(number)d: '
                '%(fault)s. Restart its nova-compute, which writes them anew',
                {'host': printable(host), 'count': len(faults),
                 'number': faults[0][0], 'fault': faults[0][1]})

    def failed(self, host: str, doing: str, error: Exception, *,
               with_traceback: bool = True) -> None:
        """Something unexpected stands in the way of a decision."""
        text = f'{type(error).__name__}: {error}'
        if self._is_news('error', host, text):
            # The logger writes the words of an exception as they are.
            escaped = exceptions.PciExtError(text)
            LOG.error('%s host %s failed; other hosts are not concerned: %s',
                      doing, printable(host), escaped,
                      exc_info=escaped.with_traceback(error.__traceback__)
                      if with_traceback else None)

    def _is_news(self, topic: str, host: str, text: str) -> bool:
        key = topic, host
        if self._said.get(key) == text:
            return False
        if len(self._said) >= _MAX_HOSTS:
            self._said.pop(next(iter(self._said)), None)
        self._said[key] = text
        return True


#: Those of this process.
WORKER = HostNotices()
