# SPDX-License-Identifier: Apache-2.0

"""Verdicts as text and as plain data; nothing else renders them.

Text is escaped, for pools and requests are what other hosts and people wrote;
data is not, and JSON does it.
"""

import dataclasses
import typing

from nova_pci_ext.matching.proof_wording import listed
from nova_pci_ext.matching.proof_wording import proof_text
from nova_pci_ext.model.change import AtLeast
from nova_pci_ext.model.change import Change
from nova_pci_ext.model.change import Changes
from nova_pci_ext.model.change import FewerDevices
from nova_pci_ext.model.change import LooserPolicy
from nova_pci_ext.model.change import MoreDevices
from nova_pci_ext.model.change import OtherNetwork
from nova_pci_ext.model.change import OtherType
from nova_pci_ext.model.change import WithoutSet
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.printable import printable
from nova_pci_ext.model.request import NumaPolicy
from nova_pci_ext.model.request import Origin
from nova_pci_ext.model.verdict import Assignment
from nova_pci_ext.model.verdict import Need
from nova_pci_ext.model.verdict import Reason
from nova_pci_ext.model.verdict import Shortage

_REASONS = {
    Reason.NO_STATISTICS: 'the host reports no PCI statistics',
    Reason.HOST_ERROR: 'the host could not be decided, see the log',
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
    Reason.SET_VALUE: 'no device that fits has what a device set needs',
    Reason.BANDWIDTH_BUDGET: 'no device that fits is of a PF with such a '
                             'bandwidth budget',
    Reason.PLACEMENT: 'Placement has not enough units left of the devices',
    Reason.TOO_FEW: 'not enough free devices',
    Reason.BANDWIDTH: 'not enough is left of the bandwidth budgets of PFs',
    Reason.JOINT: 'not enough free devices for all requests together',
    Reason.PF_AND_VF: 'PFs and VFs of the same PF are asked for together',
    Reason.SET: 'the free devices that fit do not make the device sets asked',
    Reason.SEARCH_LIMIT: 'the search was given up before it had an answer',
}


def reason_text(reason: Reason) -> str:
    """Return a few words for a reason."""
    return _REASONS[reason]


def shortage_text(shortage: Shortage) -> str:
    """Return one line: the reason, and the proof."""
    line = reason_text(shortage.reason)
    return f'{line}: {proof_text(shortage.proofs[0])}' if (
        shortage.proofs) else line


def shortage_lines(shortage: Shortage) -> list[str]:
    """Return everything about a shortage, for a person."""
    lines = [f'{kind_text(shortage)}: {reason_text(shortage.reason)}']
    lines += map(proof_text, shortage.proofs)
    for need in shortage.needs:
        lines += map(printable, _need_lines(need))
    return lines


def _need_lines(need: Need) -> list[str]:
    refused = ', '.join(f'{count} refused: {reason_text(reason)}'
                        for reason, count in need.counts)
    fitting = ('1 free device fits' if need.fitting == 1
               else f'{need.fitting} free devices fit')
    lines = [f'{need.name}: {fitting}{f"; {refused}" if refused else ""}']
    for found in need.examples:
        miss = found.rejection
        details = ', '.join(
            f'{word} {value}' for word, value in (
                ('asked', miss.wanted), ('found', miss.found)) if value)
        lines.append(f'{need.name}: {found.devices} of {found.group}: '
                     f'{reason_text(miss.reason)}'
                     f'{f" ({details})" if details else ""}')
    return lines


def shortage_data(shortage: Shortage) -> dict[str, object]:
    """Return a shortage as values that JSON can hold."""
    return {
        'reason': shortage.reason.value, 'kind': kind_text(shortage),
        'requests': [_need_data(need) for need in shortage.needs],
        'proofs': [{
            'requests': [list(item) for item in proof.requests],
            'needed': proof.needed, 'available': proof.available,
            'devices': [list(item) for item in proof.devices],
            'pf_given': list(proof.pf_given),
            'vf_kept': list(proof.vf_kept),
            'chosen': [list(item) for item in proof.chosen],
            'alike': [list(item) for item in proof.alike],
            'lacking': proof.lacking, 'counted': proof.counted.value}
            for proof in shortage.proofs]}


def _need_data(need: Need) -> dict[str, object]:
    return {
        'name': need.name, 'count': need.count, 'fitting': need.fitting,
        'refused': {reason.value: count for reason, count in need.counts},
        'examples': [{
            'group': found.group, 'devices': found.devices,
            'reason': found.rejection.reason.value,
            'wanted': found.rejection.wanted,
            'found': found.rejection.found} for found in need.examples]}


def assignment_data(assignment: Assignment) -> list[dict[str, object]]:
    """Return an assignment as values that JSON can hold."""
    return [{'request': take.name, 'count': take.count,
             'group': take.pool.group, 'provider': take.pool.provider}
            for take in assignment.takes]


def changes_text(changes: Changes) -> str:
    """Say what would have to be otherwise for a host to pass."""
    return printable(listed(map(_change_text, changes))) if (
        changes) else 'nothing'


def _change_text(change: Change) -> str:
    match change:
        case LooserPolicy():
            return (f'policy {NumaPolicy.PREFERRED} instead of '
                    f'{change.policy} for {change.name}')
        case MoreDevices():
            return (f'{change.count} more free {_wanted_text(change)} '
                    f'for {change.name}')
        case FewerDevices(left=0):
            return f'a server without {change.name}'
        case FewerDevices():
            return (f'{change.name} asking for {change.left} instead of '
                    f'{change.left + change.count}')
        case WithoutSet():
            return f'a flavor without pci_passthrough:{change.name}'
        case OtherType():
            return f'"device_type": "{change.dev_type}" in alias {change.name}'
        case OtherNetwork():
            return (f'{change.name} on physical network {change.meant} '
                    f'instead of {change.network}')
        case AtLeast():
            return f'at least {change.count} changes'
    typing.assert_never(change)


_WORDS = {DeviceType.PF: 'PF', DeviceType.VF: 'VF',
          DeviceType.VDPA: 'vDPA device', DeviceType.PCI: 'type-PCI device'}


def _wanted_text(change: MoreDevices) -> str:
    """Describe devices by what a request asks of them."""
    asked = change.alternative
    # What a port gets without naming a type is a VF: the others serve only
    # whoever asks for them.
    kind = _WORDS[asked.dev_type] if asked.dev_type else (
        'VF' if change.origin is Origin.PORT else 'device')
    words = [kind if change.count == 1 else f'{kind}s']
    if asked.vendor_id or asked.product_id:
        words.append(f'{asked.vendor_id or "*"}:{asked.product_id or "*"}')
    for key, value in asked.tags:
        if key == 'physical_network':
            words.append(f'on {value}' if value
                         else 'without a physical network')
        elif (key, value) != ('remote_managed', 'false'):
            words.append(f'with {key}={value}')
    if change.numa_node is not None:
        words.append(f'on NUMA node {change.numa_node}')
    return ' '.join(words)


def lacking_text(changes: Changes) -> str:
    """Say what is short, in a few words, wherever on a host it is.

    :param changes: what would have to be otherwise; not empty
    """
    return printable(listed(dict.fromkeys(map(_lacking, changes))))


def _lacking(change: Change) -> str:
    match change:
        case MoreDevices():
            return _wanted_text(dataclasses.replace(change, count=1,
                                                    numa_node=None))
        case FewerDevices():
            return f'devices for {change.name}'
        case WithoutSet():
            return f'devices that make pci_passthrough:{change.name}'
        case _:
            return _change_text(change)


def changes_data(changes: Changes) -> list[dict[str, object]]:
    """Return changes as values that JSON can hold."""
    return [{'request': change.name, 'size': change.size,
             'change': _change_text(change)} for change in changes]


def assignment_text(assignment: Assignment) -> str:
    """Return which pools, or devices where they are known, would be used."""
    return printable('; '.join(
        f'{take.name}: {take.count} of {take.pool.group or "unknown address"}'
        for take in assignment.takes))


_JOINT = frozenset({Reason.JOINT, Reason.PF_AND_VF, Reason.SET,
                    Reason.SEARCH_LIMIT})
#: What ``group_text`` returns, in the order in which hosts are listed.
NEVER_HERE, NOT_NOW, JOINT_SHORTAGE = GROUPS = (
    'not possible on this host', 'not now', 'joint shortage')


def group_text(reason: Reason) -> str:
    """Return the group that a host is listed in."""
    if reason in _JOINT:
        return JOINT_SHORTAGE
    return NOT_NOW if reason.not_now else NEVER_HERE


def kind_text(shortage: Shortage) -> str:
    """Return whether devices that come free can help."""
    return NOT_NOW if shortage.reason.not_now else NEVER_HERE
