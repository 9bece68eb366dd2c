# SPDX-License-Identifier: Apache-2.0

"""Stop a compute service whose PCI options are wrong, with one report."""

import nova.conf
from nova import exception
from oslo_log import log as logging

from nova_pci_ext import exceptions
from nova_pci_ext.configuration import loader

LOG = logging.getLogger(__name__)
CONF = nova.conf.CONF


def check_options() -> None:
    """Read ``[pci] device_spec`` and ``[pci] alias`` before anything else.

    Nova reads them one after the other, much later, and stops at the first
    fault.  The warnings of ``device_spec`` are left to the filter, which
    every user of the option makes and which logs them.

    :raises InvalidConfiguration: with every fault of both, one a line
    """
    loaded = loader.load_conf(CONF)
    for warning in loaded.alias_warnings:
        LOG.warning('%s', warning)
    try:
        loaded.require()
    except exceptions.ConfigErrors as exc:
        raise exception.InvalidConfiguration(str(exc)) from exc
