# SPDX-License-Identifier: Apache-2.0

"""What the tracker asks of the conductor: no more than Nova's tracker does.

nova-compute has no database.  Each row that is read or written by itself is a
call to nova-conductor, which waits for the database; Nova's objects have no
call for several rows.
"""

import collections
import contextlib
import json
import pathlib
import subprocess
import sys
import uuid as uuids

import pytest
from nova.objects import base
from nova.pci import manager

from nova_pci_ext.compute import tracker
from tests import device_rows
from tests.device_rows import PF
from tests.device_rows import VF

pytestmark = pytest.mark.nova

ME, R1 = (str(uuids.UUID(int=number)) for number in (1, 2))
HOST = [*device_rows.family('81', 3), *device_rows.family('82', 3)]
OTHER = [{**device, 'numa_node': 1} if device['address'].endswith('10.0')
         else device for device in HOST]


class Conductor:
    """Runs what it is asked for, and counts the questions.

    :ivar calls: object and method to their number
    """

    def __init__(self):
        self.calls = collections.Counter()

    def object_class_action_versions(self, context, name, method, versions,
                                     args, kwargs):
        self.calls[f'{name}.{method}'] += 1
        found = base.NovaObject.obj_class_from_name(name, versions[name])
        with self.asked(None):
            return getattr(found, method)(context, *args, **kwargs)

    def object_action(self, _context, instance, method, args, kwargs):
        self.calls[f'{instance.obj_name()}.{method}'] += 1
        with self.asked(None):
            return {}, getattr(instance, method)(*args, **kwargs)

    @contextlib.contextmanager
    def asked(self, other):
        """Have Nova's objects call a conductor, or nobody."""
        before = base.NovaObject.indirection_api
        base.NovaObject.indirection_api = other
        try:
            yield
        finally:
            base.NovaObject.indirection_api = before


def life(make):
    """Return the calls of each step in the life of a tracker."""
    conductor, calls = Conductor(), {}

    def step(name, work):
        conductor.calls.clear()
        with conductor.asked(conductor):
            found = work()
        calls[name] = dict(conductor.calls)
        return found

    def start():
        return device_rows.start(make=make)

    def synced(host):
        device_rows.sync(started, host)
        device_rows.save(started)

    def claim(kind, count):
        started.claim_instance(
            None, device_rows.ask(ME, **{R1: (count, kind)}), None)
        started.update_pci_for_instance(None, guest, sign=1)
        device_rows.save(started)

    def free():
        started.update_pci_for_instance(None, guest, sign=-1)
        device_rows.save(started)

    with device_rows.Rows().in_place():
        guest = device_rows.guest(ME)
        started = step('start', start)
        step('first report', lambda: synced(HOST))
        step('claim of two VFs', lambda: claim(VF, 2))
        step('free of two VFs', free)
        step('claim of a PF', lambda: claim(PF, 1))
        step('free of a PF', free)
        step('equal report', lambda: synced(HOST))
        started = step('restart', start)
        step('report after it', lambda: synced(HOST))
        step('two VFs changed', lambda: synced(OTHER))
    return calls


def life_with_novas():
    """Return the calls in a process where nobody has installed ours."""
    ended = subprocess.run(
        [sys.executable, '-W', 'ignore', '-m', __name__], text=True,
        stdout=subprocess.PIPE, check=True,
        cwd=pathlib.Path(__file__).parents[3])
    return json.loads(ended.stdout)


def test_no_more_calls_than_novas_tracker_makes():
    read = {'PciDeviceList.get_by_compute_node': 1}
    ours, novas = life(tracker.PciDevTracker), life_with_novas()
    assert ours == {
        'start': read, 'first report': {'PciDevice.save': 8},
        # With their PF, which is not free any more.
        'claim of two VFs': {'PciDevice.save': 3},
        'free of two VFs': {'PciDevice.save': 3},
        'claim of a PF': {'PciDevice.save': 4},
        'free of a PF': {'PciDevice.save': 4},
        'equal report': {}, 'restart': read, 'report after it': {},
        'two VFs changed': {'PciDevice.save': 2}}
    assert [name for name, calls in ours.items() if calls != novas[name]] == [
        'equal report', 'report after it', 'two VFs changed']
    # Nova writes what is reported, whether it is news or not.
    assert [novas[name] for name in (
        'equal report', 'report after it', 'two VFs changed')] == [
            {'PciDevice.save': 8}] * 3


if __name__ == '__main__':
    print(json.dumps(life(manager.PciDevTracker)))
