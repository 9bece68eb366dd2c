# SPDX-License-Identifier: Apache-2.0

from nova_pci_ext.auditing.books import Guest


def test_a_guest_has_what_it_gets_whole_and_through_macvtap():
    guest = Guest(uuid='u', name='n', running=True, hostdevs=('a',),
                  netdevs=('b',))
    assert guest.addresses == ('a', 'b')
