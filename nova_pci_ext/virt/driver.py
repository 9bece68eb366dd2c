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

"""What our virt drivers add to Nova's."""

from collections.abc import Callable
from typing import Any

from nova_pci_ext import install
from nova_pci_ext import metrics_listen
from nova_pci_ext import service_start
from nova_pci_ext.compute import hotplug
from nova_pci_ext.virt import port_profile


class PciExtDriver:
    """Mixin of every driver: the way into the compute service.

    Each driver says with ``running_guests`` which instances have devices in
    use, whether Nova knows them or not.

    Nova builds the driver before it builds the resource tracker, so this is
    the last moment at which the tracker's class can still be ours.
    """

    running_guests: Callable[[], list[str]]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        service_start.check_options()
        install.install()
        port_profile.install()
        metrics_listen.serve_once()
        super().__init__(*args, **kwargs)

    def get_available_resource(self, nodename: str) -> dict[str, Any]:
        """Leave the reported devices where the tracker looks every minute."""
        resources: dict[str, Any] = super().get_available_resource(  # type: ignore[misc]
            nodename)
        if 'pci_passthrough_devices' in resources:
            hotplug.REPORTS.publish(
                nodename, resources['pci_passthrough_devices'],
                self.running_guests())
        return resources
