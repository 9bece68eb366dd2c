# SPDX-License-Identifier: Apache-2.0

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
    run(sys.executable, '-W', 'ignore', '-m', 'tools.command_files',
        cwd=clone, PYTHONPATH=str(clone))
    for kind in ('wheel', 'sdist'):
        run(sys.executable, '-W', 'ignore', '-c', _BUILD.format(kind),
            str(folder), cwd=clone)
    (wheel,) = folder.glob('*.whl')
    (sdist,) = folder.glob('*.tar.gz')
    return wheel, sdist
