# SPDX-License-Identifier: Apache-2.0

"""One audit from its question to its report, and repairs one at a time."""

import dataclasses
import time
from collections.abc import Callable

from nova_pci_ext import exceptions
from nova_pci_ext.auditing import comparing
from nova_pci_ext.auditing import fixes
from nova_pci_ext.auditing import planning
from nova_pci_ext.auditing.books import Books
from nova_pci_ext.auditing.finding import Finding
from nova_pci_ext.auditing.kinds import Kind
from nova_pci_ext.bookkeeping import corrections

#: Seconds between two readings: longer than a service takes from one write
#: to the next of the same claim.
WAIT_S = 3
# A repair may bring another disagreement to light: a freed VF leaves its PF
# set aside. Each round is a new audit.
_MOST_ROUNDS = 5
# What no reading of one host has.
_OF_NO_HOST = frozenset({Kind.ROW_OF_DELETED_NODE,
                         Kind.PROVIDER_OF_DELETED_NODE})


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What an audit found.

    :ivar books: the last that were read
    """

    books: Books
    findings: tuple[Finding, ...]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Repairer:
    """Who decides about each repair, and who hears of it.

    :ivar confirm: asked before each; False leaves it out
    :ivar tell: told before and after each
    :ivar read_again: reads all that a repair on a host rests on, of all hosts
        for ''
    """

    confirm: Callable[[fixes.Step], bool]
    tell: Callable[[str], None]
    read_again: Callable[[str], Books]


def audit(read: Callable[[], Books], wait_s: float = WAIT_S) -> Report:
    """Read twice, and report what both readings have.

    A service that is between two writes looks like a disagreement; it is
    past them the second time.

    :param read: reads all books
    :raises DiscoveryError: if they cannot be read
    """
    books = read()
    found = comparing.compare(books)
    if found:
        time.sleep(wait_s)
        books = read()
        found = comparing.standing(found, comparing.compare(books))
    return Report(books=books, findings=found)


def repair(read: Callable[[], Books], repairer: Repairer,
           wait_s: float = WAIT_S) -> Report:
    """Audit and repair until nothing is left that can be repaired.

    :raises DiscoveryError: if the books cannot be read; what was repaired
        until then is repaired
    """
    left: set[tuple[str, ...]] = set()
    report = audit(read, wait_s)
    for _ in range(_MOST_ROUNDS):
        steps = [step for step in planning.plan(report.books,
                                                report.findings).steps
                 if step.finding.key not in left]
        if not steps:
            break
        # A list, for every step is to be tried.
        if not any([_take(step, repairer, left) for step in steps]):
            break
        report = audit(read, wait_s)
    return report


def _take(step: fixes.Step, repairer: Repairer,
          left: set[tuple[str, ...]]) -> bool:
    """Make one repair.

    :param left: gets the key of what was not repaired
    """
    finding = step.finding
    try:
        ready = dataclasses.replace(step, fix=corrections.prepare(step.fix))
        if not repairer.confirm(ready):
            left.add(finding.key)
            return False
        repairer.tell(f'repairing {finding.kind} on {finding.host}: '
                      f'{fixes.words(ready.fix)}')
        _check(step, repairer.read_again(
            '' if finding.kind in _OF_NO_HOST else finding.host))
        corrections.make(ready.fix)
    except (corrections.RepairError, exceptions.DiscoveryError) as exc:
        left.add(finding.key)
        repairer.tell(f'not repaired: {finding.kind} on {finding.host}: '
                      f'{exc}')
        return False
    repairer.tell('repaired')
    return True


def _check(step: fixes.Step, books: Books) -> None:
    """Make sure that all a repair was decided on is still so.

    Minutes may have passed since then, with a question to a person.

    :raises RepairError: which says what is not
    """
    found = next((each for each in comparing.compare(books)
                  if each.key == step.finding.key), None)
    if found is None:
        raise corrections.RepairError(
            f'the books agree about it meanwhile; {corrections.NOTHING}')
    plan = planning.plan(books, [found])
    for _, why in plan.refused:
        raise corrections.RepairError(f'{why}; {corrections.NOTHING}')
    if [each.fix for each in plan.steps] != [step.fix]:
        raise corrections.RepairError(corrections.CHANGED)
