# SPDX-License-Identifier: Apache-2.0

"""``[pci_ext] verify_kept``."""

import logging

import pytest
from nova import conf
from oslo_config import fixture as config_fixture

from nova_pci_ext.model.recent import Recent
from nova_pci_ext.model.verifying import KEPT
from nova_pci_ext.scheduler import kept_checks
from nova_pci_ext.scheduler import weights

pytestmark = pytest.mark.nova


@pytest.fixture
def options():
    """Nova's configuration with its defaults, and a way to change it."""
    fixture = config_fixture.Config(conf.CONF)
    fixture.setUp()
    conf.CONF([], project='nova', default_config_files=[])
    yield fixture
    fixture.cleanUp()
    kept_checks.switch()


def test_a_weigher_switches_it_as_configured(options):
    weights.PciFitWeigher()
    assert KEPT.report is None
    options.config(verify_kept=True, group='pci_ext')
    weights.PciFitWeigher()
    assert KEPT.report is not None


def test_a_difference_is_an_error_in_the_log(options, caplog):
    options.config(verify_kept=True, group='pci_ext')
    kept_checks.switch()
    recent = Recent(1, 'text')
    recent.find(1, str, 'old\n')
    with caplog.at_level(logging.ERROR):
        assert recent.find(1, str, '\x1b') == '\x1b'
    assert [record.getMessage() for record in caplog.records] == [
        'What was kept as text is not what is computed now, which is used; '
        "this is a fault of nova_pci_ext. Kept: 'old\\n'. Now: '\\x1b'"]
