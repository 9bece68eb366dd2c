# SPDX-License-Identifier: Apache-2.0

"""The host of the soak: what it has, what becomes of it, what it reports.

::

  PF 0000:81:00.0 to 0000:84:00.0, each with VFs at .10.0 to .10.5
  0000:01:00.0 to 0000:03:00.0, plain devices

Which device is a VF of which never changes, so the checker knows it by the
addresses alone.
"""

from tests import device_rows
from tests.device_rows import PCI
from tests.device_rows import PF
from tests.device_rows import VF

CARDS = [device_rows.family(bus, 6, numa=number % 2)
         for number, bus in enumerate(('81', '82', '83', '84'))]
PLAIN = [device_rows.reported(f'0000:0{bus}:00.0') for bus in (1, 2, 3)]
ALL = {device['address']: device
       for device in [*(each for card in CARDS for each in card), *PLAIN]}
VFS = [address for address, device in ALL.items()
       if device['dev_type'] == VF]
LIES = [{'dev_type': PCI, 'parent_addr': None}, {'parent_addr': None},
        {'dev_type': PCI}, {'dev_type': PF, 'parent_addr': None},
        {'numa_node': 1}, {'product_id': 'beef'}, {'vendor_id': '15b3'},
        *({'dev_type': VF, 'parent_addr': card[0]['address']}
          for card in CARDS), None]


def relatives(address):
    """The devices that cannot be owned beside one."""
    parent = ALL[address]['parent_addr']
    return {parent} if parent else {
        other for other, device in ALL.items()
        if device['parent_addr'] == address}


class Host:
    """What the host has now.

    :ivar missing: the VFs that are not there
    """

    def __init__(self, random):
        self._random = random
        self.missing = set()
        self._lies = {}

    def change(self):
        """Take VFs away, or bring some back."""
        some = set(self._random.sample(VFS, 3))
        self.missing = (self.missing - some if self._random.random() < 0.6
                        else self.missing | some)

    def report(self, *, is_true=False):
        """What the host says; a third of the reports is wrong somewhere.

        Of one device two reports in a row are not wrong.
        """
        lies = {}
        if not is_true and self._random.random() < 0.3:
            lies = {address: self._random.choice(LIES)
                    for address in self._random.sample(sorted(ALL), 2)
                    if address not in self._lies}
        self._lies = lies
        return [{**device, **(lies.get(address) or {})}
                for address, device in ALL.items()
                if address not in self.missing
                and lies.get(address, {}) is not None]
