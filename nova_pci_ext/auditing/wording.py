# SPDX-License-Identifier: Apache-2.0

"""An audit in words: the answer first, then each disagreement."""

import textwrap
from collections.abc import Collection
from collections.abc import Iterator

from nova_pci_ext.auditing.books import Books
from nova_pci_ext.auditing.finding import Finding
from nova_pci_ext.auditing.fixes import Plan
from nova_pci_ext.auditing.kinds import MEANINGS
from nova_pci_ext.model.printable import printable

WIDTH = 79
AGREE = 'the books agree'
PARTLY = 'nothing disagrees in what was read, and not all could be read'


def summary(findings: Collection[Finding], *, whole: bool = True) -> str:
    """Say how much disagrees, in one line.

    :param whole: whether all that was asked for was read
    """
    if not findings:
        return AGREE if whole else PARTLY
    hosts = {each.host for each in findings if each.host}
    instances = {each.instance for each in findings if each.instance}
    return (f'{_count(len(findings), "disagreement")} on '
            f'{_count(len(hosts), "host")}; '
            f'{_count(len(instances), "instance")} affected')


def lines(findings: Collection[Finding], books: Books,
          plan: Plan) -> Iterator[str]:
    """Yield an audit for people, in lines of a terminal.

    :param plan: what could be repaired, and why the rest could not
    """
    yield summary(findings, whole=not books.unread)
    refused = {each.key: why for each, why in plan.refused}
    for each in findings:
        yield ''
        yield ' '.join(filter(None, (each.host, each.device, each.kind)))
        yield from _wrapped(each.text)
        yield from _wrapped(MEANINGS[each.kind].means)
        for name, value in (('instance', each.instance), ('port', each.port),
                            ('provider', each.provider)):
            if value and value not in each.text:
                yield f'  {name} {value}'
        yield from _wrapped(f'repair: {each.cure}')
        if each.key in refused:
            yield from _wrapped(f'--repair leaves it: {refused[each.key]}')
    if books.unread or books.left_out:
        yield ''
    for text in (*books.unread, *books.left_out):
        yield from textwrap.wrap(printable(f'not read: {text}'), WIDTH,
                                 subsequent_indent='  ')


def _wrapped(text: str) -> list[str]:
    # Wrapping takes the line ends of others for blanks: escape them before.
    return textwrap.wrap(printable(text), WIDTH, initial_indent='  ',
                         subsequent_indent='    ', break_on_hyphens=False,
                         break_long_words=False)


def _count(number: int, word: str) -> str:
    return f'{number} {word}' if number == 1 else f'{number} {word}s'
