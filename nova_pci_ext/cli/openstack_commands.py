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
from nova_pci_ext.cli import lines


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
                lines.show(f'error: {line}', self.app.stderr)
            return application.FAULTS
        return status


class Audit(_Worded, audit.Audit):
    __doc__ = audit.Audit.__doc__


class Capacity(_Worded, capacity.Capacity):
    __doc__ = capacity.Capacity.__doc__


class Check(_Worded, check.Check):
    __doc__ = check.Check.__doc__


class Devices(_Worded, devices.Devices):
    __doc__ = devices.Devices.__doc__


class Drain(_Worded, drain.Drain):
    __doc__ = drain.Drain.__doc__


class Drained(_Worded, drain.Drained):
    __doc__ = drain.Drained.__doc__


class Explain(_Worded, explain.Explain):
    __doc__ = explain.Explain.__doc__


class Undrain(_Worded, drain.Undrain):
    __doc__ = drain.Undrain.__doc__
