# SPDX-License-Identifier: Apache-2.0

"""Writes of the tracker that fail in a real database.

Nova's own schema, objects and database code on an SQLite file.  A write is a
call of ``pci_device_update`` or ``pci_device_destroy``; each of those that
the story makes fails once: before it, after it, or with its transaction.
"""

import contextlib
import json
import shutil
import sqlite3

import oslo_messaging
import pytest
import sqlalchemy
from nova import context as nova_context
from nova import objects
from nova.conf import CONF
from nova.db import migration
from nova.db.main import api as main_db
from oslo_db import exception as db_exc

from nova_pci_ext import stats
from nova_pci_ext.compute import tracker
from nova_pci_ext.configuration import pci_ext
from nova_pci_ext.model.claim import DEPENDENT
from nova_pci_ext.model.claim import OWNED
from tests import device_rows
from tests.device_rows import PF
from tests.device_rows import VF

pytestmark = pytest.mark.nova

ME = '00000000-0000-0000-0000-000000000001'
OTHER = '00000000-0000-0000-0000-000000000002'
R1 = '00000000-0000-0000-0000-0000000000a1'
R2 = '00000000-0000-0000-0000-0000000000a2'
COLUMNS = ('status', 'instance_uuid', 'request_id', 'numa_node',
           'parent_addr', 'dev_type', 'vendor_id', 'product_id')
WRITES = ('pci_device_update', 'pci_device_destroy')


class Database:
    """One cell's database, and the one write in it that fails."""

    def __init__(self, path):
        self._path = path
        self.context = nova_context.get_admin_context()
        self.context.db_connection = main_db.create_context_manager(
            f'sqlite:///{path}')
        self.writes = 0
        self.failed = False
        self._failure = None
        engine = self.context.db_connection.writer.get_engine()
        sqlalchemy.event.listen(
            engine, 'commit', lambda _connection: self._step('inside'))

    def fail(self, write, when, error=None, times=1):
        """Let a write fail: ``before``, ``inside`` or ``after`` it.

        :param error: what it fails with, any fault of a database if None
        :param times: how often, when it is tried again
        """
        self._failure = (write, when)
        self._error = error or db_exc.DBError(f'{when} write {write}')
        self._times = times

    def _step(self, when):
        if self._failure == (self.writes, when):
            self._times -= 1
            if not self._times:
                self._failure = None
            self.failed = True
            raise self._error

    def write(self, real):
        """A function of Nova's database API that may fail."""
        def run(*args):
            self._step('before')
            result = real(*args)
            self._step('after')
            self.writes += 1
            return result
        return run

    def rows(self):
        """What is stored of the devices that are not deleted."""
        with contextlib.closing(sqlite3.connect(self._path)) as connection:
            found = connection.execute(
                f'SELECT address, {", ".join(COLUMNS)} FROM pci_devices '
                'WHERE deleted = 0').fetchall()
        assert len({row[0] for row in found}) == len(found)
        return {row[0]: row[1:] for row in found}

    def start(self):
        """A tracker as nova-compute makes it, on these rows."""
        return tracker.PciDevTracker(self.context, objects.ComputeNode(
            id=1, hypervisor_hostname='compute-1', numa_topology=None))


@pytest.fixture(scope='module')
def schema(tmp_path_factory):
    """A file with Nova's schema and no rows."""
    objects.register_all()
    pci_ext.register_opts(CONF)
    path = tmp_path_factory.mktemp('schema') / 'empty.sqlite'
    admin = nova_context.get_admin_context()
    admin.db_connection = main_db.create_context_manager(f'sqlite:///{path}')
    migration.db_sync(database='main', context=admin)
    return path


@pytest.fixture
def database(schema, tmp_path, monkeypatch):
    path = tmp_path / 'cell.sqlite'
    shutil.copy(schema, path)
    # No test cuts the power: SQLite need not wait for the disk.
    CONF.set_override('sqlite_synchronous', False, 'database')
    database = Database(path)
    for name in WRITES:
        monkeypatch.setattr(
            main_db, name, database.write(getattr(main_db, name)))
    CONF.set_override('device_spec', [device_rows.SPEC], 'pci')
    yield database
    CONF.clear_override('device_spec', 'pci')
    CONF.clear_override('sqlite_synchronous', 'database')


# A card with two VFs, later with one that moved to another NUMA node.
CARD = device_rows.family('81', 2)
SMALLER = device_rows.family('81', 1, numa=1)


def story(tracked):
    """Every kind of write; the caller saves after each step."""
    device_rows.sync(tracked, CARD)
    yield
    device_rows.claim(tracked, ME, **{R1: (1, VF)})
    yield
    instance = device_rows.guest(ME)
    tracked.allocate_instance(instance)
    yield
    # The PF changes owners within what one save writes.
    tracked.free_instance(None, instance)
    device_rows.claim(tracked, OTHER, **{R2: (1, PF)})
    yield
    device_rows.sync(tracked, SMALLER)
    tracked.clean_usage([], [])
    yield
    device_rows.sync(tracked, SMALLER)
    yield
    device_rows.sync(tracked, [])
    yield


#: Of the story above; a test sees to it that this is so.
NUMBER_OF_WRITES = 16


def assert_sound(tracked):
    """Each invariant of the tracker, on a host that was just reported."""
    held = {'claimed': tracked.claims, 'allocated': tracked.allocations}
    for status, book in held.items():
        assert sorted((dev.address, owner)
                      for owner, devs in book.items() for dev in devs) == [
            (dev.address, dev.instance_uuid) for dev in tracked.pci_devs
            if dev.status == status]
    fresh = stats.PciDeviceStats(None, dev_filter=tracked.dev_filter)
    for dev in tracked.pci_devs:
        relatives = {relative.status for relative in (
            dev.child_devices or [dev.parent_device]) if relative is not None}
        assert (dev.instance_uuid is not None) == (dev.status in OWNED)
        if dev.status in OWNED:
            assert not relatives & OWNED
        else:
            assert (dev.status in DEPENDENT) == bool(relatives & OWNED)
            assert dev.status in DEPENDENT | {'available'}
        if dev.status == 'available':
            fresh.add_device(dev)
    free = sorted(dev.address for dev in fresh.get_free_devs())
    assert free == device_rows.pooled(tracked)


def in_memory(tracked):
    return {dev.address: tuple(getattr(dev, name) for name in COLUMNS)
            for dev in tracked.pci_devs}


def owners(rows):
    return {address: row[COLUMNS.index('instance_uuid')]
            for address, row in rows.items()
            if row[COLUMNS.index('status')] in OWNED}


def test_the_story_has_so_many_writes(database):
    tracked = database.start()
    for _ in story(tracked):
        tracked.save(database.context)
        assert in_memory(tracked) == database.rows()
    assert database.writes == NUMBER_OF_WRITES


each_write = pytest.mark.parametrize('write', range(NUMBER_OF_WRITES))
each_moment = pytest.mark.parametrize('when', ['before', 'inside', 'after'])


@each_moment
@each_write
def test_after_a_failure_the_next_save_makes_it_good(database, write, when):
    database.fail(write, when)
    tracked = database.start()
    for _ in story(tracked):
        try:
            tracked.save(database.context)
        except db_exc.DBError:
            tracked.save(database.context)
        assert in_memory(tracked) == database.rows()
    assert database.failed
    assert database.rows() == {}


@each_moment
@each_write
def test_a_tracker_made_from_the_rows_of_a_failure_is_sound(
        database, write, when):
    database.fail(write, when)
    with pytest.raises(db_exc.DBError):
        tracked = database.start()
        for _ in story(tracked):
            tracked.save(database.context)
    rows = database.rows()
    again = database.start()
    device_rows.sync(again, CARD)
    assert_sound(again)
    assert {dev.address: dev.instance_uuid for dev in again.pci_devs
            if dev.instance_uuid} == owners(rows)
    again.save(database.context)
    assert in_memory(again) == database.rows()
    again.clean_usage([], [])
    again.save(database.context)
    assert device_rows.pooled(again) == [one['address'] for one in CARD]
    assert {row[0] for row in database.rows().values()} == {'available'}


@pytest.mark.parametrize('deadlock', [
    pytest.param(db_exc.DBDeadlock(), id='seen here'),
    pytest.param(oslo_messaging.RemoteError('DBDeadlock', '1213'),
                 id='seen by the conductor')])
@each_write
def test_a_write_that_was_rolled_back_by_a_deadlock_is_tried_again(
        database, write, deadlock):
    database.fail(write, 'inside', deadlock, times=2)
    tracked = database.start()
    for _ in story(tracked):
        tracked.save(database.context)
        assert in_memory(tracked) == database.rows()
    assert database.failed


def test_a_deadlock_that_lasts_is_raised_and_the_next_save_makes_it_good(
        database):
    database.fail(1, 'inside', db_exc.DBDeadlock(), times=6)
    tracked = database.start()
    device_rows.sync(tracked, CARD)
    with pytest.raises(db_exc.DBDeadlock):
        tracked.save(database.context)
    assert len(database.rows()) == 1
    tracked.save(database.context)
    assert in_memory(tracked) == database.rows()


def test_a_fault_of_the_conductor_that_is_no_deadlock_is_raised(database):
    database.fail(0, 'before', oslo_messaging.RemoteError('DBDataError', ''))
    tracked = database.start()
    device_rows.sync(tracked, CARD)
    with pytest.raises(oslo_messaging.RemoteError):
        tracked.save(database.context)


def test_every_field_of_a_report_survives_a_lost_answer(database):
    """The row is there, and its object does not know its id."""
    database.fail(0, 'after')
    tracked = database.start()
    device_rows.sync(tracked, CARD)
    with pytest.raises(db_exc.DBError):
        tracked.save(database.context)
    tracked.save(database.context)
    read = database.start()
    assert [(dev.id, dev.uuid, json.dumps(dev.extra_info))
            for dev in read.pci_devs] == [
        (dev.id, dev.uuid, json.dumps(dev.extra_info))
        for dev in tracked.pci_devs]


@pytest.mark.parametrize('error', [None, db_exc.DBError()])
def test_after_a_write_a_device_tells_its_changes_as_nova_has_it(
        database, error):
    if error is not None:
        database.fail(0, 'before', error)
    tracked = database.start()
    device_rows.sync(tracked, CARD)
    with contextlib.suppress(db_exc.DBError):
        tracked.save(database.context)
    for dev in tracked.pci_devs:
        assert 'obj_what_changed' not in vars(dev)
        assert dev.obj_what_changed() == dev._changed_fields
