# SPDX-License-Identifier: Apache-2.0

"""One worker: loads the test modules, then runs the tests it is told to run.

Talks in lines: on start it writes a JSON object with what was replaced, what
was left over and all test ids; then it reads a test id a line and answers
each with an outcome. At the end of its input it writes what was left over by
then, because tests load further modules of Nova.
"""

import argparse
import io
import json
import os
import pathlib
import re
import sys
import tempfile
import time
import traceback
import unittest
from collections.abc import Iterator
from typing import Any

from tests.nova_suites import environment
from tests.nova_suites import outcome
from tests.nova_suites import replacement

EXCEPTION_LINE = re.compile(r'[A-Za-z_][\w.]*: |[A-Za-z_][\w.]*$')


class Recorder(unittest.TestResult):
    """Keeps the outcome of the one test that runs."""

    def __init__(self) -> None:
        super().__init__()
        self.status = outcome.Status.PASSED
        self.why = ''
        self.text = ''

    def _fail(self, test: Any, error: Any) -> None:
        # A cleanup can fail after the test did; the first fault counts.
        if self.status is not outcome.Status.FAILED:
            self.status = outcome.Status.FAILED
            self.text = self._exc_info_to_string(error, test)
            self.why = last_exception_line(self.text)

    addError = addFailure = _fail

    def addSubTest(self, test: Any, subtest: Any, error: Any) -> None:
        if error is not None:
            self._fail(subtest, error)

    def addSkip(self, test: Any, reason: str) -> None:
        self.status = outcome.Status.SKIPPED
        self.why = reason

    def addUnexpectedSuccess(self, test: Any) -> None:
        self.status = outcome.Status.FAILED
        self.why = 'expected to fail, but passed'


def last_exception_line(text: str) -> str:
    """Pick the line that names the exception out of a captured traceback.

    testtools prints captured logs around the traceback, so the last line of
    the text is rarely the exception.
    """
    in_traceback = False
    found = ''
    for line in text.splitlines():
        if line.startswith('Traceback (most recent'):
            in_traceback = True
        elif in_traceback and EXCEPTION_LINE.match(line):
            found, in_traceback = line, False
    return (found or text.strip().rpartition('\n')[2])[:300]


def load_tests(modules: list[str]) -> dict[str, unittest.TestCase]:
    """Load the tests of some modules.

    :raises ImportError: if a module cannot be loaded
    """
    loader = unittest.TestLoader()
    tests = {}
    for test in flatten(loader.loadTestsFromNames(modules)):
        if loader.errors:
            raise ImportError(loader.errors[0])
        tests[test.id()] = test
    return tests


def flatten(suite: Any) -> Iterator[unittest.TestCase]:
    """Yield the tests of nested suites, in order."""
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from flatten(item)
        else:
            yield item


def run(test: unittest.TestCase) -> outcome.Outcome:
    """Run one test to its end."""
    recorder = Recorder()
    begin = time.monotonic()
    test.run(recorder)
    return outcome.Outcome(
        test=test.id(), status=recorder.status, why=recorder.why,
        seconds=round(time.monotonic() - begin, 3), traceback=recorder.text)


def own_stdout() -> io.TextIOWrapper:
    """Take standard output for ourselves; what tests print goes to stderr."""
    ours = os.fdopen(os.dup(1), 'w', buffering=1)
    os.dup2(2, 1)
    return ours


def serve(arguments: argparse.Namespace, folder: str) -> None:
    """Answer each test id on standard input with an outcome."""
    out = own_stdout()
    environment.patch_like_nova(arguments.threading)
    environment.prepare_state(pathlib.Path(folder))
    replaced = () if arguments.baseline else replacement.replace_all()
    if replaced:
        environment.choose_candidates(arguments.candidates)
    tests = load_tests(arguments.modules)
    print(json.dumps({
        'replaced': [str(pair) for pair in replaced],
        'leftovers': list(replacement.leftovers(replaced)),
        'tests': list(tests)}), file=out)
    for line in sys.stdin:
        print(outcome.encode(run(tests[line.strip()])), file=out)
    print(json.dumps({
        'leftovers': list(replacement.leftovers(replaced))}), file=out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('modules', nargs='+')
    parser.add_argument('--baseline', action='store_true')
    parser.add_argument('--threading', action='store_true')
    parser.add_argument('--candidates', default='ours')
    arguments = parser.parse_args()
    # nova's configuration reads the command line of the process.
    sys.argv = sys.argv[:1]
    status = 0
    with tempfile.TemporaryDirectory(prefix='nova-suites-') as folder:
        os.environ['TMPDIR'] = tempfile.tempdir = folder
        try:
            serve(arguments, folder)
        except Exception:
            traceback.print_exc()
            status = 1
    # Tests leave threads behind which would keep the process from ending.
    sys.stderr.flush()
    os._exit(status)


if __name__ == '__main__':
    main()
