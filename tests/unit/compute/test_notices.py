# SPDX-License-Identifier: Apache-2.0

"""Each change of state is told once."""

import logging
import types

import pytest

from nova_pci_ext.compute import notices
from nova_pci_ext.model.device_group import DeviceGroup

ADDRESS = '0000:81:10.0'


@pytest.fixture
def told(caplog):
    caplog.set_level(logging.DEBUG, __name__)
    return notices.Notices(logging.getLogger(__name__))


def device(status='allocated', owner='u1', address=ADDRESS):
    return types.SimpleNamespace(
        address=address, status=status, instance_uuid=owner)


def said(caplog):
    found = [(record.levelname, record.getMessage())
             for record in caplog.records]
    caplog.clear()
    return found


def test_a_device_that_is_no_longer_reported(told, caplog):
    for _ in range(2):
        told.vanished(device(), is_reported=False)
    assert said(caplog) == [(
        'WARNING', 'Unable to remove device with address 0000:81:10.0, which '
        'the host no longer reports: it is allocated by instance u1, whose '
        'guest has lost it. It is kept for that instance, and removed when '
        'it is freed.')]
    told.vanished(device('claimed'), is_reported=True)
    assert said(caplog) == [(
        'WARNING', 'Unable to remove device with address 0000:81:10.0, which '
        'device_spec no longer names: it is claimed by instance u1. It is '
        'kept for that instance, and removed when it is freed.')]


def test_only_what_says_which_device_it_is_is_a_warning(told, caplog):
    told.changed(device(), ())
    assert said(caplog) == [(
        'DEBUG', 'Device 0000:81:10.0 waits for new properties until it is '
        'freed')]
    for _ in range(2):
        told.changed(device(), ('vendor_id', 'numa_node'))
    assert said(caplog) == [(
        'WARNING', 'Device 0000:81:10.0 changed (vendor_id, numa_node) while '
        'it is allocated by instance u1. It keeps its properties until it is '
        'freed, and is offered again once the host has reported it after '
        'that.')]


@pytest.mark.parametrize(('dev', 'text'), [
    (device(), 'The host reports device 0000:81:10.0 as it was; it is '
               'allocated by instance u1'),
    (device('available', None), 'The host reports device 0000:81:10.0 as it '
                                'was')], ids=['owned', 'free'])
def test_what_was_told_is_taken_back(dev, text, told, caplog):
    told.unchanged(dev)
    assert said(caplog) == []
    told.moved(ADDRESS, is_held=False)
    told.unchanged(dev)
    assert said(caplog) == [
        ('INFO', 'Device 0000:81:10.0 is reported with another type or PF. '
                 'It is offered once two reports in a row agree.'),
        ('INFO', text)]


@pytest.mark.parametrize(('status', 'withheld', 'texts'), [
    ('removed', False, ['Device 0000:81:10.0 was freed, and is removed']),
    ('available', True, ['Device 0000:81:10.0 was freed, and is offered '
                         'again once the host has reported it']),
    ('available', False, [])])
def test_a_free_is_told_of_a_device_that_was_told_of(
        status, withheld, texts, told, caplog):
    freed = device(status, None)
    told.freed(freed, is_withheld=withheld)
    assert said(caplog) == []
    told.moved(ADDRESS, is_held=True)
    assert said(caplog) == [(
        'WARNING', 'Device 0000:81:10.0 is reported with another type or PF '
        'while a relative of it is owned. It is not offered until the last '
        'owner in its family is gone.')]
    told.freed(freed, is_withheld=withheld)
    assert said(caplog) == [('INFO', text) for text in texts]


def test_addresses_that_come_twice_are_told_while_they_do(told, caplog):
    warning = ('WARNING', 'The host reports device 0000:81:10.0 more than '
                          'once; the first report counts')
    told.duplicates({ADDRESS})
    told.duplicates({ADDRESS})
    assert said(caplog) == [warning]
    told.duplicates(set())
    told.duplicates({ADDRESS})
    assert said(caplog) == [warning]


def test_a_guest_that_outlives_its_instance_is_told_once(told, caplog):
    held = {'u1': [device(address='b'), device(address='a')]}
    told.outlived(held)
    told.outlived(held)
    assert said(caplog) == [(
        'WARNING', 'Instance u1 is no longer on this host, but its guest '
        'runs: PCI devices a, b stay its own until the guest has ended. Nova '
        'ends such guests as [DEFAULT] running_deleted_instance_action '
        'says.')]


def test_a_group_that_lacks_devices_is_told_of_once(told, caplog):
    group = DeviceGroup(type='nvlink', name='p3', addresses=())
    for _ in range(2):
        told.incomplete({group: ('0000:0f:00.0', '0000:10:00.0')})
    assert said(caplog) == [(
        'WARNING', 'Device group nvlink p3 cannot be used: this host does '
        'not hand out 0000:0f:00.0, 0000:10:00.0')]
    told.incomplete({})
    assert said(caplog) == [
        ('INFO', 'Device group nvlink p3 is complete again')]
