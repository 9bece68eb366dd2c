# SPDX-License-Identifier: Apache-2.0

"""Equal hosts for a picture of all hosts, and what the picture shows."""

from xml.etree import ElementTree

from nova_pci_ext.drawing import levels
from nova_pci_ext.model.host_counts import ClassCounts
from nova_pci_ext.model.host_counts import DeviceClass
from nova_pci_ext.model.host_counts import EqualHosts

GPU = DeviceClass(vendor_id='10de', product_id='20b0', dev_type='type-PCI')
NIC = DeviceClass(vendor_id='15b3', product_id='101e', dev_type='type-VF')
SVG = '{http://www.w3.org/2000/svg}'
COLOURS = {level.colour: level.text for level in levels.LEVELS}


def equal(*names, free=4, of=8, kind=GPU, disabled=False, **more):
    return EqualHosts(hosts=names, disabled=disabled, classes=((
        kind, ClassCounts(free=free, used=of - free, **more)),))


def many(number):
    """Return more kinds of hosts than a table has, each of two hosts."""
    return [EqualHosts(hosts=(f'a-{each}', f'b-{each}'), classes=((
        GPU, ClassCounts(free=each, used=number - each)),))
        for each in range(number)]


def fields(text):
    """Return (colour, x, y, width, title) of each coloured rectangle."""
    root = ElementTree.fromstring(text)
    return [(COLOURS[each.get('fill')], *(
        float(each.get(key)) for key in ('x', 'y', 'width')),
        each.findtext(f'{SVG}title'))
        for each in root.iter(f'{SVG}rect')
        if each.get('fill') in COLOURS and each.find(f'{SVG}title')
        is not None]


def words(text):
    return [each.text for each in ElementTree.fromstring(text).iter(
        f'{SVG}text')]
