# SPDX-License-Identifier: Apache-2.0

"""``[pci] device_spec`` as Nova's code wants it: which entry takes a device.

``DeviceFilter`` has the interface of ``nova.pci.whitelist.Whitelist``, and
its entries that of ``nova.pci.devspec.PciDeviceSpec`` as far as Nova's
tracker, statistics, Placement translator and drivers use them.
"""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import nova.conf
from nova import exception
from nova import objects
from oslo_log import log as logging

from nova_pci_ext import exceptions
from nova_pci_ext import parsing
from nova_pci_ext.configuration import loader
from nova_pci_ext.discovery import lookup
from nova_pci_ext.handing_out import remote_managed
from nova_pci_ext.handing_out import spec_matcher
from nova_pci_ext.handing_out.host_lookup import HostLookup
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.spec import DeviceSpec
from nova_pci_ext.novaobj import device_facts

LOG = logging.getLogger(__name__)
CONF = nova.conf.CONF

# Nova's column for addresses; a 32-bit domain makes longer ones.
MAX_ADDRESS = len('0000:00:00.0')
_HANDED_ON = ('managed', 'live_migratable')


class FilterSpec:
    """One entry, with the attributes that Nova's code reads."""

    def __init__(self, spec: DeviceSpec) -> None:
        self.parsed = spec
        self.tags = dict(spec.tags)
        self.dev_name = spec.devname
        self.dev_spec_conf = _as_written(spec)

    def get_tags(self) -> dict[str, str | None]:
        """Return the tags; the caller must not change them."""
        return self.tags

    def enhanced_pci_device_with_spec_tags(self, dev: dict[str, Any]) -> None:
        """Add to a device from the driver what only the operator knows."""
        dev.update({tag: self.tags[tag] for tag in _HANDED_ON
                    if tag in self.tags})


class DeviceFilter:
    """The entries of ``[pci] device_spec``, parsed and compiled once.

    :cvar host: asked once per ``devname`` when the filter is made and in
        each ``refresh``; a subclass sets another than this host's sysfs
    :param whitelist_spec: the values of the option (Nova's name for them),
        usually ``CONF.pci.device_spec``
    :raises PciConfigInvalidSpec: with the whole report, every fault a line
    """

    host: HostLookup = lookup.SysfsLookup()

    def __init__(self, whitelist_spec: Sequence[str] | None = None) -> None:
        self.specs = [FilterSpec(spec) for spec in parse_texts(
            whitelist_spec or (), self.host)]
        self._found: dict[str, PciAddress | None] | None = None
        # Of each device that Nova tracks, what was matched and the entry.
        self._kept: dict[str, tuple[tuple[object, ...],
                                    FilterSpec | None]] = {}
        self.refresh()

    def refresh(self) -> bool:
        """Look up the devices of all ``devname`` entries anew.

        Call this before the devices of the host are read again: matching
        itself never looks at the host.

        :returns: whether an entry may take other devices than before
        """
        names = {spec.dev_name for spec in self.specs if spec.dev_name}
        found = {name: self.host.find_netdev(name) for name in sorted(names)}
        for name, address in found.items():
            if address is None:
                LOG.warning('No PCI device has the network interface %s '
                            'that [pci] device_spec names', name)
        if found == self._found:
            return False
        self._found = found
        self._kept.clear()
        self._matcher = spec_matcher.SpecMatcher(
            [spec.parsed for spec in self.specs],
            {name: address for name, address in found.items()
             if address is not None})
        return True

    def device_assignable(self, dev: Mapping[str, Any]) -> FilterSpec | None:
        """Find the entry that takes a device of the virt driver.

        :param dev: a device as the driver reports it
        :raises PciConfigInvalidSpec: if Nova cannot keep its address
        """
        vpd = dev.get('capabilities', {}).get('vpd', {})
        return self._first(dev['vendor_id'], dev['product_id'],
                           dev['address'], dev.get('parent_addr'),
                           vpd.get('card_serial_number'),
                           device_facts.noted(dev))

    def get_devspec(self, pci_dev: 'objects.PciDevice') -> FilterSpec | None:
        """Find the entry that takes a device which Nova tracks.

        Nova asks for every device in each update, so the entry is kept by
        the device's address for as long as the device is the same.

        :raises PciConfigInvalidSpec: if its address is none
        """
        # A device that was never saved has the notes that Nova's getter sets.
        address, extra = pci_dev._obj_address, pci_dev.extra_info
        vendor_id, product_id = pci_dev._obj_vendor_id, pci_dev._obj_product_id
        parent = vars(pci_dev).get('_obj_parent_addr')
        # The serial number is one of the capabilities.
        text = extra.get('capabilities') or ''
        noted = extra.get(device_facts.NOTE)
        matched = vendor_id, product_id, parent, text, noted
        kept = self._kept.get(address)
        if kept is not None and kept[0] == matched:
            return kept[1]
        found = self._first(
            vendor_id, product_id, address, parent,
            device_facts.kept_serial(pci_dev),
            device_facts.read_note(extra) or {})
        self._kept[address] = matched, found
        return found

    def _first(self, vendor_id: str, product_id: str, address: str,
               parent: str | None, serial: str | None,
               facts: device_facts.Noted) -> FilterSpec | None:
        if len(address) > MAX_ADDRESS:
            _refuse_domain(address)
        try:
            index = self._matcher.first(vendor_id, product_id, address,
                                        parent, has_serial=bool(serial),
                                        serial=serial or facts.get('serial'),
                                        slot=facts.get('slot'))
        except exceptions.AddressError as exc:
            raise exception.PciConfigInvalidSpec(reason=str(exc)) from exc
        return None if index is None else self.specs[index]


def parse_texts(texts: Sequence[str], host: HostLookup,
                ) -> tuple[DeviceSpec, ...]:
    """Parse the option as this service is configured to.

    Faults that ``[pci_ext] strict`` makes warnings are logged, one a line.

    :raises PciConfigInvalidSpec: with every error, one a line
    """
    loaded = loader.load_texts(texts, CONF)
    faults = parsing.Faults(strict=loaded.switches.strict)
    faults.errors += loaded.spec_errors
    faults.warnings += loaded.spec_warnings
    remote_managed.check(loaded.specs, host, faults)
    for warning in faults.warnings:
        LOG.warning('%s', warning)
    try:
        faults.finish('[pci] device_spec')
    except exceptions.ConfigErrors as exc:
        raise exception.PciConfigInvalidSpec(reason=str(exc)) from exc
    return loaded.specs


def _refuse_domain(address: str) -> None:
    """Refuse a 32-bit domain, in the words that Nova's tracker logs."""
    raise exception.PciConfigInvalidSpec(
        reason=f'property domain ({address.partition(":")[0]}) is greater '
               'than the maximum allowable value (FFFF).')


def _as_written(spec: DeviceSpec) -> dict[str, Any]:
    """Give the entry back as a dictionary, for Nova's messages."""
    written = {'vendor_id': spec.vendor_id, 'product_id': spec.product_id,
               'address': spec.address and spec.address.text,
               'devname': spec.devname}
    return {**{key: value for key, value in written.items()
               if value is not None}, **spec.tags}
