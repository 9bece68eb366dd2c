# SPDX-License-Identifier: Apache-2.0

"""``nova-pci audit``: whether all books say the same of each device."""

import argparse
import pathlib
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence
from typing import TYPE_CHECKING

from nova_pci_ext import exceptions
from nova_pci_ext.auditing import comparing
from nova_pci_ext.auditing import fixes
from nova_pci_ext.auditing import planning
from nova_pci_ext.auditing import wording
from nova_pci_ext.auditing.books import Books
from nova_pci_ext.auditing.finding import Finding
from nova_pci_ext.auditing.kinds import MEANINGS
from nova_pci_ext.bookkeeping import recording
from nova_pci_ext.cli import configuration
from nova_pci_ext.cli import files
from nova_pci_ext.cli import lines
from nova_pci_ext.cli import lister
from nova_pci_ext.cli import quiet
from nova_pci_ext.configuration import loader
from nova_pci_ext.model import command_verdict

if TYPE_CHECKING:
    from nova_pci_ext.bookkeeping import audits
    from nova_pci_ext.bookkeeping import reading

AGREE, DISAGREE, UNREAD = range(3)
_ANSWERS = (command_verdict.CommandAnswer.AGREE,
            command_verdict.CommandAnswer.DISAGREE,
            command_verdict.CommandAnswer.NOT_ALL_READ)
COLUMNS = ('kind', 'host', 'address', 'instance', 'port', 'provider', 'text',
           'books', 'means', 'repair', 'repaired_by_audit')


class Audit(lister.Lister):
    """Compare what Nova, Placement, Neutron and the hosts say of devices.

    Without --host all hosts of the cloud are compared. The devices and the
    guests of a host can be read only where they are, so the whole of a host
    is compared there, with --host.

    Exit status: 0 if all agree, 1 if not, 2 when not all that was asked for
    could be read.
    """

    formatter_namespace = 'nova_pci_ext.formatter.list'
    formatter_default = lister.TREE
    rows_name = 'findings'

    _findings: tuple[Finding, ...]
    _unread: tuple[str, ...]

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of this command."""
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        configuration.add_arguments(parser)
        parser.add_argument(
            '--host', metavar='NAME',
            help='one host, as Nova calls it (default: all of the cloud)')
        parser.add_argument(
            '--books', type=files.to_read, metavar='FILE',
            help='recorded books, as --record writes them, in the place of '
                 'a cloud')
        parser.add_argument(
            '--record', type=pathlib.Path, metavar='FILE',
            help='write all that was read to a file; - for the standard '
                 'output, with nothing else there')
        parser.add_argument(
            '--wait', type=_seconds, metavar='SECONDS',
            help='between the two readings whose common findings are shown '
                 '(default: 3)')
        parser.add_argument(
            '--repair', action='store_true',
            help='make the repairs that are safe, and ask before each')
        parser.add_argument(
            '--yes', action='store_true', help='do not ask before a repair')
        return parser

    def run(self, parsed_args: argparse.Namespace) -> int:
        """Run, and return a status that says whether all agree."""
        super().run(parsed_args)
        return self._status()

    def _status(self) -> int:
        if self._unread:
            return UNREAD
        return DISAGREE if self._findings else AGREE

    def verdict(self) -> command_verdict.CommandVerdict:
        """Return whether the books agree."""
        status = self._status()
        return command_verdict.CommandVerdict(
            command='audit', status=status, answer=_ANSWERS[status],
            text=wording.summary(self._findings, whole=not self._unread),
            warnings=self.warnings)

    def take_action(self, parsed_args: argparse.Namespace,
                    ) -> tuple[Sequence[str], Iterable[object]]:
        """Audit, write the file, and return the findings."""
        _check(parsed_args)
        books, self._findings = (
            _recorded(parsed_args.books) if parsed_args.books
            else self._audit(parsed_args))
        self._unread = books.unread
        if parsed_args.record:
            files.write(parsed_args.record, recording.format_books(books),
                        self.app.stdout)
        if parsed_args.formatter == lister.TREE:
            return ('line',), [(line,) for line in wording.lines(
                self._findings, books,
                planning.plan(books, self._findings))]
        for text in (*books.unread, *books.left_out):
            self.warn(f'not read: {text}')
        return COLUMNS, [_row(each) for each in self._findings]

    def _audit(self, asked: argparse.Namespace,
               ) -> tuple[Books, tuple[Finding, ...]]:
        """Read the cloud that the configuration names."""
        quiet.use_threads()
        loaded = loader.load_files(asked.sources)
        loaded.require()
        if not loaded.files:
            raise exceptions.UsageError(
                'no configuration file was found; name one with '
                '--config-file, or recorded books with --books')
        with quiet.quiet():
            import nova.conf

            from nova_pci_ext.bookkeeping import audits
            from nova_pci_ext.bookkeeping import reading
            reading.configure(loaded)
            source = reading.Source(host=asked.host,
                                    this_host=nova.conf.CONF.host)
            wait_s = audits.WAIT_S if asked.wait is None else asked.wait
            if asked.repair:
                report = audits.repair(
                    source.read, self._repairer(asked, source), wait_s)
            else:
                report = audits.audit(source.read, wait_s)
        return report.books, report.findings

    def _repairer(self, asked: argparse.Namespace,
                  source: 'reading.Source') -> 'audits.Repairer':
        from nova_pci_ext.bookkeeping import audits

        def tell(text: str) -> None:
            lines.show(text, self.app.stderr)

        return audits.Repairer(
            tell=tell, read_again=source.read_again, confirm=(
                (lambda step: True) if asked.yes
                else _asking(tell, self.app.stdin.readline)))


def _asking(tell: Callable[[str], None], answer: Callable[[], str],
            ) -> Callable[[fixes.Step], bool]:
    def confirm(step: fixes.Step) -> bool:
        tell(f'{step.finding.host} {step.finding.device}: '
             f'{step.finding.text}')
        tell(f'{fixes.words(step.fix)}? [y/N]')
        return answer().strip().lower() in ('y', 'yes')
    return confirm


def _check(asked: argparse.Namespace) -> None:
    """Refuse what does not go together.

    :raises UsageError: which says what was expected
    """
    if asked.books and (asked.host or asked.repair or asked.record):
        raise exceptions.UsageError(
            '--books: recorded books are compared as they are; expected no '
            '--host, --record or --repair beside it')
    if asked.yes and not asked.repair:
        raise exceptions.UsageError('--yes: expected --repair beside it')


def _seconds(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 3):
        raise argparse.ArgumentTypeError(
            f'expected seconds, at most 999, got {text!r}')
    return int(text)


def _recorded(path: pathlib.Path) -> tuple[Books, tuple[Finding, ...]]:
    books = recording.read(path)
    return books, comparing.compare(books)


def _row(finding: Finding) -> tuple[object, ...]:
    meaning = MEANINGS[finding.kind]
    return (finding.kind.value, finding.host, finding.device,
            finding.instance, finding.port, finding.provider, finding.text,
            meaning.books, meaning.means, finding.cure, meaning.repaired)
