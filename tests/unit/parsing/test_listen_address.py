# SPDX-License-Identifier: Apache-2.0

"""The grammar of ``[pci_ext] metrics_listen``."""

import pytest

from nova_pci_ext.parsing import listen_address

FORM = ('expected an IP address and a port or a range of ports, such as '
        '127.0.0.1:9901 or [::1]:9901-9908')


@pytest.mark.parametrize(('text', 'address', 'ports'), [
    ('127.0.0.1:9901', '127.0.0.1', range(9901, 9902)),
    (' 192.0.2.10:9901-9908 ', '192.0.2.10', range(9901, 9909)),
    ('[::1]:9901', '::1', range(9901, 9902)),
])
def test_an_address_and_ports_are_read(text, address, ports):
    found = listen_address.parse_listen_address(text)
    assert found == listen_address.ListenAddress(address=address, ports=ports)
    assert str(found) == text.strip()


@pytest.mark.parametrize(('text', 'wrong'), [
    ('9901', "cannot be '9901'"),
    ('localhost:9901', "cannot be 'localhost:9901'"),
    ('::1:9901', "cannot be '::1:9901'"),
    ('\x1b:9901', "cannot be '\\x1b:9901'"),
    ('127.0.0.256:9901', "'127.0.0.256' is not an IP address"),
    ('127.0.0.1:9908-9901', 'there are no ports 9908 to 9901'),
    ('127.0.0.1:99999', 'there are no ports 99999 to 99999'),
])
def test_anything_else_is_refused(text, wrong):
    with pytest.raises(ValueError) as caught:
        listen_address.parse_listen_address(text)
    assert str(caught.value) == f'{wrong}; {FORM}'
