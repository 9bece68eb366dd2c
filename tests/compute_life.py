# SPDX-License-Identifier: Apache-2.0

"""One life of nova-compute in the test of removal, as a process.

``python -m tests.compute_life WHOSE FILE SERVER COUNT``: start Nova's own
tracker (``nova``) or install this package first (``ours``), on the rows in
FILE; give SERVER that many VFs, or free it where COUNT is 0; save, and print
what the tracker knew at its start and its end.
"""

import json
import pathlib
import sys

from tests import device_rows

HOST = [*device_rows.family('81', 4), *device_rows.family('82', 2)]
# What our drivers report beside that.
PATH = ['pci0000:80', '0000:80:01.0']


def live(whose, path, server, count):
    """Do one life; return what is printed."""
    from nova.pci import manager

    from nova_pci_ext import install
    rows = device_rows.Rows()
    if path.exists():
        kept = json.loads(path.read_text())
        rows.rows, rows._last_id = kept, len(kept)
    with rows.in_place():
        if whose == 'ours':
            install.install()
        host = [{**each, 'pci_path': PATH} for each in HOST
                ] if whose == 'ours' else HOST
        started = device_rows.start(host, make=manager.PciDevTracker)
        begin = device_rows.states(started)
        guest = device_rows.guest(server)
        guest.pci_devices.objects = list(started.allocations.get(server, ()))
        if count:
            device_rows.claim(started, server, r1=(count, device_rows.VF))
            started.allocate_instance(guest)
        else:
            started.free_instance(None, guest)
        device_rows.save(started)
    path.write_text(json.dumps(rows.rows, default=str))
    return {'tracker': type(started).__module__, 'begin': begin,
            'end': device_rows.states(started),
            'free': device_rows.pooled(started),
            'roots': sorted({pool.get('pcie_root')
                             for pool in started.stats.pools}, key=str)}


if __name__ == '__main__':
    print(json.dumps(live(sys.argv[1], pathlib.Path(sys.argv[2]),
                          sys.argv[3], int(sys.argv[4]))))
