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


"""Builds the wheel and the sdist of the tree as it is now."""

import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[1]
_BUILD = 'import sys; from pbr import build; build.build_{}(sys.argv[1])'


def run(*command, cwd=ROOT, limit_s=300, **variables):
    """Run a command, show what it said if it fails, return its output."""
    done = subprocess.run(
        command, cwd=cwd, env={**os.environ, **variables}, text=True,
        timeout=limit_s, capture_output=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def build(folder):
    """Build into a folder; return the paths of the wheel and the sdist.

    They are built in a clone, because a build leaves folders behind, with
    the changes that are not committed yet laid over it. pbr asks git which
    files belong to the distribution.
    """
    clone = folder / 'clone'
    run('git', 'clone', '--quiet', str(ROOT), str(clone))
    changed = run('git', 'ls-files', '--modified', '--others',
                  '--exclude-standard').splitlines()
    for name in changed:
        (clone / name).unlink(missing_ok=True)
        if (ROOT / name).exists():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, clone / name)
    run('git', 'add', '--all', cwd=clone)
    for kind in ('wheel', 'sdist'):
        run(sys.executable, '-W', 'ignore', '-c', _BUILD.format(kind),
            str(folder), cwd=clone)
    (wheel,) = folder.glob('*.whl')
    (sdist,) = folder.glob('*.tar.gz')
    return wheel, sdist
