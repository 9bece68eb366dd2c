# SPDX-License-Identifier: Apache-2.0

"""One quickstart from its first line to its exit status."""

import contextlib
import logging
import pathlib
import sys
import time
import warnings
from collections.abc import Iterator

from nova_pci_ext import exceptions
from nova_pci_ext.model.printable import printable
from nova_pci_ext.quickstart import allowed_options
from nova_pci_ext.quickstart import cloud
from nova_pci_ext.quickstart import keep as hold
from nova_pci_ext.quickstart import plan
from nova_pci_ext.quickstart import report
from nova_pci_ext.quickstart import story


class _Steps:
    """Lines with the time since the start, for people."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    def say(self, line: str) -> None:
        """Show one line on standard error."""
        print(f'{time.monotonic() - self._start:6.1f} s  {printable(line)}',
              file=sys.stderr, flush=True)


def run_quickstart(wanted: plan.Plan, folder: pathlib.Path, *,
                   keep: bool = False, as_json: bool = False) -> int:
    """Run the story and show its outcome.

    :param folder: an empty folder for everything that is written
    :param keep: serve the API afterwards, until interrupted
    :param as_json: show the outcome as JSON instead of a table
    :returns: exit status: 0 if every claim held, 1 otherwise
    """
    warnings.simplefilter('ignore')
    steps = _Steps()
    steps.say(f'configuration: {wanted.nova_conf}')
    with _logging_to(folder / 'nova.log'):
        return _run_cloud(wanted, folder, steps, keep, as_json)


def _run_cloud(wanted: plan.Plan, folder: pathlib.Path, steps: _Steps,
               keep: bool, as_json: bool) -> int:
    nova_conf = folder / 'readers.conf'
    try:
        allowed_options.write(wanted.nova_conf, nova_conf)
        with cloud.run_cloud(nova_conf, folder, wanted.hosts,
                             wanted.physnets, steps.say) as running:
            told = story.Story(running, wanted, steps.say)
            told.tell()
            print(report.as_json(told.outcome) if as_json
                  else report.as_table(told.outcome), flush=True)
            status = _judge(told.outcome, steps)
            if keep:
                hold.serve_until_interrupted(running, wanted, folder)
    except exceptions.PciExtError as exc:
        steps.say(f'WRONG: {exc}')
        return 1
    except Exception as exc:
        logging.getLogger(__name__).exception('the quickstart failed')
        steps.say(f'WRONG: {type(exc).__name__}: {exc}')
        return 1
    return status


def _judge(outcome: story.Outcome, steps: _Steps) -> int:
    """Say how many claims held, and each that did not."""
    wrong = [check for check in outcome.checks if check.wrong is not None]
    steps.say(f'{len(outcome.checks) - len(wrong)} of '
              f'{len(outcome.checks)} checks hold')
    for check in wrong:
        steps.say(f'WRONG: {check.claim}: {check.wrong}')
    return 1 if wrong else 0


@contextlib.contextmanager
def _logging_to(path: pathlib.Path) -> Iterator[None]:
    """Keep the log of everything off the terminal.

    Nova sets up its own handlers later.  Its threads may outlive their
    services by a moment, so afterwards nothing is logged at all.
    """
    root = logging.getLogger()
    root.handlers[:] = [logging.FileHandler(path)]
    try:
        yield
    finally:
        logging.disable(logging.CRITICAL)
        root.handlers[:] = [logging.NullHandler()]
