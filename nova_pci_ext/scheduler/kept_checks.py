# SPDX-License-Identifier: Apache-2.0

"""Has this process compare what it keeps, if it is configured so."""

import nova.conf
from oslo_log import log as logging

from nova_pci_ext.configuration import pci_ext
from nova_pci_ext.model.printable import printable
from nova_pci_ext.model.verifying import KEPT

CONF = nova.conf.CONF
pci_ext.register_opts(CONF)
LOG = logging.getLogger(__name__)

#: How a line of the log about a difference begins; for tests.
DIFFERS = 'What was kept as '


def switch() -> None:
    """Do as ``[pci_ext] verify_kept`` says from now on."""
    KEPT.report = _log if CONF.pci_ext.verify_kept else None


def _log(what: str, kept: object, fresh: object) -> None:
    LOG.error(
        'What was kept as %(what)s is not what is computed now, which is '
        'used; this is a fault of nova_pci_ext. Kept: %(kept)s. Now: '
        '%(fresh)s', {'what': what, 'kept': printable(repr(kept)),
                      'fresh': printable(repr(fresh))})
