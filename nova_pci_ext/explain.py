#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

"""Verdicts as text and as plain data; nothing else renders them."""

from collections.abc import Iterable

from nova_pci_ext.model.verdict import Proof
from nova_pci_ext.model.verdict import Reason
from nova_pci_ext.model.verdict import Shortage

MAX_DEVICES = 16

_REASONS = {
    Reason.NO_STATISTICS: 'the host reports no PCI statistics',
    Reason.NO_CANDIDATES: 'Placement offers no candidate on the host',
    Reason.BAD_REQUEST: 'no host can serve the request as it is written',
    Reason.NO_DEVICES: 'no free PCI device',
    Reason.IDENTITY: 'other vendor or product',
    Reason.DEV_TYPE: 'other device type',
    Reason.PHYSICAL_NETWORK: 'other physical network',
    Reason.NETWORK_FUNCTION: 'not an SR-IOV network function',
    Reason.TAG: 'other tag',
    Reason.LIVE_MIGRATABLE: 'not live migratable as asked',
    Reason.PF_NOT_ASKED: 'a PF, which was not asked for',
    Reason.VDPA_NOT_ASKED: 'a vDPA device, which was not asked for',
    Reason.REMOTE_MANAGED_NOT_ASKED:
        'remote managed, which was not asked for',
    Reason.NUMA_NODE: 'too far from the NUMA nodes of the guest',
    Reason.PROVIDER: 'Placement chose another provider',
    Reason.TOO_FEW: 'not enough free devices',
    Reason.JOINT: 'not enough free devices for all requests together',
    Reason.PF_AND_VF: 'PFs and VFs of the same PF are asked for together',
}


def reason_text(reason: Reason) -> str:
    """Return a few words for a reason."""
    return _REASONS[reason]


def proof_text(proof: Proof) -> str:
    """Return the sentence that proves a shortage."""
    names = _and(f'{name} ({count})' for name, count in proof.requests)
    several = len(proof.requests) > 1
    devices = ', '.join(
        name if count == 1 else f'{count} of {name}'
        for name, count in proof.devices[:MAX_DEVICES])
    if len(proof.devices) > MAX_DEVICES:
        devices += ', ...'
    return (
        f'{"requests" if several else "request"} {names} '
        f'{"need" if several else "needs"} {_devices(proof.needed)}, and '
        f'{f"only {proof.available}" if proof.available else "no"} free '
        f'{"one" if proof.available == 1 else "ones"} can serve '
        f'{"any of them" if several else "it"}'
        f'{f": {devices}" if devices else ""}')


def shortage_text(shortage: Shortage) -> str:
    """Return one line: the reason, and the proof."""
    line = reason_text(shortage.reason)
    return f'{line}: {proof_text(shortage.proofs[0])}' if (
        shortage.proofs) else line


def _devices(count: int) -> str:
    return '1 device' if count == 1 else f'{count} devices'


def _and(parts: Iterable[str]) -> str:
    words = list(parts)
    return words[0] if len(words) == 1 else (
        f'{", ".join(words[:-1])} and {words[-1]}')
