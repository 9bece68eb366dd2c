# SPDX-License-Identifier: Apache-2.0

import logging

from nova_pci_ext.cli import quiet


def test_what_nova_logs_stays_away_and_comes_back(caplog):
    log = logging.getLogger('nova')
    with quiet.quiet():
        log.warning('not seen')
        log.error('seen')
    log.warning('seen again')
    assert [each.message for each in caplog.records] == [
        'seen', 'seen again']
