# SPDX-License-Identifier: Apache-2.0

"""Which server a text names."""

import types

import pytest
from nova import exception
from nova import objects

from nova_pci_ext import exceptions
from nova_pci_ext.servers import finding
from nova_pci_ext.servers.record import Place
from tests.integration.servers.conftest import MAPPING
from tests.integration.servers.conftest import OTHER
from tests.integration.servers.conftest import UUID

pytestmark = pytest.mark.nova


class Mapping(types.SimpleNamespace):
    def __contains__(self, name):
        return hasattr(self, name)


@pytest.fixture
def api(cell, monkeypatch):
    """Return what the API database has, by UUID."""
    found = {UUID: Mapping(cell_mapping=MAPPING, queued_for_delete=False)}

    def get(context, uuid):
        if uuid not in found:
            raise exception.InstanceMappingNotFound(uuid=uuid)
        return found[uuid]

    monkeypatch.setattr(objects.InstanceMapping, 'get_by_instance_uuid', get)
    monkeypatch.setattr(objects.CellMappingList, 'get_all',
                        lambda context: [MAPPING])
    return found


def place(**more):
    return Place(**{'uuid': UUID, 'cell': 'cell1', 'cell_uuid': 'c1', **more})


@pytest.mark.parametrize('text', [
    UUID, UUID.upper(), UUID.replace('-', '')])
def test_a_uuid_however_it_is_written(api, text):
    assert finding.find(text) == place()


@pytest.mark.parametrize(('mapping', 'expected'), [
    pytest.param(Mapping(cell_mapping=None, queued_for_delete=False),
                 place(cell=None, cell_uuid=None), id='no cell yet'),
    pytest.param(Mapping(cell_mapping=MAPPING, queued_for_delete=True),
                 place(going=True), id='taken for deleted'),
    pytest.param(Mapping(cell_mapping=MAPPING), place(), id='an old row'),
    pytest.param(Mapping(cell_mapping=types.SimpleNamespace(
        uuid='0', name=None, is_cell0=lambda: True)),
        place(cell='0', cell_uuid='0', in_cell0=True), id='cell0'),
])
def test_what_the_api_database_says(api, mapping, expected):
    api[UUID] = mapping
    assert finding.find(UUID) == expected


def test_a_name_of_one_server(api, cell):
    cell.instance()
    cell.instance(uuid=OTHER, deleted=1)
    assert finding.find('web') == place()


@pytest.mark.parametrize(('text', 'message'), [
    pytest.param(OTHER, f'--server {OTHER}: the API database has no such '
                 'server. It was deleted and archived, or is in another '
                 'cloud; what the API refuses at once, for a quota or an '
                 'image for example, leaves no record', id='unknown'),
    pytest.param('web', f'--server web: this may be {UUID} in cell1; {OTHER} '
                 'in cell1; expected a UUID', id='a name of two'),
    pytest.param('nobody', '--server nobody: not a UUID, and no server that '
                 'is not deleted has this name; expected the UUID of a '
                 'server', id='no name'),
    pytest.param('{' + UUID + '}', '--server {' + UUID + '}: not a UUID, and '
                 'no server that is not deleted has this name; expected the '
                 'UUID of a server', id='braces'),
    pytest.param('', '--server : not a UUID, and no server that is not '
                 'deleted has this name; expected the UUID of a server',
                 id='nothing'),
    pytest.param('\x1b[31m', '--server \\x1b[31m: not a UUID, and no server '
                 'that is not deleted has this name; expected the UUID of a '
                 'server', id='hostile'),
])
def test_what_names_no_server(api, cell, text, message):
    cell.instance()
    cell.instance(uuid=OTHER)
    with pytest.raises(exceptions.ServerRequestError) as caught:
        finding.find(text)
    assert str(caught.value) == message


def test_a_name_while_a_cell_does_not_answer(api, monkeypatch):
    def silent(cell, name):
        raise exceptions.DiscoveryError('database of cell cell1', 'silent')

    monkeypatch.setattr(finding, '_of_name', silent)
    with pytest.raises(exceptions.ServerRequestError) as caught:
        finding.find('web')
    assert str(caught.value) == (
        '--server web: no server has this name in the cells that answer, and '
        'database of cell cell1: silent; expected a UUID')
