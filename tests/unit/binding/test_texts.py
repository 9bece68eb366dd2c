# SPDX-License-Identifier: Apache-2.0

"""Texts that the kernel, libvirt and XML take."""

import pytest

from nova_pci_ext.binding import texts


@pytest.mark.parametrize(('check', 'text', 'expected'), [
    ('is_plain', 'a b\xe4', True), ('is_plain', 'a\nb', False),
    ('is_plain', '\ud800', False), ('is_plain', '\uffff', False),
    ('is_mac', 'fa:16:3e:00:00:01', True), ('is_mac', 'fa:16:3e', False),
    ('is_mac', 'fa-16-3e-00-00-01', False),
    ('is_interface', 'eth0.5', True), ('is_interface', '..', False),
    ('is_interface', 'a/b', False), ('is_interface', 'a b', False),
    ('is_interface', '', False),
    ('is_path', '/run/a', True), ('is_path', 'run/a', False),
    ('is_short', 'x' * texts.MAX_SOCKET, True),
    ('is_short', 'x' * (texts.MAX_SOCKET + 1), False),
    ('is_short', '\xe4' * texts.MAX_SOCKET, False),
    ('stays_inside', '/run/a..b', True), ('stays_inside', '/run/../a', False),
    ('is_profileid', 'p', True), ('is_profileid', '', False),
    ('is_profileid', 'x' * (texts.MAX_PROFILEID + 1), False),
])
def test_check(check, text, expected):
    assert getattr(texts, check)(text) is expected
