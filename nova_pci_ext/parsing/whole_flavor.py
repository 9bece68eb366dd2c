# SPDX-License-Identifier: Apache-2.0

"""What the extra specs of one flavor must be together."""

import collections
import dataclasses
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence

from nova_pci_ext.exceptions import Fault
from nova_pci_ext.model.device_set import ATTRIBUTES
from nova_pci_ext.model.device_set import BANDWIDTH
from nova_pci_ext.model.device_set import DeviceSet
from nova_pci_ext.model.device_set import is_ports
from nova_pci_ext.model.device_set import network
from nova_pci_ext.model.device_set import PORTS
from nova_pci_ext.model.device_set import SetRule
from nova_pci_ext.model.spec import AliasCount
from nova_pci_ext.parsing import device_sets
from nova_pci_ext.parsing import flavor
from nova_pci_ext.parsing import keys
from nova_pci_ext.parsing import set_conflicts
from nova_pci_ext.parsing.faults import Faults
from nova_pci_ext.parsing.faults import shown

#: Extra specs that sets of devices depend on.
KEYS = (flavor.ALIAS_KEY, *device_sets.KEYS.values())
_SET_FIRST = f'set {flavor.ALIAS_KEY} in the same call, or before'


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a configuration says of the devices that sets can be about.

    :ivar tags: of all entries, sorted
    :ivar networks: names of physical networks, lower case, sorted
    :ivar groups: the sizes of the groups of each type
    :ivar budgets: bandwidth budgets of PFs, in Mbit/s
    """

    tags: Sequence[str]
    networks: Sequence[str]
    groups: Mapping[str, Collection[int]]
    budgets: Collection[int] = ()


def read(extra_specs: Mapping[str, str], faults: Faults,
         ) -> tuple[DeviceSet, ...]:
    """Read the sets of a flavor and check them against its aliases.

    A flavor without a set has nothing to be read.

    :returns: in the order of the rules, and as written
    """
    if not any(key in extra_specs for key in device_sets.KEYS.values()):
        return ()
    before = len(faults.errors)
    asked = (flavor.read_alias(extra_specs[flavor.ALIAS_KEY], faults)
             if flavor.ALIAS_KEY in extra_specs else ())
    is_readable = len(faults.errors) == before
    sets = device_sets.read(extra_specs, faults)
    if is_readable:
        check_sets(sets, asked, faults)
    return sets


def check_change(before: Mapping[str, str], changes: Mapping[str, str],
                 faults: Faults) -> None:
    """Refuse changes of a flavor after which its sets are wrong.

    What was wrong before, in extra specs that are not changed, is not a
    reason: a flavor may be put right in several steps.
    """
    if not any(key in changes for key in KEYS):
        return
    old, new = Faults(), Faults()
    read(before, old)
    read({**before, **changes}, new)
    known = {(fault.path, fault.message) for fault in old.errors}
    faults.errors += (
        fault for fault in new.errors if fault.path in changes
        or (fault.path, fault.message) not in known)


def check_sets(sets: Sequence[DeviceSet], asked: Iterable[AliasCount],
               faults: Faults, hosts: Known | None = None) -> None:
    """Check the sets of a flavor against the rest of it.

    :param asked: what ``pci_passthrough:alias`` says
    :param hosts: what is known of the devices that there are
    """
    counts: collections.Counter[str] = collections.Counter()
    for alias in asked:
        counts[alias.name] += alias.count
    errors_before = len(faults.errors)
    for number, each in enumerate(sets):
        path = device_sets.KEYS[each.rule]
        for member in each.members:
            _check_member(path, member, counts, faults)
        _check_counts(path, each, counts, faults)
        if each in sets[:number]:
            faults.note(path, f'{_shown(each)} stands there twice',
                        None, Fault.DUPLICATE)
        if hosts is not None:
            _check_known(path, each, counts, hosts, faults)
    if len(faults.errors) == errors_before:
        _check_conflicts(sets, counts, faults)


def _check_member(path: str, member: str, counts: Mapping[str, int],
                  faults: Faults) -> None:
    if is_ports(member):
        if member in counts:
            faults.refuse(
                path, f'{shown(member)} is an alias of the flavor too',
                f'in a set {shown(member)} stands for ports; the alias needs '
                'another name', Fault.DUPLICATE)
        return
    if member in counts:
        return
    near = _meant(member, counts)
    faults.refuse(
        path, f'the flavor asks for no alias {shown(member)}',
        f'did you mean {near}?' if near
        else f'expected {_one_of((*counts, PORTS))}, or add the alias to '
             f'{flavor.ALIAS_KEY}' if counts
        else _SET_FIRST,
        Fault.TYPO if near else Fault.REFUSED)


def _meant(member: str, counts: Mapping[str, int]) -> str | None:
    word, at, name = member.partition('@')
    if at and keys.meant(word, (PORTS,)):
        return f'{PORTS}@{name}'
    return keys.meant(member, (*counts, PORTS))


def _check_counts(path: str, asked: DeviceSet, counts: Mapping[str, int],
                  faults: Faults) -> None:
    """Check how many devices the members have, where that is known."""
    if not all(member in counts and not is_ports(member)
               for member in asked.members):
        return
    numbers = [counts[member] for member in asked.members]
    if asked.rule is SetRule.PAIR and len({*numbers}) > 1:
        faults.refuse(
            path, f'{_shown(asked)} pairs {numbers[0]} of '
            f'{shown(asked.members[0])} with {numbers[1]} of '
            f'{shown(asked.members[1])}', 'expected equal numbers',
            Fault.COUNT)
    elif (asked.rule in (SetRule.SAME, SetRule.DISTINCT)
            and sum(numbers) == 1):
        faults.note(path, f'{_shown(asked)} is about one device only', None,
                    Fault.NO_EFFECT)


def _check_known(path: str, asked: DeviceSet, counts: Mapping[str, int],
                 hosts: Known, faults: Faults) -> None:
    """Note a set that no device of the configuration can be in."""
    if asked.rule is SetRule.GROUP:
        _check_group(path, asked, counts, hosts, faults)
    elif asked.rule is SetRule.BANDWIDTH:
        _check_budget(path, asked, hosts, faults)
    elif asked.attribute not in (*ATTRIBUTES, *hosts.tags):
        _note(path, 'no entry of [pci] device_spec has a tag '
              + shown(asked.attribute),
              keys.meant(asked.attribute, hosts.tags), faults)
    for member in asked.members:
        name = network(member)
        if name is not None and name.lower() not in hosts.networks:
            _note(path, 'no entry of [pci] device_spec has the physical '
                  f'network {shown(name)}',
                  keys.meant_network(name, hosts.networks), faults)


def _check_group(path: str, asked: DeviceSet, counts: Mapping[str, int],
                 hosts: Known, faults: Faults) -> None:
    sizes = hosts.groups.get(asked.attribute)
    count = counts.get(asked.members[0])
    if sizes is None:
        _note(path, 'no [pci_ext] device_group has the type '
              + shown(asked.attribute),
              keys.meant(asked.attribute, hosts.groups), faults)
    elif count is not None and count not in sizes:
        faults.note(
            path, f'no group of type {asked.attribute} has '
            f'{count} device{"" if count == 1 else "s"}, as {_shown(asked)} '
            'asks', f'there are groups of {_or(sorted(sizes))}',
            Fault.NO_EFFECT)


def _check_budget(path: str, asked: DeviceSet, hosts: Known,
                  faults: Faults) -> None:
    largest = max(hosts.budgets, default=None)
    if largest is None:
        faults.note(path, 'no entry of [pci] device_spec has a '
                    + BANDWIDTH, 'without a budget no PF has any bandwidth '
                    'to give', Fault.NO_EFFECT)
    elif int(asked.attribute) > largest:
        faults.note(path, f'{_shown(asked)} takes more than the largest '
                    f'{BANDWIDTH} of [pci] device_spec',
                    f'expected at most {largest}', Fault.NO_EFFECT)


def _note(path: str, message: str, near: str | None, faults: Faults) -> None:
    faults.note(path, message, f'did you mean {near}?' if near
                else 'no device of this configuration is in such a set',
                Fault.NO_EFFECT)


def _check_conflicts(sets: Sequence[DeviceSet], counts: Mapping[str, int],
                     faults: Faults) -> None:
    for distinct, against in set_conflicts.find(sets, counts):
        said = ' and '.join(f'{device_sets.KEYS[each.rule]} = {_text(each)}'
                            for each in against)
        faults.refuse(device_sets.KEYS[SetRule.DISTINCT],
                      f'{_shown(distinct)} is impossible together with '
                      f'{said}', fault=Fault.IMPOSSIBLE)


def _text(asked: DeviceSet) -> str:
    return f'{asked.attribute}:{",".join(asked.members)}'


def _shown(asked: DeviceSet) -> str:
    return shown(_text(asked))


def _one_of(names: Sequence[str]) -> str:
    return f'one of {", ".join(names)}' if len(names) > 1 else names[0]


def _or(numbers: Sequence[int]) -> str:
    *others, last = map(str, numbers)
    return f'{", ".join(others)} or {last}' if others else last
