# SPDX-License-Identifier: Apache-2.0

"""Stop a compute service whose PCI options are wrong, with one report."""

import nova.conf
from nova import exception
from oslo_log import log as logging

from nova_pci_ext import exceptions
from nova_pci_ext import parsing
from nova_pci_ext.configuration import pci_ext

LOG = logging.getLogger(__name__)
CONF = nova.conf.CONF


def check_options() -> None:
    """Read ``[pci] device_spec`` and ``[pci] alias`` before anything else.

    Nova reads them one after the other, much later, and stops at the first
    fault.  The warnings of ``device_spec`` are left to the filter, which
    every user of the option makes and which logs them.

    :raises InvalidConfiguration: with every fault of both, one a line
    """
    pci_ext.register_opts(CONF)
    faults = parsing.Faults(strict=CONF.pci_ext.strict)
    parsing.parse_device_specs(
        parsing.option_values(parsing.DEVICE_SPEC_OPTION,
                              CONF.pci.device_spec), faults,
        report_in_placement=CONF.pci.report_in_placement)
    faults.warnings.clear()
    parsing.parse_aliases(
        parsing.option_values(parsing.ALIAS_OPTION, CONF.pci.alias), faults,
        pci_in_placement=CONF.filter_scheduler.pci_in_placement)
    for warning in faults.warnings:
        LOG.warning('%s', warning)
    try:
        faults.finish('the PCI options')
    except exceptions.ConfigErrors as exc:
        raise exception.InvalidConfiguration(str(exc)) from exc
