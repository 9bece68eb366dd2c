# SPDX-License-Identifier: Apache-2.0

"""``nova-pci explain --server``: one server that exists, or did."""

import argparse
import json
from collections.abc import Iterable
from typing import TextIO
from typing import TYPE_CHECKING

from nova_pci_ext import exceptions
from nova_pci_ext.cli import lines
from nova_pci_ext.cli import lister
from nova_pci_ext.cli import progress
from nova_pci_ext.configuration import loader

if TYPE_CHECKING:
    from nova_pci_ext.explaining import answers

FITS, DOES_NOT_FIT, NOT_ASKED = range(3)
# What describes a server that does not exist.
_NOT_BESIDE = ('extra_spec', 'numa_cells', 'vcpus', 'port', 'vnic_type',
               'physical_network', 'inventory', 'image')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``--server``."""
    parser.add_argument(
        '--server', metavar='UUID',
        help='a server of the cloud, by UUID or, where no other has it, by '
             'name: say why it failed or why it is where it is, which hosts '
             'could take it now, and what has changed since. With --flavor, '
             'which could take it with that flavor')


class ServerShown:
    """What ``--server`` shows.

    :raises ServerRequestError: for words that do not go together, and where
        there is no such server
    """

    def __init__(self, asked: argparse.Namespace,
                 shown: progress.Progress) -> None:
        _check(asked)
        loaded = loader.load_files(asked.sources)
        loaded.require()
        from nova_pci_ext.explaining import run as cloud
        from nova_pci_ext.servers import run
        cloud.read_configuration(loaded)
        self._told: run.Told = run.explain(
            asked.server, flavor=asked.flavor, host=asked.host,
            progress=run.Progress(step=shown.step, asked=shown.asked))
        self._host = asked.host

    @property
    def status(self) -> int:
        """The exit status: whether another host takes it now."""
        judged = self._told.judged
        if judged is None:
            return NOT_ASKED
        # Who names the host where it is asks about that one.
        fits = judged.elsewhere or (
            self._host is not None and judged.report.fits)
        return FITS if fits else DOES_NOT_FIT

    def before(self) -> Iterable[str]:
        """Return the lines that stand before the hosts."""
        from nova_pci_ext.servers import wording
        return wording.before(self._told)

    def rows(self) -> list[tuple[object, ...]]:
        """Return the cells of each host."""
        judged = self._told.judged
        return [] if judged is None else [
            self._row(each) for each in judged.report.answers]

    def _row(self, answer: 'answers.Answer') -> tuple[object, ...]:
        from nova_pci_ext.explaining import report
        from nova_pci_ext.servers import data
        judged, server = self._told.judged, self._told.server
        assert judged is not None
        own = ', '.join(each.address for each in server.devices
                        if each.host == answer.host)
        return (answer.host, data.group(judged, answer, server),
                answer.servers, report.words(answer),
                own if answer.host in judged.own
                else report.used_text(answer))

    def after(self, *, details: bool) -> Iterable[str]:
        """Return the lines that stand after the hosts.

        :param details: whether to tell everything about hosts that refuse
        """
        from nova_pci_ext.explaining import report
        from nova_pci_ext.servers import wording
        yield from wording.after(self._told)
        if details and self._told.judged is not None:
            yield from report.details(self._told.judged.report)

    def write(self, asked: argparse.Namespace, stream: TextIO) -> None:
        """Write all of it as JSON or YAML."""
        from nova_pci_ext.servers import data
        document = data.document(self._told, self.status)
        if asked.formatter == 'json':
            json.dump(document, stream,
                      indent=None if asked.noindent else 2)
            stream.write('\n')
        else:
            import yaml
            yaml.safe_dump(document, stream, default_flow_style=False,
                           sort_keys=False)

    def complain(self, stream: TextIO) -> None:
        """Say why no host was asked, if none was."""
        for line in self._told.refusal.splitlines():
            lines.show(lines.labelled('error', line), stream)


def _check(asked: argparse.Namespace) -> None:
    """Refuse what describes another server.

    :raises ServerRequestError: which names the option
    """
    for name in _NOT_BESIDE:
        if getattr(asked, name, None):
            raise exceptions.ServerRequestError(
                f'--{name.replace("_", "-")}: describes a server that does '
                'not exist; expected --server alone, or with --host or '
                '--flavor')
    if asked.count != 1 or asked.capacity or asked.with_moves is not None:
        name = ('--count' if asked.count != 1 else '--capacity'
                if asked.capacity else '--with-moves')
        raise exceptions.ServerRequestError(
            f'{name}: --server asks about one server as it is; expected '
            '--flavor, --extra-spec and the like beside it')
    if asked.columns and asked.formatter in lister.TYPED:
        raise exceptions.ServerRequestError(
            '--column: with --server, JSON and YAML have more than columns; '
            'expected another --format')
