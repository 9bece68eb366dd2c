# SPDX-License-Identifier: Apache-2.0

"""A child that does not come back takes nothing along but its own answer."""

import os
import subprocess
import sys

from nova_pci_ext.discovery import bounded


def test_answers_come_in_order_and_none_is_missing():
    names = [f'n{number}' for number in range(300)]
    assert bounded.read_texts(
        names, lambda name: None if name == 'n7' else f'{name}\n', 5.0) == {
        name: f'{name}\n' for name in names if name != 'n7'}
    assert bounded.read_texts([], str, 5.0) == {}


def test_who_is_stuck_is_left_behind(tmp_path):
    """A FIFO without a writer stands for a device that is being unplugged."""
    fifo = tmp_path / 'fifo'
    os.mkfifo(fifo)

    def read(name):
        if name.startswith('stuck'):
            with open(fifo):
                pass
        return name

    names = ['a', 'stuck1', 'b', 'c', 'stuck2']
    assert bounded.read_texts(names, read, 0.3) == {
        'a': 'a', 'b': 'b', 'c': 'c'}
    # Both children come back once somebody writes.
    with open(fifo, 'w'):
        for _ in range(2):
            os.wait()


def test_after_several_the_rest_is_given_up(tmp_path):
    fifo = tmp_path / 'fifo'
    os.mkfifo(fifo)

    def read(name):
        with open(fifo):
            return name

    assert bounded.read_texts([f'{n}' for n in range(9)], read, 0.1) == {}
    with open(fifo, 'w'):
        for _ in range(4):
            os.wait()


SCRIPT = """
import time
from nova_pci_ext.discovery import bounded
print(bounded.read_texts(['a'], lambda name: time.sleep(%d), 0.1), flush=True)
"""


def test_nobody_waits_for_the_output_of_a_child_that_is_left_behind():
    done = subprocess.run([sys.executable, '-c', SCRIPT % 120], check=True,
                          capture_output=True, text=True, timeout=50)
    assert done.stdout == '{}\n'
