# SPDX-License-Identifier: Apache-2.0

"""What our virt drivers add to Nova's."""

from collections.abc import Callable

import nova.conf

from nova_pci_ext import install
from nova_pci_ext.api import alternatives
from nova_pci_ext.compute import following
from nova_pci_ext.compute import hotplug
from nova_pci_ext.compute import port_bandwidths
from nova_pci_ext.compute import reserving
from nova_pci_ext.compute import service_start
from nova_pci_ext.configuration import pci_ext
from nova_pci_ext.metrics import listen
from nova_pci_ext.novaobj import numa_fitting
from nova_pci_ext.novaobj.hooks import Part
from nova_pci_ext.virt import port_profile

CONF = nova.conf.CONF
pci_ext.register_opts(CONF)


class PciExtDriver:
    """Mixin of every driver: the way into the compute service.

    Each driver says with ``running_guests`` which instances have devices in
    use, whether Nova knows them or not.

    Nova builds the driver before it builds the resource tracker, so this is
    the last moment at which the tracker's class can still be ours.
    """

    running_guests: Callable[[], list[str]]
    #: What of Nova the driver itself leans on.
    hooks_part: Part
    #: Whether the devices are those of this kernel, and may be changed.
    has_local_devices = False

    def __init__(self, *args: object, **kwargs: object) -> None:
        service_start.check_options()
        install.install(Part.COMPUTE, self.hooks_part)
        following.install()
        port_bandwidths.install_on_compute()
        reserving.install()
        alternatives.install()
        port_profile.install()
        numa_fitting.install()
        listen.serve_once(CONF.pci_ext)
        super().__init__(*args, **kwargs)

    def get_available_resource(self, nodename: str) -> dict[str, object]:
        """Leave the reported devices where the tracker looks every minute."""
        resources: dict[str, object] = super().get_available_resource(  # type: ignore[misc]
            nodename)
        if 'pci_passthrough_devices' in resources:
            hotplug.REPORTS.publish(
                nodename, str(resources['pci_passthrough_devices']),
                self.running_guests(), is_local=self.has_local_devices)
        return resources
