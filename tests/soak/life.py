# SPDX-License-Identifier: Apache-2.0

"""One life of nova-compute, as a process that is killed.

``python -m tests.soak.life FOLDER SEED FAULTS [--last]``: a tracker on the
rows that the last life left; four threads boot and delete guests, one does
the periodic updates, one drains and undrains devices, one checks.  With
``--last`` there are no faults and no guests: the life ends by itself, and says
what disagrees.
"""

import argparse
import collections
import contextlib
import json
import pathlib
import random
import sys
import threading
import time
import traceback
import uuid
from unittest import mock

from nova import exception
from nova import objects
from nova.db.main import api as main_db
from oslo_db import exception as db_exc

from nova_pci_ext.compute import hotplug
from nova_pci_ext.configuration import pci_ext
from tests import device_rows
from tests.device_rows import PCI
from tests.device_rows import PF
from tests.device_rows import VF
from tests.soak import checker
from tests.soak import drains
from tests.soak import host
from tests.soak import mariadb

BOOTERS = 4
#: The last two where a wrong report has made strangers a family.
REFUSED = (exception.PciDeviceRequestFailed,
           exception.PciDevicePFInvalidStatus,
           exception.PciDeviceVFInvalidStatus)
#: Said of a call that was not made, and of one that was.
FAULTS = 'before', 'after'
WRAPPED = ('pci_device_update', 'pci_device_destroy')


class Life:
    """A tracker, its host and its guests."""

    def __init__(self, database, seed, faults, marks):
        self.counts = collections.Counter()
        self._database = database
        self._faults = faults
        self._random = random.Random(seed)
        self._guard = threading.Lock()
        self._host = host.Host(self._random)
        self._drains = drains.Drains(marks, self._choice)
        self.tracker = device_rows.start()
        self.update(is_true=True)

    # What the threads do

    def boot_and_delete(self):
        """A guest's life; each save may fail, and then it ends early."""
        kind = self._choice([VF, VF, VF, PF, PCI])
        guest = device_rows.guest(str(uuid.uuid4()))
        count = self._choice([1, 2])
        self._database.query(
            'INSERT INTO instances_of_soak VALUES (%s, %s, %s, %s)',
            guest.uuid, kind, count, 'building')
        try:
            before, parts = self._drains.now(), self._parts()
            given = device_rows.claim(self.tracker, guest.uuid, **{
                str(uuid.uuid4()): (count, kind)})
            for breach in self._drains.broken(
                    before, given, parts & self._parts()):
                self.breach(breach)
            self.counts['beside drained'] += bool(before)
            device_rows.save(self.tracker)
            self.tracker.update_pci_for_instance(None, guest, sign=1)
            device_rows.save(self.tracker)
            self._set_state(guest, 'active')
            self.counts['booted'] += 1
            time.sleep(self._choice([0, 0.05, 0.5]))
        except REFUSED:
            self.counts['refused'] += 1
        except db_exc.DBError:
            self.counts['failed'] += 1
        self._set_state(guest, 'deleting')
        self.tracker.update_pci_for_instance(None, guest, sign=-1)
        with contextlib.suppress(db_exc.DBError):
            device_rows.save(self.tracker)
        self._database.query(
            'DELETE FROM instances_of_soak WHERE uuid = %s', guest.uuid)

    def update(self, *, is_true=False):
        """A periodic update of Nova's ResourceTracker."""
        with self._guard:
            self._host.change()
            report = json.dumps(self._host.report(is_true=is_true))
        hotplug.REPORTS.publish('compute-1', report)
        # Nova keeps this lock over claims too; here the tracker's own has to
        # do, and an instance that is made meanwhile is not known yet.
        try:
            with self.tracker._lock:
                known = self._database.query(
                    'SELECT uuid FROM instances_of_soak')
                self.tracker.clean_usage(
                    [objects.Instance(uuid=row['uuid']) for row in known], [])
        except db_exc.DBError as error:
            # What is held is written before anything else: the update ends
            # as Nova's does, and the next one takes the devices in.
            if str(error) not in FAULTS:
                raise
            self.counts['updates cut off'] += 1
            return
        with contextlib.suppress(db_exc.DBError):
            device_rows.save(self.tracker)
        self.counts['updates'] += 1

    def check(self):
        """Look at the whole state while nothing changes it."""
        with self.tracker._lock:
            for breach in checker.of_memory(self.tracker):
                self.breach(breach)
        self.counts['checks'] += 1

    def drain(self):
        """What operators do, and nova-compute for the health of a card."""
        if self._choice(range(4)):
            self._drains.change()
        else:
            self._drains.hold(self.tracker)
        self.counts['drains'] += 1

    # What ends it

    def come_to_rest(self):
        """No guests, no faults, a host that has everything."""
        self._faults = 0
        self._database.query('DELETE FROM instances_of_soak')
        for _ in range(3):
            with self._guard:
                self._host.missing = set()
                report = json.dumps(self._host.report(is_true=True))
            hotplug.REPORTS.publish('compute-1', report)
            self.tracker.clean_usage([], [])
            device_rows.save(self.tracker)
        found = list(checker.of_end(self._database, self.tracker))
        self._drains.end()
        self.tracker.clean_usage([], [])
        device_rows.save(self.tracker)
        return found + list(checker.of_undrained(self.tracker))

    @contextlib.contextmanager
    def faults(self):
        """Let a share of the calls of the database fail."""
        with contextlib.ExitStack() as stack:
            for name in WRAPPED:
                stack.enter_context(mock.patch.object(
                    main_db, name, self._failing(getattr(main_db, name))))
            yield

    def _failing(self, call):
        def fail_sometimes(*args):
            error = self._choice([db_exc.DBDeadlock, db_exc.DBError,
                                  db_exc.DBConnectionError])
            with self._guard:
                chance = self._random.random()
            self.counts['calls'] += 1
            if chance < self._faults / 2:
                self.counts['faults'] += 1
                raise error(FAULTS[0])
            found = call(*args)
            if chance < self._faults:
                self.counts['faults'] += 1
                raise error(FAULTS[1])
            return found
        return fail_sometimes

    def _parts(self):
        """Return each VF that a report has shown, with its PF."""
        with self.tracker._lock:
            return {(dev.address, dev.parent_addr)
                    for dev in self.tracker.pci_devs
                    if dev.status not in ('removed', 'deleted')}

    def breach(self, breach):
        """Say that something is wrong, in the log as well."""
        print(json.dumps({'breach': breach}), flush=True)
        print('BREACH', breach, file=sys.stderr, flush=True)
        self.counts['breaches'] += 1

    def _choice(self, among):
        with self._guard:
            return self._random.choice(among)

    def _set_state(self, guest, state):
        self._database.query(
            'UPDATE instances_of_soak SET state = %s WHERE uuid = %s',
            state, guest.uuid)


def repeat(work, pause_s, life):
    """Do something until the process is killed; any error is a breach."""
    while True:
        try:
            work()
        except Exception as error:
            life.breach(f'{work.__name__}: {error!r}')
            traceback.print_exc()
        time.sleep(pause_s)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('folder', type=pathlib.Path)
    parser.add_argument('seed', type=int)
    parser.add_argument('faults', type=float)
    parser.add_argument('--last', action='store_true')
    arguments = parser.parse_args()
    database = mariadb.Database(arguments.folder)
    database.configure()
    objects.register_all()
    pci_ext.register_opts(device_rows.CONF)
    device_rows.CONF.set_override('device_spec', [device_rows.SPEC], 'pci')
    marks = arguments.folder / 'drained.json'
    device_rows.CONF.set_override('drained_file', str(marks), 'pci_ext')
    life = Life(database, arguments.seed, arguments.faults, marks)
    if arguments.last:
        print(json.dumps({'disagree': life.come_to_rest()}), flush=True)
        return
    # Their users delete what an earlier life left; its devices are free then.
    database.query('DELETE FROM instances_of_soak')
    with life.faults():
        for work, pause_s in [*BOOTERS * [(life.boot_and_delete, 0.01)],
                              (life.update, 0.2), (life.check, 0.1),
                              (life.drain, 0.1)]:
            threading.Thread(target=repeat, daemon=True,
                             args=(work, pause_s, life)).start()
        while True:
            print(json.dumps({'counts': life.counts}), flush=True)
            time.sleep(1)


if __name__ == '__main__':
    main()
