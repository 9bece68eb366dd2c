# SPDX-License-Identifier: Apache-2.0

"""The recorded host: a machine with two igb cards of seven VFs each, and an
NVMe disk of four VFs, on two NUMA nodes.

``data/igb-host`` has its sysfs and its node devices, both as they were when
VF 0000:41:10.6 was on vfio-pci.
"""

import pathlib
import tarfile

DATA = pathlib.Path(__file__).parent / 'data' / 'igb-host'
NODEDEV = DATA / 'nodedev'


def unpack(root):
    """Write the recorded sysfs below a folder, and return the folder."""
    with tarfile.open(DATA / 'sysfs.tar.gz') as archive:
        # As the tarfile module's documentation has it: Debian 12's Python
        # 3.11.2 does not know the argument of that name yet.
        archive.extraction_filter = lambda member, path: member
        archive.extractall(root)
    return root
