# SPDX-License-Identifier: Apache-2.0

"""A card with VFs whose driver keeps what it is told, as a kernel's does."""

import dataclasses
import math
import os
import time

from nova_pci_ext.discovery.vf_states import Host
from nova_pci_ext.model.leavings import LinkState
from nova_pci_ext.model.leavings import VfView
from tests import sysfs_tree

PF, VF_0, VF_1 = '0000:81:00.0', '0000:81:10.0', '0000:81:10.1'
FRESH = VfView(trust=False, spoofchk=True, link_state=LinkState.AUTO)
_STATES = tuple(LinkState)


class Kernel:
    """One PF with two VFs and their interfaces, in sysfs and by netlink.

    :ivar views: what the card was told, by the number of the VF
    :ivar refused: what the driver lets nobody set, as netlink calls it
    :ivar changes: what was set, in order
    """

    def __init__(self, root):
        self.root = root
        self.tree = sysfs_tree.Tree(root)
        self.tree.nic(PF, 'ens1', '8086:1521', 'igb', vfs=7)
        self._write('ens1', 'flags', '0x1003')
        for number, address in enumerate((VF_0, VF_1)):
            self.tree.nic(address, f'ens1v{number}', '8086:1520', 'igbvf',
                          pf=PF, reset_method='flr bus')
            self._write(f'ens1v{number}', 'flags', '0x1002')
        self.views = {0: FRESH, 1: FRESH}
        self.refused = set()
        self.changes = []
        self.host = Host(str(root), self._read)
        self._index = int(self._file('ens1', 'ifindex').read_text())

    def _read(self, index):
        return dict(self.views) if index == self._index else {}

    def _file(self, name, what):
        return self.root / self.tree.places[name] / what

    def _write(self, name, what, text):
        self._file(name, what).write_text(f'{text}\n')

    def tell(self, number, **told):
        """Let somebody else tell the card something."""
        self.views[number] = dataclasses.replace(self.views[number], **told)

    def interface(self, name, *, up, mac=None):
        """Let somebody else change an interface."""
        self._write(name, 'flags', '0x1003' if up else '0x1002')
        if mac:
            self._write(name, 'address', mac)

    def use(self, name, user):
        """Put something on top of an interface."""
        self._file(name, f'upper_{user}').mkdir()

    def leave(self, name, user):
        self._file(name, f'upper_{user}').rmdir()

    def lose_vfs(self):
        """Let a guest have the PF."""
        for link in (self.root / self.tree.places[PF]).glob('virtfn*'):
            link.unlink()

    def is_up(self, name):
        return self._file(name, 'flags').read_text() == '0x1003\n'

    def mac(self, name):
        return self._file(name, 'address').read_text().strip()

    def set_vf(self, index, number, told, until):
        """Be ``privileged.set_vf``."""
        assert index == self._index
        if time.monotonic() > until:
            return 'too late'
        ((name, value),) = told.items()
        self.changes.append((number, name))
        if name in self.refused:
            return 'Invalid argument'
        self.tell(number, **{
            'mac': lambda: {'mac': value},
            'vlan': lambda: value,
            'trust': lambda: {'trust': bool(value)},
            'spoofchk': lambda: {'spoofchk': bool(value)},
            'rate': lambda: {'min_rate_mbps': value['min_tx_rate'],
                             'max_rate_mbps': value['max_tx_rate']},
            'link_state': lambda: {'link_state': _STATES[value]},
        }[name]())
        return None

    def set_interface(self, index, told, until):
        """Be ``privileged.set_interface``."""
        assert time.monotonic() <= until
        ((what, value),) = told.items()
        self.changes.append((index, what))
        if what in self.refused:
            return 'Device or resource busy'
        (name,) = [path.parent.name for path in self.root.glob(
            'sys/class/net/*/ifindex') if path.read_text() == f'{index}\n']
        self._write(name, *(
            ('address', value) if what == 'address' else
            ('flags', '0x1003' if value == 'up' else '0x1002')))
        return None

    def set_vf_count(self, pf, number, until=math.inf):
        """Be ``privileged.set_vf_count``."""
        assert time.monotonic() <= until
        self.changes.append((pf, number))
        if 'numvfs' in self.refused:
            return 'Cannot allocate memory'
        home = self.root / self.tree.places[pf]
        for each, address in enumerate((VF_0, VF_1)[:number]):
            (home / f'virtfn{each}').symlink_to(os.path.relpath(
                self.root / self.tree.places[address], home))
        return None
