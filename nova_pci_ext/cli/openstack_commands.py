# SPDX-License-Identifier: Apache-2.0

"""The commands of ``nova-pci`` as ``openstack pci ...``.

python-openstackclient finds them by the entry points ``openstack.extension``.
They need no token: what they read, they read with the configuration of this
machine, as ``nova-pci`` does.  So do their exit statuses mean the same.
"""

import argparse

from cliff import command

from nova_pci_ext.cli import application
from nova_pci_ext.cli import audit
from nova_pci_ext.cli import capacity
from nova_pci_ext.cli import check
from nova_pci_ext.cli import devices
from nova_pci_ext.cli import drain
from nova_pci_ext.cli import explain
from nova_pci_ext.cli import fleet
from nova_pci_ext.cli import lines
from nova_pci_ext.cli import rebalance


class _Worded(command.Command):
    """Has the exit status of faults, where the client would have 1."""

    auth_required = False

    def run(self, parsed_args: argparse.Namespace) -> int:
        """Run, and say in words what went wrong.

        :returns: exit status
        """
        try:
            status: int = super().run(parsed_args)
        except Exception as error:
            if self.app.options.debug:
                raise
            for line in lines.words(error).split('\n'):
                lines.show(lines.labelled('error', line), self.app.stderr)
            return application.FAULTS
        return status


def _worded(named: type[command.Command]) -> type[command.Command]:
    """Return a command of ``nova-pci`` for the client."""
    return type(named.__name__, (_Worded, named), {'__doc__': named.__doc__})


Audit = _worded(audit.Audit)
Capacity = _worded(capacity.Capacity)
Check = _worded(check.Check)
Devices = _worded(devices.Devices)
Drain = _worded(drain.Drain)
Drained = _worded(drain.Drained)
Explain = _worded(explain.Explain)
Fleet = _worded(fleet.Fleet)
Rebalance = _worded(rebalance.Rebalance)
Undrain = _worded(drain.Undrain)
