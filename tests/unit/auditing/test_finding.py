# SPDX-License-Identifier: Apache-2.0

from nova_pci_ext.auditing.finding import Finding
from nova_pci_ext.auditing.finding import place
from nova_pci_ext.auditing.kinds import Kind


def test_the_cure_names_what_is_affected():
    found = Finding(kind=Kind.PORT_GONE, instance='i', port='p')
    assert found.cure == 'openstack server remove port i p'
    assert Finding(kind=Kind.PORT_GONE).cure == (
        'openstack server remove port SERVER PORT')


def test_the_cure_is_one_command_whatever_it_names():
    found = Finding(kind=Kind.PORT_GONE, instance='i; reboot', port="p'q")
    assert found.cure == (
        "openstack server remove port 'i; reboot' 'p'\"'\"'q'")


def test_words_do_not_make_another_finding():
    one, other = (Finding(kind=Kind.POOLS_DIFFER, host='h', text=text)
                  for text in ('1 of 2', '2 of 2'))
    assert one.key == other.key
    assert one.key != Finding(kind=Kind.POOLS_DIFFER, host='i').key


def test_rows_come_before_what_follows_from_them():
    found = [Finding(kind=Kind.PORT_GONE, host='a'),
             Finding(kind=Kind.TWIN_ROWS, host='z'),
             Finding(kind=Kind.TWIN_ROWS, host='b')]
    assert [(each.kind, each.host) for each in sorted(found, key=place)] == [
        (Kind.TWIN_ROWS, 'b'), (Kind.TWIN_ROWS, 'z'), (Kind.PORT_GONE, 'a')]
