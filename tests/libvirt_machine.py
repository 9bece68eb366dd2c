# SPDX-License-Identifier: Apache-2.0

"""A machine with SR-IOV cards in memory, as libvirt and /sys show it.

What Nova's own code asks of libvirt, and reads below /sys, it asks and reads
here; what it makes of the answers is Nova's.  A change can be made to happen
in the middle of a report: before the n-th answer of libvirt.
"""

import contextlib
import functools
import itertools
import shutil
import types
from unittest import mock

from nova import exception
from nova.tests.fixtures import libvirt as fakelibvirt
from nova.virt.libvirt import driver as nova_driver
from nova.virt.libvirt import host as nova_host

PCI_XML = """\
<device><name>{name}</name><path>/sys/{address}</path><parent>computer</parent>
<driver><name>{driver}</name></driver>
<capability type='pci'><domain>{domain}</domain><bus>{bus}</bus>
<slot>{slot}</slot><function>{function}</function>
<product id='0x{product}'>card</product><vendor id='0x8086'>Intel</vendor>
{relatives}<numa node='{numa}'/></capability></device>
"""
NET_XML = """\
<device><name>{name}</name><parent>{parent}</parent>
<capability type='net'><interface>{netdev}</interface>
<address>{mac}</address>{features}</capability></device>
"""
FEATURES = ('rx', 'tx', 'sg')


class NodeDevice:
    """A ``virNodeDevice``: it answers for as long as the device is there."""

    def __init__(self, machine, name, parent, describe):
        self._machine, self._name = machine, name
        self._parent, self._describe = parent, describe

    def name(self):
        return self._name

    def parent(self):
        self._machine.answer('parent')
        self._check()
        return self._parent

    def listCaps(self):
        self._check()
        return [self._name.partition('_')[0]]

    def XMLDesc(self, flags=0):
        self._machine.answer('XMLDesc')
        self._check()
        return self._describe()

    def _check(self):
        if self._name not in self._machine.names():
            raise fakelibvirt.make_libvirtError(
                fakelibvirt.libvirtError, 'Node device not found',
                error_code=fakelibvirt.VIR_ERR_NO_NODE_DEVICE,
                error_message=f"no node device with name '{self._name}'")


class Machine:
    """The cards, and what can happen to them.

    :ivar sysfs: the folder that stands for ``/sys/bus/pci/devices``
    :ivar answers: how often each of libvirt's calls was answered
    :ivar broken: an error that listing raises, None while libvirt works
    """

    def __init__(self, folder):
        self.sysfs = folder
        self.answers = []
        self.broken = None
        self._devices = {}
        self._gone = itertools.count()
        self._later = {}

    # What happens

    def plug(self, address, *, netdev=None, parent=None, mac=None, numa=0,
             product='10c9', vdpa=False, features=FEATURES):
        """Add a device; one with a ``parent`` is a VF."""
        self._devices[address] = types.SimpleNamespace(
            address=address, netdev=netdev, parent=parent, numa=numa,
            mac=mac or '52:54:00:' + address[-7:-5] + ':' + address[-4:-2]
            + ':0' + address[-1], product=product, vdpa=vdpa,
            features=features, driver='igbvf' if parent else 'igb',
            torn=False)
        folder = self.sysfs / address
        folder.mkdir()
        if parent:
            (folder / 'physfn').symlink_to(f'../{parent}')
        self._netdev(address)

    def card(self, bus, vfs, **properties):
        """Add a PF with VFs."""
        pf = f'0000:{bus:02x}:00.0'
        self.plug(pf, netdev=f'ens{bus}', **properties)
        for number in range(vfs):
            self.vf(pf, number)
        return pf

    def vf(self, pf, number, **properties):
        """Add a VF to a PF."""
        above = self._devices[pf]
        self.plug(f'{pf[:8]}{16 + number // 8:02x}.{number % 8}',
                  **{'netdev': f'{above.netdev}v{number}', 'parent': pf,
                     'product': '10ca', 'numa': above.numa, **properties})

    def unplug(self, address):
        """Take a device away, with its VFs."""
        for child in self.vfs(address):
            self.unplug(child)
        del self._devices[address]
        # Deleted, its number could be the next folder's; sysfs gives each a
        # number of its own.
        (self.sysfs / address).rename(
            self.sysfs / f'gone-{next(self._gone)}')

    def tear(self, address):
        """Take a VF away while a guest has it: it waits, half removed."""
        self._devices[address].torn = True
        (self.sysfs / address / 'physfn').unlink()

    def set(self, address, **properties):
        """Change properties of a device."""
        vars(self._devices[address]).update(properties)
        self._netdev(address)

    def vfs(self, pf):
        return sorted(address for address, device in self._devices.items()
                      if device.parent == pf)

    def addresses(self):
        return sorted(self._devices)

    def before(self, answer, change):
        """Let something happen before the n-th answer from now."""
        self._later[len(self.answers) + answer] = change

    # What libvirt says

    def answer(self, call):
        change = self._later.pop(len(self.answers), None)
        self.answers.append(call)
        if change:
            change()

    def names(self):
        """All node devices that are there: name to (parent, description)."""
        found = {}
        for each in self._devices.values():
            found[_name(each)] = ('computer', functools.partial(
                self._describe_pci, each))
            if each.netdev:
                net = f'net_{each.netdev}_{each.mac.replace(":", "_")}'
                found[net] = (_name(each), functools.partial(
                    _describe_net, net, each))
            if each.vdpa:
                found[f'vdpa_{each.address}'] = (_name(each), str)
        return found

    def listAllDevices(self, flags=0):
        self.answer('listAllDevices')
        if self.broken:
            raise self.broken
        wanted = {kind for kind, flag in (
            ('pci', fakelibvirt.VIR_CONNECT_LIST_NODE_DEVICES_CAP_PCI_DEV),
            ('net', fakelibvirt.VIR_CONNECT_LIST_NODE_DEVICES_CAP_NET),
            ('vdpa', fakelibvirt.VIR_CONNECT_LIST_NODE_DEVICES_CAP_VDPA))
            if flags & flag}
        return [NodeDevice(self, name, parent, describe)
                for name, (parent, describe) in self.names().items()
                if name.partition('_')[0] in wanted]

    def _describe_pci(self, each):
        below = self.vfs(each.address)
        relatives = ''
        if each.parent and not each.torn:
            relatives = _relatives('phys_function', [each.parent])
        elif below or each.product == '10c9':
            relatives = _relatives('virt_functions', below)
        domain, bus, slot, function = _numbers(each.address)
        return PCI_XML.format(
            name=_name(each), address=each.address, driver=each.driver,
            domain=domain, bus=bus, slot=slot, function=function,
            product=each.product, numa=each.numa, relatives=relatives)

    # What /sys says

    def _netdev(self, address):
        each = self._devices[address]
        folder = self.sysfs / address / 'net'
        shutil.rmtree(folder, ignore_errors=True)
        if each.netdev:
            (folder / each.netdev).mkdir(parents=True)
            (folder / each.netdev / 'address').write_text(each.mac + '\n')

    def _ifname(self, address, pf_interface=False):
        each = self._devices.get(address)
        if each is not None and pf_interface:
            each = None if each.torn else self._devices.get(each.parent)
        if each is None or not each.netdev:
            raise exception.PciDeviceNotFoundById(id=address)
        return each.netdev

    def _mac(self, address, pf_interface=False):
        self._ifname(address, pf_interface)
        return self._devices[address].mac

    def _vf_number(self, address):
        each = self._devices.get(address)
        if each is None or each.torn:
            raise exception.PciDeviceNotFoundById(id=address)
        return _number(address)

    # Where Nova finds it

    @contextlib.contextmanager
    def in_place(self):
        """Let Nova's code see this machine; yields Nova's libvirt host."""
        utils = 'nova.pci.utils.'
        with mock.patch.object(nova_host, 'libvirt', fakelibvirt), \
                mock.patch.object(nova_driver, 'libvirt', fakelibvirt), \
                mock.patch.object(nova_host.Host, 'get_connection',
                                  lambda _: self), \
                mock.patch(f'{utils}get_ifname_by_pci_address',
                           self._ifname), \
                mock.patch(f'{utils}get_mac_by_pci_address', self._mac), \
                mock.patch(f'{utils}get_vf_num_by_pci_address',
                           self._vf_number):
            yield nova_host.Host('test:///default')


def nova_report(host):
    """What Nova's own driver makes of the machine, asked anew."""
    ask = nova_driver.LibvirtDriver._get_pci_passthrough_devices
    return getattr(ask, '__wrapped__', ask)(
        types.SimpleNamespace(_host=host))


def _describe_net(name, each):
    return NET_XML.format(
        name=name, parent=_name(each), netdev=each.netdev, mac=each.mac,
        features=''.join(f"<feature name='{feature}'/>"
                         for feature in each.features))


def _name(each):
    return 'pci_' + each.address.replace(':', '_').replace('.', '_')


def _numbers(address):
    return [int(part, 16) for part in
            address.replace('.', ':').split(':')]


def _number(address):
    """The number of a VF, as ``vf`` gave it its address."""
    *_, slot, function = _numbers(address)
    return (slot - 16) * 8 + function


def _relatives(kind, addresses):
    return f"<capability type='{kind}' maxCount='7'>" + ''.join(
        "<address domain='0x{:04x}' bus='0x{:02x}' slot='0x{:02x}' "
        "function='0x{:x}'/>".format(*_numbers(address))
        for address in addresses) + '</capability>'
