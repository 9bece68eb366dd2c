# SPDX-License-Identifier: Apache-2.0

"""What every test run has in common.

Hypothesis draws the same values in each run. ``NOVA_PCI_RANDOM=1`` draws
others each time, and prints the seed with which
``pytest --hypothesis-seed=SEED`` draws them again.
"""

import logging
import os
import random

import hypothesis
import pytest
from hypothesis.internal.conjecture import providers

# Nova's fixtures patch the threads of the process that imports them, and the
# workers of a test run wait for each other with real threads. Nova 31 does it
# when its module is imported, others when this function is called.
os.environ['OS_NOVA_DISABLE_EVENTLET_PATCHING'] = 'true'
from nova import monkey_patch

monkey_patch.patch = lambda backend='eventlet': None

_RANDOM = bool(os.environ.get('NOVA_PCI_RANDOM'))

hypothesis.settings.register_profile(
    'fixed', derandomize=True, database=None, deadline=None)
hypothesis.settings.register_profile('random', database=None, deadline=None)
hypothesis.settings.load_profile('random' if _RANDOM else 'fixed')

# Hypothesis also draws constants of the modules that are loaded, and which
# those are depends on the tests that ran before in the same process.
if not _RANDOM and hasattr(providers, '_get_local_constants'):
    _NONE = providers.Constants()
    providers._get_local_constants = lambda: _NONE


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    if _RANDOM and getattr(config.option, 'hypothesis_seed', None) is None:
        config.option.hypothesis_seed = random.randrange(2 ** 32)
        print(f'--hypothesis-seed={config.option.hypothesis_seed}')


@pytest.fixture(autouse=True)
def _a_pipe_of_any_width(monkeypatch):
    """Output is as in a pipe, whatever the terminal of the test run is."""
    for name in ('COLUMNS', 'NO_COLOR', 'FORCE_COLOR'):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _no_handler_stays():
    """Clients that run in this process log to the stream of one test."""
    root = logging.getLogger()
    before = list(root.handlers)
    yield
    for handler in [each for each in root.handlers if each not in before]:
        root.removeHandler(handler)
