# SPDX-License-Identifier: Apache-2.0

"""Lies that are repaired by command, which is killed on its way."""

import os
import signal
import subprocess
from typing import NamedTuple


class Kill(NamedTuple):
    """When the command is killed: when it says a line for the n-th time.

    It says one before each write and one after it.
    """

    line: str
    number: int

    def run(self, words):
        """Run a command, and kill it then."""
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True)
        left = self.number
        for said in process.stderr:
            left -= said.startswith(self.line)
            if not left:
                os.kill(process.pid, signal.SIGKILL)
                break
        process.stderr.close()
        assert process.wait() == -signal.SIGKILL


def check(liar, lies, kill, made):
    """Tell lies, kill their repair, and let it be made again.

    :param made: how many repairs are made when the command is killed
    """
    kinds = sorted(kind for each in lies for kind in each.kinds)

    def owned():
        return [liar.devices(owner=each)
                for each in (liar.owner, liar.neighbour)]
    before = owned()
    liar.stop()
    for each in lies:
        each.tell(liar)
    found = liar.audit(liar.host, '--wait', '0')
    # pytest says nothing of the values here: this is not a module of tests.
    assert found == kinds, (found, kinds)
    kill.run(liar.command(liar.host).words('--repair', '--yes', '--wait',
                                           '0'))
    assert owned() == before
    left = liar.audit(liar.host, '--wait', '0')
    assert len([kind for kind in left if kind in kinds]) == (
        len(lies) - made), left
    liar.audit(liar.host, '--repair', '--yes', '--wait', '0')
    assert owned() == before
    liar.restart()
    liar.wait_for_agreement()
    assert owned() == before
    left = liar.audit(liar.host)
    assert left == [], left
