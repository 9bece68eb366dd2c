# SPDX-License-Identifier: Apache-2.0

"""A parser that refuses in the words of the commands."""

import argparse

import pytest

from nova_pci_ext.cli import worded


def test_the_fault_comes_first_and_no_usage(capsys):
    parser = argparse.ArgumentParser(prog='nova-pci x')
    parser.add_argument('--number', type=int)
    worded.refuse_in_words(parser)
    with pytest.raises(SystemExit) as ended:
        parser.parse_args(['--number', '\x1b'])
    assert ended.value.code == worded.FAULTS
    assert capsys.readouterr().err == (
        "nova-pci: error: argument --number: invalid int value: '\\x1b'\n"
        '"nova-pci x --help" shows the options\n')
