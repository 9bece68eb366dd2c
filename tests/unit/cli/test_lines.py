# SPDX-License-Identifier: Apache-2.0

"""Errors as lines of a command."""

import logging

import pytest
from oslo_config import cfg

from nova_pci_ext import exceptions
from nova_pci_ext.cli import lines


@pytest.mark.parametrize(('error', 'text'), [
    (exceptions.UsageError('two\nlines'), 'two\\nlines'),
    (cfg.NoSuchOptError('x'), 'no such option x in group [DEFAULT]'),
    (FileNotFoundError(2, 'No such file', 'a\tb'), 'a\\tb: No such file'),
    (OSError(5, 'Input/output error'), 'Input/output error'),
    (KeyError('x'), "unexpected KeyError: 'x'; --debug before the command "
                    'shows where'),
], ids=['ours', 'options', 'a file', 'no file', 'any other'])
def test_words(error, text):
    assert lines.words(error) == text


def record(message, error=None):
    return logging.LogRecord(
        'x', logging.ERROR, '', 1, message, (),
        error and (type(error), error, None))


def test_a_level_before_each_fault():
    found = exceptions.ConfigErrors('faults', [
        exceptions.ConfigError('a', 'is wrong'),
        exceptions.ConfigError('b', 'is wrong')])
    assert lines.Formatter().format(record(found)) == (
        'nova-pci: error: a: is wrong\nnova-pci: error: b: is wrong')


def test_the_traceback_comes_last():
    assert lines.Formatter().format(record('it failed', KeyError('x'))) == (
        "nova-pci: error: it failed\nKeyError: 'x'\n")
