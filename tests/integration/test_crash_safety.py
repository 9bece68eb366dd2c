#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

"""nova-compute is killed in the middle of its PCI work, and nothing breaks.

One point in the middle of each operation; ``tox -e crash`` takes all points.
"""

import os
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]
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
