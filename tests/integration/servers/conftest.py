# SPDX-License-Identifier: Apache-2.0

"""A cell's database in memory, of Nova's own tables."""

import contextlib
import datetime
import types

import pytest
import sqlalchemy
from nova import objects
from nova.db.main import models
from sqlalchemy import orm
from sqlalchemy import pool

from nova_pci_ext.bookkeeping import nova_book

UUID = '11111111-2222-3333-4444-555555555555'
OTHER = '99999999-2222-3333-4444-555555555555'
NOON = datetime.datetime(2026, 1, 1, 12)


def minutes(number):
    """A time so many minutes after noon."""
    return NOON + datetime.timedelta(minutes=number)


@pytest.fixture
def cell(monkeypatch):
    """Return a session of the database of the only cell."""
    objects.register_all()
    engine = sqlalchemy.create_engine(
        'sqlite://', poolclass=pool.StaticPool,
        connect_args={'check_same_thread': False})
    models.BASE.metadata.create_all(engine)

    @contextlib.contextmanager
    def targeted(_):
        with orm.Session(engine) as found:
            yield found

    monkeypatch.setattr(nova_book, 'targeted', targeted)
    monkeypatch.setattr(nova_book, 'cell', lambda uuid: MAPPING)
    monkeypatch.setattr(nova_book, 'cells', lambda: [MAPPING])
    with orm.Session(engine) as session:
        yield Cell(session)


MAPPING = types.SimpleNamespace(
    uuid='c1', name='cell1', disabled=False, is_cell0=lambda: False)


class Cell:
    """Writes rows."""

    def __init__(self, session):
        self._session = session

    def add(self, kind, **values):
        self._session.add(getattr(models, kind)(**values))
        self._session.commit()

    def instance(self, uuid=UUID, **values):
        self.add('Instance', uuid=uuid, **{
            'display_name': 'web', 'vm_state': 'active', 'host': 'h0',
            'created_at': NOON, 'deleted': 0, **values})

    def node(self, number=1, host='h0'):
        self.add('ComputeNode', id=number, host=host, uuid=f'node-{number}',
                 vcpus=1, memory_mb=1, local_gb=1, vcpus_used=0,
                 memory_mb_used=0, local_gb_used=0, hypervisor_type='fake',
                 hypervisor_version=1, cpu_info='', deleted=0)

    def device(self, address, node=1, **values):
        self.add('PciDevice', address=address, compute_node_id=node, **{
            'vendor_id': '10de', 'product_id': '1db6', 'dev_id': address,
            'dev_type': 'type-PCI', 'label': '', 'status': 'available',
            'numa_node': 0, 'deleted': 0, 'created_at': NOON, **values})
