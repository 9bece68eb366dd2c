# SPDX-License-Identifier: Apache-2.0

"""The sentence that proves a shortage."""

from collections.abc import Iterable
from collections.abc import Sequence

from nova_pci_ext.model.printable import printable
from nova_pci_ext.model.verdict import Counted
from nova_pci_ext.model.verdict import Proof

MAX_DEVICES = 16


def proof_text(proof: Proof) -> str:
    """Return the sentence that proves a shortage."""
    several = len(proof.requests) > 1
    names = listed(f'{name} ({count})' for name, count in proof.requests)
    words = {Counted.DEVICES: _devices_text, Counted.VALUES: _values_text,
             Counted.PAIRS: _pairs_text, Counted.SHARES: _shares_text,
             Counted.MBPS: _mbps_text}[proof.counted](proof, several)
    found = ', '.join(
        name if count == 1 else f'{count} of {name}'
        for name, count in proof.devices[:MAX_DEVICES])
    if len(proof.devices) > MAX_DEVICES:
        found += ', ...'
    return printable(
        f'{"requests" if several else "request"} {names} '
        f'{"need" if several else "needs"} {words}'
        f'{f": {found}" if found else ""}{_branch_text(proof)}')


def _devices_text(proof: Proof, several: bool) -> str:
    return (
        f'{_number(proof.needed, "device")}, and '
        f'{f"only {proof.available}" if proof.available else "no"} free '
        f'{"devices" if proof.available > 1 else "device"} can serve '
        f'{"any of them" if several else "it"}')


def _values_text(proof: Proof, several: bool) -> str:
    if proof.needed == 1:
        return (f'one value for {proof.lacking}, and '
                f'{"they" if several else "it"} can have none')
    return (f'{proof.needed} different values for {proof.lacking}, and '
            f'{_there(proof.available)}')


def _pairs_text(proof: Proof, several: bool) -> str:
    return (f'{_number(proof.needed, "pair")} for {proof.lacking}, and '
            f'{_there(proof.available)}')


def _shares_text(proof: Proof, several: bool) -> str:
    return (f'{_number(proof.needed, "share")} of the bandwidth budgets of '
            f'PFs for {proof.lacking} each, and there is room for '
            f'{f"only {proof.available}" if proof.available else "none"}')


def _mbps_text(proof: Proof, several: bool) -> str:
    return (f'{proof.needed} Mbit/s of the bandwidth budgets of PFs, and '
            f'only {proof.available} Mbit/s are left')


def _there(available: int) -> str:
    if not available:
        return 'there is none'
    return f'there {"is" if available == 1 else "are"} only {available}'


def _branch_text(proof: Proof) -> str:
    """Say under which choices a proof holds."""
    choices = [f'the {_pfs(groups)} {"is" if len(groups) == 1 else "are"} '
               f'{fate}' for groups, fate in (
                   (proof.pf_given, 'given out'),
                   (proof.vf_kept, 'kept for its VFs'
                    if len(proof.vf_kept) == 1 else 'kept for their VFs'))
               if groups]
    values: dict[str, list[str]] = {}
    others: dict[str, None] = {}
    for (text, value), alike in zip(proof.chosen, proof.alike, strict=True):
        values.setdefault(text, []).append(value)
        others.update(dict.fromkeys(alike))
    choices += [f'{text} has {listed(found)}'
                for text, found in values.items()]
    if others:
        choices[-1] += f' (likewise {listed(others)})'
    return f', if {listed(choices)}' if choices else ''


def _pfs(groups: Sequence[str]) -> str:
    return f'{"PF" if len(groups) == 1 else "PFs"} {listed(groups)}'


def _number(count: int, thing: str) -> str:
    return f'1 {thing}' if count == 1 else f'{count} {thing}s'


def listed(parts: Iterable[str]) -> str:
    """Join words as English lists them."""
    words = list(parts)
    return words[0] if len(words) == 1 else (
        f'{", ".join(words[:-1])} and {words[-1]}')
