# SPDX-License-Identifier: Apache-2.0

"""``nova-pci-status upgrade check``: is this installation wired up?

As ``nova-status``: run it on each host after a change of Nova or of this
package, with the nova.conf of the service; the exit status is 0 when all is
well, 1 for warnings and 2 for failures.
"""

import pathlib
import sys
from collections.abc import Callable
from typing import Any

import nova.conf
from nova import version
from oslo_upgradecheck import upgradecheck

from nova_pci_ext import exceptions
from nova_pci_ext import install
from nova_pci_ext.configuration import checking
from nova_pci_ext.configuration import loader
from nova_pci_ext.configuration import placement_options
from nova_pci_ext.configuration import scheduler_options
from nova_pci_ext.configuration.config_files import SourceKind
from nova_pci_ext.model.printable import printable

Result: Any = upgradecheck.Result
Code = upgradecheck.Code

_FILTER = scheduler_options.OUR_FILTER
_DRIVER = 'pci_ext.'


class Checks(upgradecheck.UpgradeCommands):
    """The checks, in the order in which an operator would fix faults."""

    def _check_nova(self) -> object:
        """Whether our classes fit into this Nova."""
        try:
            install.check()
        except exceptions.InstallError as error:
            return Result(Code.FAILURE, str(error))
        return Result(Code.SUCCESS, f'Nova {version.version_string()}')

    def _check_driver_package(self) -> object:
        """Whether Nova finds the drivers of ours."""
        if install.has_drivers():
            return Result(Code.SUCCESS)
        return Result(
            Code.WARNING, 'Nova does not find nova.virt.pci_ext; start '
            'nova-compute-pci in the place of nova-compute')

    def _check_compute(self) -> object:
        """Whether a nova-compute with this configuration has our tracker."""
        driver = nova.conf.CONF.compute_driver
        if driver and driver.startswith(_DRIVER):
            return Result(Code.SUCCESS, printable(driver))
        return Result(
            Code.WARNING, f'compute_driver is {printable(str(driver))}; on a '
            f'compute it has to be {_DRIVER}LibvirtDriver')

    def _check_scheduler(self) -> object:
        """Whether a nova-scheduler with this configuration has our filter."""
        options = nova.conf.CONF.filter_scheduler
        if 'PciPassthroughFilter' not in options.enabled_filters:
            return Result(Code.WARNING, 'PciPassthroughFilter is not among '
                          '[filter_scheduler] enabled_filters')
        if options.available_filters[-1:] != [_FILTER]:
            return Result(
                Code.WARNING, f'on a scheduler {_FILTER} has to be the last '
                'of [filter_scheduler] available_filters')
        return Result(Code.SUCCESS)

    def _check_configuration(self) -> object:
        """Whether services start with these files and do what they say."""
        report = checking.check(loader.load_files(_sources()))
        found = report.errors or report.warnings
        code = (Code.FAILURE if report.errors else
                Code.WARNING if report.warnings else Code.SUCCESS)
        return Result(code, '\n'.join(map(str, found)))

    def _check_placement(self) -> object:
        """Which options of other services matter to PCI in Placement."""
        found = placement_options.matters(
            loader.load_files(_sources()).switches)
        return Result(Code.SUCCESS, '\n'.join(
            f'Look at {matter}' for matter in found))

    _upgrade_checks: tuple[tuple[str, Callable[['Checks'], Any]], ...] = (
        ('Nova', _check_nova),
        ('Driver package', _check_driver_package),
        ('Compute', _check_compute),
        ('Scheduler', _check_scheduler),
        ('Configuration', _check_configuration),
        ('Placement', _check_placement),
    )


def _sources() -> list[tuple[SourceKind, pathlib.Path]]:
    """Return the files and folders that Nova has read."""
    conf = nova.conf.CONF
    return [(kind, pathlib.Path(path)) for kind, paths in (
        (SourceKind.FILE, conf.config_file), (SourceKind.DIR, conf.config_dir))
        for path in paths or ()]


def main() -> int:
    """Run the command that the arguments name.

    :returns: the exit status
    """
    status: int = upgradecheck.main(
        nova.conf.CONF, project='nova', upgrade_command=Checks())
    return status


if __name__ == '__main__':
    sys.exit(main())
