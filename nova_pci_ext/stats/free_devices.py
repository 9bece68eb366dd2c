# SPDX-License-Identifier: Apache-2.0

"""The free devices of one host, each in the pool of its properties."""

from collections.abc import Iterable

from nova import exception
from nova.pci import whitelist
from oslo_config import cfg

from nova_pci_ext.matching import rules
from nova_pci_ext.model import truth
from nova_pci_ext.novaobj import protocols
from nova_pci_ext.stats import pool_properties
from nova_pci_ext.stats.device_pools import PoolDict
from nova_pci_ext.stats.host_pools import HostPools

CONF = cfg.CONF


class FreeDevices(HostPools):
    """Pools to which devices come and from which they go, on the compute.

    :param published: as of ``HostPools``
    :param dev_filter: the device_spec of the host; the configured one where
        it is None
    """

    def __init__(self, published: protocols.PciDevicePoolList | None,
                 dev_filter: protocols.DeviceFilter | None) -> None:
        super().__init__(published)
        self._dev_filter = dev_filter

    @property
    def dev_filter(self) -> protocols.DeviceFilter:
        """The device_spec of this host; only the compute needs it."""
        if self._dev_filter is None:
            self._dev_filter = whitelist.Whitelist(CONF.pci.device_spec)
        return self._dev_filter

    def _create_pool_keys_from_dev(self, dev: protocols.PciDevice,
                                   ) -> PoolDict | None:
        """Return the properties of the pool of a device.

        :returns: None for a device that no device_spec entry hands out
        """
        # Nova's own tests know this step by its name.
        spec = self.dev_filter.get_devspec(dev)
        return (pool_properties.properties(dev, spec.get_tags() or {}) if spec
                else None)

    def add_device(self, dev: protocols.PciDevice) -> None:
        """Add a free device, if a device_spec entry hands it out."""
        properties = self._create_pool_keys_from_dev(dev)
        if properties is not None:
            self._devices().add(dev, properties)

    def remove_device(self, dev: protocols.PciDevice) -> None:
        """Take a device out of the pool that holds it.

        :raises nova.exception.PciDevicePoolEmpty: if none does although it
            could be handed out
        """
        table = self._devices()
        if table.home(dev) is not None:
            table.remove([dev])
        elif self._create_pool_keys_from_dev(dev) is not None:
            raise exception.PciDevicePoolEmpty(
                compute_node_id=dev.compute_node_id, address=dev.address)

    def take_out(self, devices: Iterable[protocols.PciDevice]) -> None:
        """Have none of these devices in the pools; empty pools go too."""
        self._devices().remove(devices)

    def update_device(self, dev: protocols.PciDevice) -> None:
        """Move a free device to the pool of its present properties."""
        table = self._devices()
        table.forget(dev.address)
        pool = table.home(dev)
        if pool is None:
            return
        properties = self._create_pool_keys_from_dev(dev)
        if properties is None:
            table.remove([dev])
        else:
            table.move(dev, pool, properties)

    def give_back(self, dev: protocols.PciDevice, address: str) -> None:
        """Have a device in its pool that was there before it was claimed.

        :param dev: of whose changes ``update_device`` has told
        :param address: of the device
        """
        table = self._devices()
        if not table.holds(address) and not table.give_back(dev, address):
            self.add_device(dev)

    def set_budget(self, group: str, budget: str | None) -> None:
        """Note what is left of the bandwidth budget of a PF.

        :param group: address of the PF
        :param budget: as it is published; None where it has none
        """
        self._devices().set_budget(group, budget)

    def forget(self, addresses: Iterable[str]) -> None:
        """Forget devices that are gone for good."""
        table = self._devices()
        for address in addresses:
            table.forget(address)

    def forget_entries(self) -> None:
        """Ask ``dev_filter`` anew for the entry of each device."""
        self._devices().forget_all()

    def get_free_devs(self) -> list[protocols.PciDevice]:
        """Return all free devices, pool by pool."""
        return [dev for pool in self.pools for dev in pool['devices']]

    def has_remote_managed_device_pools(self) -> bool:
        """Whether the host has remote-managed devices, free or not."""
        return any(truth.is_true(pool.kind.tag(rules.REMOTE_MANAGED))
                   for pool in self.compiled())

    def populate_pools_metadata_from_assigned_devices(self) -> None:
        """Copy the Placement provider of the devices to their pools.

        :raises ValueError: if the devices of a pool have several
        """
        for pool in self._devices().pools:
            providers = {dev.extra_info['rp_uuid'] for dev in pool['devices']
                         if 'rp_uuid' in dev.extra_info}
            if len(providers) > 1:
                raise ValueError(
                    f'the devices of one pool have several providers, '
                    f'{", ".join(sorted(providers))}: {pool}')
            if providers:
                pool['rp_uuid'] = providers.pop()
