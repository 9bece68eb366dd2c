# SPDX-License-Identifier: Apache-2.0

"""Serial numbers from vital product data."""

import io

import pytest

from nova_pci_ext.discovery import vpd

NAME = b'\x82\x04\x00card'
END = b'\x78'


def read_only(*fields):
    """Return a read-only resource with (keyword, content) fields."""
    content = b''.join(keyword + bytes([len(text)]) + text
                       for keyword, text in fields)
    return b'\x90' + len(content).to_bytes(2, 'little') + content


@pytest.mark.parametrize(('content', 'serial'), [
    pytest.param(NAME + read_only((b'PN', b'p'), (b'SN', b'MT2042X'),
                                  (b'RV', b'\x00' * 20)) + END, 'MT2042X',
                 id='after the name and other fields'),
    pytest.param(read_only((b'SN', b'  A1 \x00')), 'A1',
                 id='without the blanks that fill the field'),
    pytest.param(NAME + END + read_only((b'SN', b'X')), None,
                 id='not behind the end'),
    pytest.param(NAME + read_only((b'PN', b'SN\x01X')), None,
                 id='not in the content of another field'),
    pytest.param(b'\x91' + read_only((b'SN', b'X'))[1:] + END, None,
                 id='not in the part that can be written'),
    pytest.param(b'\x90\xff\x00SN\x09short', None,
                 id='not from a field that is cut off'),
    pytest.param(read_only((b'SN', b'\x01\x02')), None,
                 id='no text that cannot be printed'),
    pytest.param(read_only((b'SN', b'   ')), None, id='no blanks alone'),
    pytest.param(b'\x08' * 40000, None, id='no end: given up after 32 KiB'),
    pytest.param(b'', None, id='no content'),
])
def test_serial_numbers(content, serial):
    assert vpd.find_serial(io.BytesIO(content)) == serial
