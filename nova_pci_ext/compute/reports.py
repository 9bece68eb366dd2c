# SPDX-License-Identifier: Apache-2.0

"""What the host reports about its devices, and what is said about it."""

from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

from nova import exception
from oslo_log import log as logging
from oslo_serialization import jsonutils

LOG = logging.getLogger(__name__)

# update_device of Nova's object leaves these alone, or they are ours.
_NOT_REPORTED = frozenset(
    {'status', 'instance_uuid', 'id', 'uuid', 'extra_info', 'request_id'})

# Nova takes these out of extra_info when they are no longer reported.
_PASSING_TAGS = ('managed', 'live_migratable')

#: Properties that say which device it is; worth a warning when they change
#: below an instance.
_IDENTITY = ('vendor_id', 'product_id', 'dev_type', 'numa_node',
             'parent_addr')


def assignable(devices_json: str, dev_filter: Any,
               notices: 'Notices') -> list[dict[str, Any]]:
    """Read a report, and keep the devices that ``device_spec`` names.

    :param devices_json: a JSON list of dicts, as virt drivers give it
    :returns: the dicts, with the tags of their entries
    """
    kept = []
    for properties in jsonutils.loads(devices_json):
        try:
            spec = dev_filter.device_assignable(properties)
        except exception.PciConfigInvalidSpec as error:
            # Not a fault of the configuration: Nova's parser of addresses
            # knows 16-bit domains only.
            notices.skipped(properties, error)
            continue
        if spec is not None:
            spec.enhanced_pci_device_with_spec_tags(properties)
            kept.append(properties)
    return kept


def by_address(reported: Iterable[dict[str, Any]],
               notices: 'Notices') -> dict[str, dict[str, Any]]:
    """The reported devices by address; of two with one address, the first."""
    found: dict[str, dict[str, Any]] = {}
    twice = set()
    for properties in reported:
        address = properties['address']
        if found.setdefault(address, properties) is not properties:
            twice.add(address)
    notices.duplicates(twice)
    return found


def changes(dev: Any, properties: dict[str, Any]) -> list[str]:
    """Names of the properties that a device does not have as reported."""
    extra = dev.extra_info
    names = [tag for tag in _PASSING_TAGS
             if tag in extra and tag not in properties]
    if 'parent_addr' not in properties and dev.parent_addr is not None:
        names.append('parent_addr')
    for name, value in properties.items():
        if name in _NOT_REPORTED:
            continue
        if name not in dev.fields:
            if extra.get(name) != _as_text(value):
                names.append(name)
        elif not dev.obj_attr_is_set(name) or getattr(dev, name) != value:
            names.append(name)
    return names


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else jsonutils.dumps(value)


class Notices:
    """Tells the operator of each change of state once, not every minute.

    :ivar log: the tracker's logger, under whose name operators look
    """

    def __init__(self, log: Any) -> None:
        self.log = log
        self._said: dict[str, tuple[str, ...]] = {}
        self._duplicates: set[str] = set()
        self._outlived: set[str] = set()

    def skipped(self, properties: dict[str, Any], error: Exception) -> None:
        """A reported device has an address that Nova cannot read."""
        self.log.debug(
            'Skipping PCI device %s reported by the hypervisor: %s',
            {name: value for name, value in properties.items()
             if name in ('address', 'parent_addr')},
            str(error).replace('Invalid [pci]device_spec config:', 'The'))

    def vanished(self, dev: Any) -> None:
        """An owned device is no longer reported."""
        if self._is_news(dev, ('vanished',)):
            # The first words are Nova's: logs are searched for them.
            self.log.warning(
                'Unable to remove device with address %(address)s, which the '
                'host no longer reports or device_spec no longer names: it '
                'is %(status)s by instance %(owner)s. It is kept for that '
                'instance, and removed when it is freed.',
                {'address': dev.address, 'status': dev.status,
                 'owner': dev.instance_uuid})

    def changed(self, dev: Any, names: Iterable[str]) -> None:
        """An owned device is reported with other properties."""
        identity = tuple(name for name in _IDENTITY if name in names)
        if not identity:
            self.log.debug('Device %s waits for new properties until it is '
                           'freed', dev.address)
        elif self._is_news(dev, identity):
            self.log.warning(
                'Device %(address)s changed (%(names)s) while it is '
                '%(status)s by instance %(owner)s. What the host reports '
                'now is taken over when the device is freed.',
                {'address': dev.address, 'names': ', '.join(identity),
                 'status': dev.status, 'owner': dev.instance_uuid})

    def settled(self, dev: Any) -> None:
        """Nothing is wrong with a device any more."""
        if self._said.pop(dev.address, None):
            self.log.info('Device %s, which is %s, is as the host reports it '
                          'again', dev.address, dev.status)

    def duplicates(self, addresses: set[str]) -> None:
        """Addresses that the host reports more than once."""
        for address in sorted(addresses - self._duplicates):
            self.log.warning('The host reports device %s more than once; '
                             'the first report counts', address)
        self._duplicates = addresses

    def outlived(self, held: Mapping[str, Iterable[Any]]) -> None:
        """Instances that are gone, while their guests have devices."""
        for owner in sorted(held.keys() - self._outlived):
            self.log.warning(
                'Instance %(owner)s is no longer on this host, but its guest '
                'runs: PCI devices %(addresses)s stay its own until the '
                'guest has ended. Nova ends such guests as '
                '[DEFAULT] running_deleted_instance_action says.',
                {'owner': owner, 'addresses': ', '.join(
                    sorted(dev.address for dev in held[owner]))})
        self._outlived = set(held)

    def _is_news(self, dev: Any, state: tuple[str, ...]) -> bool:
        news = self._said.get(dev.address) != state
        self._said[dev.address] = state
        return news
