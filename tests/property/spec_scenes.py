# SPDX-License-Identifier: Apache-2.0

"""Configuration texts and hosts, made from a ``random.Random``.

Hypothesis draws the seed only: drawing each value through it takes ten times
as long as all the rest of a case.  Values are from lists that mix what
operators write, what they mistype and what nobody should write: pure noise is
refused by everyone and shows nothing (``test_parsing_fuzz`` has that).
"""

import dataclasses

from nova_pci_ext.model.address import PciAddress

VENDORS = ('8086', '15b3', '10de')
PRODUCTS = ('1520', '1521', '101e', '0443')
ODD_IDS = ('*', ' 8086 ', '0x8086', '0X1520', '80_86', '86', '-1', '+8086',
           '\uff18\uff10\uff18\uff16', '80861', '', ' ', 'intel', '8086\n',
           ' * ', 'ABCD', '15B3', 8086, None, [], {}, True, 15.0)
ODD_NAMES = ('nope', '', 5, 0, None, False, [], ['eth0'], 'a b', 'x' * 20)
TAG_VALUES = ('physnet1', 'true', 'True', 'false', 'yes', 'no', 'maybe', '',
              '1', 0, 1, 5, 1.5, True, False, None, [], ['a'], {'a': 'b'},
              'CUSTOM_A,hw', 'a,,b', ' ', 'r' * 300, float('inf'))
TAGS = ('physical_network', 'trusted', 'remote_managed', 'managed',
        'live_migratable', 'resource_class', 'traits', 'one_time_use',
        'label', 'rack', 'numa_node', 'dev_type', 'count', 'devices',
        'adress', 'prodct_id', 'Vendor_ID', 'vendor', 'dev_name', 'Trusted',
        'device_type', 'ADDRESS')
USUAL_TAGS = (
    {}, {}, {'physical_network': 'physnet1'}, {'trusted': 'true'},
    {'managed': 'no'}, {'physical_network': None, 'remote_managed': 'true'},
    {'label': 'a', 'rack': 5}, {'trusted': True, 'live_migratable': 'YES'},
    {'resource_class': 'PGPU', 'traits': 'HW_GPU_API_VULKAN,my-gpu'})
REGEXES = ('.*', '', '0', '00', '0000', '0[0-1]', '[0-7]', '8', '81', '02',
           '01', '(', '*', '[[:xdigit:]]', 5, None, [])
REGEX_PARTS = ('domain', 'bus', 'slot', 'function')
ODD_GLOBS = ('*:*:*.*', '::::', '0000:0a', '0:0:0:0.0', ':.', '0000:81:00.1.2',
             '.')
PARTS = ('*', '', ' ', '0', '00', '0000', '81', '02', '2', '1f', '20', '7',
         '8', '10', '-1', '0x1', '1_0', '10000', 'x', '+1', '\uff11',
         ' 02 ', '0002')


@dataclasses.dataclass(frozen=True)
class Host:
    """PFs, VFs and plain devices; Nova's and our questions about them."""

    devices: tuple[dict, ...]
    netdevs: dict[str, PciAddress]
    pfs: dict[PciAddress, tuple[str, str]]

    def find_netdev(self, name):
        return self.netdevs.get(name)

    def find_vf_ids(self, pf):
        return self.pfs.get(pf)


def _device(address, vendor, product, parent, serial):
    found = {'address': str(address), 'vendor_id': vendor,
             'product_id': product}
    if parent is not None:
        found['parent_addr'] = str(parent)
    if serial:
        found['capabilities'] = {'vpd': {'card_serial_number': serial}}
    return found


def make_host(rng):
    """Make up to three cards: PFs with VFs one slot further, or plain."""
    devices, netdevs, pfs = [], {}, {}
    for number in range(rng.randint(1, 3)):
        domain = rng.choice((0, 0, 1))
        bus = rng.choice((0x01, 0x02, 0x0a, 0x81))
        pf = PciAddress(domain, bus, 0, number)
        vendor, product = rng.choice(VENDORS), rng.choice(PRODUCTS)
        serial = rng.choice((None, '', 'MT2113X00000'))
        devices.append(_device(pf, vendor, product, None, serial))
        if rng.random() < 0.5:
            netdevs[f'eth{number}'] = pf
        vfs = [PciAddress(domain, bus, 1 + number, function)
               for function in range(rng.randint(0, 2))]
        if vfs:
            vf_product = rng.choice(PRODUCTS)
            pfs[pf] = (vendor, vf_product)
            devices += [_device(vf, vendor, vf_product, pf, serial)
                        for vf in vfs]
            netdevs[f'eth{number}v0'] = vfs[0]
    return Host(tuple(devices), netdevs, pfs)


def make_entry(rng, host):
    """Make one device_spec entry as a dictionary."""
    entry = {}
    if rng.random() < 0.5:
        entry['vendor_id'] = _mostly(rng, VENDORS, ODD_IDS)
    if rng.random() < 0.5:
        entry['product_id'] = _mostly(rng, PRODUCTS, ODD_IDS)
    kind = rng.choice(('none', 'address', 'address', 'devname', 'both'))
    if kind in ('address', 'both'):
        entry['address'] = make_address(rng, host)
    if kind in ('devname', 'both'):
        entry['devname'] = _mostly(rng, sorted(host.netdevs) or ['eth9'],
                                   ODD_NAMES)
    if rng.random() < 0.8:
        entry.update(rng.choice(USUAL_TAGS))
    else:
        entry.update((rng.choice(TAGS), rng.choice(TAG_VALUES))
                     for _ in range(rng.randint(1, 2)))
    return entry


def make_address(rng, host):
    """Make an address: a glob, regular expressions, or nonsense."""
    known = rng.choice(host.devices)['address']
    match rng.randrange(10):
        case 0:
            return known
        case 1:
            return known[:-1] + '*'
        case 2:
            return '*:' + known[5:-1]
        case 3 | 4:
            return _glob(rng)
        case 5:
            return dict(zip(REGEX_PARTS, known.replace('.', ':').split(':'),
                            strict=True))
        case 6 | 7:
            return {rng.choice((*REGEX_PARTS, 'func')): rng.choice(REGEXES)
                    for _ in range(rng.randint(0, 4))}
        case 8:
            return rng.choice(ODD_GLOBS)
        case _:
            return rng.choice(('', None, 0, 5, [], [known], True))


def _glob(rng):
    fields = [rng.choice(PARTS) for _ in range(rng.randint(0, 3))]
    text = ':'.join(fields)
    return f'{text}.{rng.choice(PARTS)}' if rng.random() < 0.8 else text


def _mostly(rng, usual, odd):
    return rng.choice(usual if rng.random() < 0.85 else odd)
