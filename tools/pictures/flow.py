# SPDX-License-Identifier: Apache-2.0

"""How a request becomes a device of a guest, through Nova's services."""

from tools.pictures.canvas import Area
from tools.pictures.canvas import Canvas

LANES = (('nova-api', 10, 100), ('nova-scheduler', 110, 260),
         ('database', 270, 340), ('nova-compute', 350, 520))


def draw() -> Canvas:
    """Return the picture."""
    canvas = Canvas(860, 530)
    for name, top, bottom in LANES:
        canvas.lane(Area(left=10, top=top, right=850, bottom=bottom))
        canvas.text((20, top + 16), name, 'title')
    _api(canvas)
    _scheduler(canvas)
    _compute(canvas)
    return canvas


def _api(canvas: Canvas) -> None:
    canvas.box((30, 36), 180, ('flavor and ports', 'what the user asks'))
    canvas.box((270, 36), 220, ('parsing', '[pci] alias, extra specs'), 'ours')
    canvas.box((570, 36), 220, ('PCI requests', 'one of each alias and port'))
    canvas.arrow((210, 58), (270, 58))
    canvas.arrow((490, 58), (570, 58))
    canvas.arrow((680, 80), (680, 122), (440, 122), (440, 140))


def _scheduler(canvas: Canvas) -> None:
    canvas.box((30, 140), 180, ('Placement', 'allocation candidates'))
    canvas.box((270, 140), 240, (
        'PciPassthroughFilter', 'all requests at once, exact'), 'ours')
    canvas.box((590, 140), 200, ('PciFitWeigher', 'keeps cards whole'), 'ours')
    canvas.box((590, 206), 200, ('explain', 'reason, proof, cure'), 'ours')
    canvas.arrow((210, 162), (270, 162))
    canvas.arrow((510, 156), (590, 156))
    canvas.text((518, 150), 'passes')
    canvas.arrow((480, 184), (480, 228), (590, 228))
    canvas.text((500, 222), 'refused')
    # The chosen host, past the reasons.
    canvas.arrow((790, 162), (820, 162), (820, 380), (510, 380))
    canvas.text((690, 374), 'chosen host')


def _compute(canvas: Canvas) -> None:
    canvas.box((270, 284), 240, ("Nova's database", 'pci_devices, pci_stats'))
    canvas.arrow((390, 284), (390, 184))
    canvas.text((330, 236), 'pools')
    canvas.box((30, 376), 180, ('discovery', 'sysfs, libvirt'), 'ours')
    canvas.box((30, 446), 180, ('parsing, matching', 'device_spec'), 'ours')
    canvas.box((270, 366), 240, (
        'PciDevTracker', 'claims all or nothing'), 'ours')
    canvas.box((270, 456), 240, ('binding', 'what the driver is told'), 'ours')
    canvas.box((590, 420), 200, ('Neutron', 'binding:profile of port'))
    canvas.box((590, 472), 200, ('virt driver', 'hostdev of the guest'))
    canvas.arrow((210, 390), (270, 390))
    canvas.arrow((210, 468), (240, 468), (240, 402), (270, 402))
    canvas.arrow((390, 366), (390, 328))
    canvas.text((340, 356), 'rows')
    canvas.arrow((390, 410), (390, 456))
    canvas.text((400, 436), 'devices')
    canvas.arrow((510, 470), (550, 470), (550, 442), (590, 442))
    canvas.arrow((510, 490), (590, 490))
