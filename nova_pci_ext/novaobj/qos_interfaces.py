# SPDX-License-Identifier: Apache-2.0

"""Which PF Placement chose for a port with a minimum bandwidth.

Neutron reports the bandwidth of each PF in a resource provider of its own,
named "host:agent:interface", and Placement answers with the UUID.  The
compute looks up the name of that provider and accepts VFs of that interface
only (``update_pci_request_with_placement_allocations`` in Nova's
``compute/utils.py``).  The scheduler has to know it as well, or it picks
hosts whose claim is bound to fail.
"""

import threading
import time
import typing
from collections.abc import Callable

import os_resource_classes as orc
from keystoneauth1 import exceptions as ks_exc
from nova.scheduler.client import report
from oslo_log import log as logging

from nova_pci_ext.model.printable import printable

LOG = logging.getLogger(__name__)

# The first version in which a provider list can be asked by resources.
_VERSION = '1.4'
# The type of Neutron's agent for SR-IOV NICs.
_AGENT = 'NIC Switch agent'
#: Seconds without another question after Placement did not answer.
PAUSE = 10.0
_MAX_NAMES = 200_000


def interface_in(name: str) -> str | None:
    """Return the interface that a provider's name has.

    :returns: None for another provider than that of a PF: those of other
        agents, such as of Open vSwitch and OVN, name a bridge
    """
    parts = name.split(':')
    return parts[2] if len(parts) == 3 and parts[1] == _AGENT else None


class Interfaces:
    """Names of PF interfaces by the UUID of their bandwidth provider.

    A provider keeps its name for life, so what was read once holds.  The
    first question reads the providers of all hosts at once, since a scheduler
    asks about many of them in one request; later ones read one provider.

    :param placement: returns Nova's client of Placement
    """

    def __init__(self, placement: Callable[[], typing.Any] = (
            report.report_client_singleton)) -> None:
        self._placement = placement
        self._names: dict[str, str | None] = {}
        self._lock = threading.Lock()
        self._read_all = False
        self._quiet_until = 0.0

    def of(self, provider: str) -> str | None:
        """Return the interface of a provider.

        :returns: None where the provider is not a PF's, or Placement does not
            answer; the claim on the compute has the last word then
        """
        if provider not in self._names:
            with self._lock:
                if time.monotonic() >= self._quiet_until:
                    self._learn(provider)
        return self._names.get(provider)

    def _learn(self, provider: str) -> None:
        try:
            if not self._read_all:
                self._remember(self._get(
                    '/resource_providers?resources='
                    f'{orc.NET_BW_EGR_KILOBIT_PER_SEC}:1',
                )['resource_providers'])
                self._read_all = True
            # A PF without bandwidth left is not in the list.
            if provider not in self._names:
                self._remember([
                    self._get(f'/resource_providers/{provider}')])
        except (ks_exc.ClientException, _Refused) as error:
            self._quiet_until = time.monotonic() + PAUSE
            LOG.warning(
                'Placement did not tell the name of resource provider %s: '
                '%s. For %d s the filter does not know which PFs were chosen '
                'for ports with a minimum bandwidth; check that the '
                'scheduler can reach Placement', printable(provider),
                printable(str(error)), PAUSE)

    def _get(self, url: str) -> typing.Any:
        answer = self._placement().get(url, version=_VERSION)
        if answer.status_code != 200:
            raise _Refused(f'{answer.status_code} {answer.text}')
        return answer.json()

    def _remember(self, providers: list[dict[str, str]]) -> None:
        if len(self._names) + len(providers) > _MAX_NAMES:
            self._names.clear()
        for provider in providers:
            self._names[provider['uuid']] = interface_in(provider['name'])


class _Refused(Exception):
    """Placement answered, but not with what was asked for."""


#: What all statistics and filters of this process share.
INTERFACES = Interfaces()
