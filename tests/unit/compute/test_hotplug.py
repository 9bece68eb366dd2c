# SPDX-License-Identifier: Apache-2.0

"""The newest report of each node, taken once."""

from nova_pci_ext.compute import hotplug


def test_the_newest_report_is_taken_once():
    reports = hotplug.Reports()
    reports.publish('n1', '[1]')
    reports.publish('n1', '[2]')
    reports.publish('n2', '[3]')
    assert reports.take('n1') == '[2]'
    assert reports.take('n1') is None
    assert reports.take(None) is None
    assert reports.take('n2') == '[3]'


def test_guests_stay_known_when_the_devices_were_taken():
    reports = hotplug.Reports()
    reports.publish('n1', '[]', ['u1', 'u2'])
    reports.take('n1')
    assert reports.guests('n1') == {'u1', 'u2'}
    reports.publish('n1', '[]')
    assert reports.guests('n1') == frozenset()
    assert reports.guests(None) == frozenset()


def test_only_the_last_report_says_whose_devices_they_are():
    reports = hotplug.Reports()
    assert not reports.are_local('n1')
    reports.publish('n1', '[]', is_local=True)
    assert reports.are_local('n1')
    assert not reports.are_local('n2')
    assert not reports.are_local(None)
    reports.publish('n1', '[]')
    assert not reports.are_local('n1')
