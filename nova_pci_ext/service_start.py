#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.


"""Stop a compute service whose PCI options are wrong, with one report."""

import nova.conf
from nova import exception
from oslo_log import log as logging

from nova_pci_ext import exceptions
from nova_pci_ext import parsing
from nova_pci_ext.conf import pci_ext

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
