# SPDX-License-Identifier: Apache-2.0

"""The serial number of a card, from its vital product data (VPD).

The format is the PCI specification's, as libvirt and Nova read it: a row of
resources, each a tag with a length; the read-only one (tag 0x90) holds
fields of two letters, of which ``SN`` is the serial number.
"""

from typing import BinaryIO

from nova_pci_ext.discovery.kernel_files import Folder

_LARGE = 0x80
_READ_ONLY = 0x90
_END = 0x0f
# A card that answers with anything else than VPD could go on for ever.
_MOST = 32768


def read_serial(folder: Folder) -> str | None:
    """Read the serial number of the card that a device is on.

    :param folder: the device's folder in sysfs
    :returns: None where there is none, or only root may read it
    """
    number = folder.root.open(folder.path, 'vpd')
    if number is None:
        return None
    try:
        # Cards are slow to answer, so only what is needed is read.
        with open(number, 'rb', buffering=0) as file:
            return find_serial(file)
    except OSError:
        return None


def find_serial(file: BinaryIO) -> str | None:
    """Find the serial number in VPD.

    :returns: its text without blanks around it; None if there is none
    :raises OSError: as the file does
    """
    read = 0
    while read < _MOST:
        tag = file.read(1)
        if not tag:
            return None
        if not tag[0] & _LARGE:
            if tag[0] >> 3 == _END:
                return None
            length = tag[0] & 7
        else:
            length = int.from_bytes(file.read(2), 'little')
        content = file.read(length)
        if tag[0] == _READ_ONLY:
            return _serial(content)
        read += 3 + length
    return None


def _serial(fields: bytes) -> str | None:
    place = 0
    while place + 3 <= len(fields):
        end = place + 3 + fields[place + 2]
        if fields[place:place + 2] == b'SN' and end <= len(fields):
            text = fields[place + 3:end].decode('ascii', 'replace')
            serial = text.strip(' \0')
            return serial if serial and serial.isprintable() else None
        place = end
    return None
