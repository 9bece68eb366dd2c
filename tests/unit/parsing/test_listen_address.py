# SPDX-License-Identifier: Apache-2.0

"""The address and the ports of the metrics."""

import pytest

from nova_pci_ext.parsing import listen_address

FORM = ('expected an IP address and a port or a range of ports, such as '
        '"127.0.0.1:9901" or "[::1]:9901-9908"')


@pytest.mark.parametrize(('text', 'address', 'ports'), [
    ('127.0.0.1:9901', '127.0.0.1', range(9901, 9902)),
    (' 192.0.2.10:9901-9908 ', '192.0.2.10', range(9901, 9909)),
    ('[::1]:9901', '::1', range(9901, 9902)),
])
def test_an_address_and_ports_are_read(text, address, ports):
    assert listen_address.parse_listen(text) == listen_address.Listen(
        address=address, ports=ports)


@pytest.mark.parametrize(('text', 'wrong'), [
    ('9901', 'cannot be "9901"'),
    ('[1::2::3]:9901', '"1::2::3" is no IP address'),
    ('127.0.0.1:65536', 'ports 65536 to 65536 are none'),
])
def test_a_wrong_value_says_what_was_expected(text, wrong):
    with pytest.raises(ValueError) as caught:
        listen_address.parse_listen(text)
    assert str(caught.value) == f'{wrong}; {FORM}'
