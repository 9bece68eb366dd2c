# SPDX-License-Identifier: Apache-2.0

"""nova-compute is killed in the middle of its PCI work, and nothing breaks.

One point in the middle of each operation; ``tox -e crash`` takes all points.
"""

import os
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[3]
OPERATIONS = 5
LIMIT_S = 1200

pytestmark = pytest.mark.slow


@pytest.mark.timeout(LIMIT_S)
def test_no_invariant_is_broken_by_a_kill():
    kills = int(os.environ.get('NOVA_PCI_CRASH_KILLS', '1'))
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', '-m', 'tests.crash',
         '--kills', str(kills)],
        cwd=ROOT, text=True, capture_output=True, timeout=LIMIT_S)
    assert done.returncode == 0, done.stdout + done.stderr
    last = done.stdout.splitlines()[-1]
    assert re.fullmatch(
        rf'{kills * OPERATIONS} kills at \d+ distinct points, '
        '0 with a broken invariant', last), last
