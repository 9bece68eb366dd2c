# SPDX-License-Identifier: Apache-2.0

"""Servers that really failed, run, moved and went, in an embedded Nova, with
the devices in Placement and without.

``NOVA_PCI_WRITE_EXAMPLES=1`` writes the examples of the page anew.
"""

import json
import os
import pathlib
import re

import jsonschema
import pytest

from nova_pci_ext.servers import schema
from tests.embedded import gpu_cloud

pytestmark = [pytest.mark.nova, pytest.mark.slow]

EXAMPLES = (pathlib.Path(__file__).parents[3] / 'doc' / 'source' / 'examples'
            / 'explain')
NO_HOST = 'No valid host was found. There are not enough hosts available.'
ANY_UUID = re.compile('[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}')
KEEPS = 'the server keeps what it asked for'


@pytest.fixture(scope='module', params=['placement', 'pools'])
def told(request):
    """All that is told, once with Placement and once without."""
    return gpu_cloud.run('explained_servers', request.param, timeout=1500)


def hosts(document):
    """The answer of each host."""
    return {host: answer for host, (answer, _, _) in
            document['hosts'].items()}


def test_every_document_is_valid_but_for_how_the_hosts_are_put(told):
    form = schema.load()
    form['properties']['hosts'] = {'type': 'object'}
    documents = [each for each in told.values()
                 if isinstance(each, dict) and 'server' in each]
    assert len(documents) > 10
    for each in documents:
        jsonschema.validate(each, form)


def test_a_server_that_no_host_can_ever_take(told):
    found = told['never']
    assert (found['server']['status'], found['server']['host'],
            found['server']['cell']) == ('ERROR', '', 'cell0')
    assert found['why']['message'] == NO_HOST
    assert found['asked']['requests'] == [{'request': 'a1', 'count': 5}]
    assert hosts(found) == {'h0': 'not now', 'h1': 'not now'}
    (action,) = found['server']['actions']
    assert action['request_id'].startswith('req-')
    assert action['events'][0]['result'] == 'Error'


def test_what_names_a_server_and_what_does_not(told):
    assert told['by name'] is True
    assert told['unknown'].startswith(
        '--server 11111111-2222-3333-4444-555555555555: the API database has '
        'no such server.')
    assert told['no name'].startswith('--server nobody: not a UUID, and ')
    (twice,) = told['twice']
    assert sorted(twice.removeprefix('--server twin: this may be ').split(
        '; ')) == ['A in cell0', 'B in cell0', 'expected a UUID']


def test_a_server_that_runs_does_not_stand_in_its_own_way(told):
    """Of four devices it has three, and its host would take it again."""
    found = told['runs']
    owned = ['0000:10:00.0', '0000:11:00.0', '0000:12:00.0']
    assert [each['address'] for each in found['server']['devices']] == owned
    assert found['hosts']['h0'] == ['is here', '', owned]
    assert hosts(found)['h1'] == 'not now'
    assert found['weighed'] == ['h0']
    assert told['only here'] == {'h0': ['is here', '', owned]}
    assert told['no host']['warnings'] == [
        '--host h9: no such host; expected the name of a host as Nova has '
        'it, in a cell that gets new servers']


def test_what_has_changed_since(told):
    """Another server came, and went again."""
    (change,) = told['full']['changes']['hosts']
    assert (change['host'], change['taken'][0]['devices']) == ('h1', 2)
    assert change['taken'][0]['by'].startswith('small (')
    assert told['failed']['hosts']['h1'][:2] == [
        'not now', 'devices that fit are in use']
    found = told['room since']
    assert hosts(found) == {'h0': 'not now', 'h1': 'passes'}
    assert [(each['host'], each['row_changed'])
            for each in found['changes']['hosts']] == [('h1', 2)]


def test_a_deleted_server_is_called_deleted(told):
    found = told['deleted']
    assert found['server']['deleted'] is True
    assert ': deleted ' in found['verdict']['text']
    assert (hosts(found), found['question']) == (
        {'h0': 'not now', 'h1': 'passes'}, 'If such a server were booted now')


def test_moves(told):
    before = told['before a resize']
    assert hosts(before) == {'h0': 'is here', 'h1': 'passes'}
    assert sorted(before['weighed']) == ['h0', 'h1']
    # Of the two devices that it would need one is free, and one its own.
    assert {host: answer for host, (answer, _, _) in
            told['to a flavor'].items()} == {
        'h0': 'is here; not now', 'h1': 'passes'}


def test_a_resize_that_failed_and_one_that_waits(told):
    failed = told['failed resize']
    assert failed['server']['status'] == 'ACTIVE'
    assert failed['why']['message'] == NO_HOST
    assert failed['why']['resized_to'] == 'f0'
    resized = told['resized']
    assert (resized['server']['status'], resized['asked']['old_flavor'],
            resized['asked']['requests']) == (
        'VERIFY_RESIZE', 'f4', [{'request': 'a1', 'count': 2}])
    assert {host: answer.partition(';')[0] for host, answer in
            hosts(resized).items()} == {
        'h0': 'devices are kept here', 'h1': 'is here'}


def test_a_server_on_its_shelf(told):
    found = told['shelved']
    assert (found['server']['status'], found['server']['devices'],
            found['question']) == (
        'SHELVED_OFFLOADED', [], 'If it were unshelved now')
    assert hosts(found)['h1'] == 'passes'


def test_what_is_not_there_any_more(told):
    assert told['disabled']['hosts']['h1'][0] == 'refused by another filter'
    assert [each['disabled'] for each in told['disabled']['changes']['hosts']
            if each['host'] == 'h1'] == ['broken fan']
    assert told['flavor gone']['differences'] == [
        f'flavor f1 was deleted; {KEEPS}']
    assert told['alias gone']['differences'] == [
        f'alias a1 is not in this configuration any more; {KEEPS}']
    made_up = ('its own flavor, image and requests are judged; zone, hints '
               'and a forced host are not known')
    assert told['missing']['asked']['notes'] == [
        'the API database has no request spec of it', made_up]
    first, second = told['unreadable']['asked']['notes']
    assert first.startswith('its request spec cannot be read (JSONDecode')
    assert second == made_up
    for scene in ('flavor gone', 'alias gone', 'missing', 'unreadable'):
        assert set(hosts(told[scene]).values()) & {'passes', 'is here'}


def plain(text, host):
    """What is shown, without what differs from run to run."""
    text = ANY_UUID.sub('UUID', text).replace(f' on {host}', ' on controller')
    return re.sub(r'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC',
                  '2026-01-31 03:00:00 UTC', text)


def test_the_command_shows_what_the_page_shows(told):
    """In a process of its own, as an operator runs it."""
    noted = told['failed']['server']['faults'][0]['host']
    for scene, name in (('failed, shown', 'server-failed.txt'),
                        ('shown', 'server-runs.txt')):
        status, out, err = told[scene]
        assert (status, err) == (1, '')
        path = EXAMPLES / name
        if os.environ.get('NOVA_PCI_WRITE_EXAMPLES'):
            path.write_text(plain(out, noted))
        assert plain(out, noted) == path.read_text()


def test_the_command_writes_json(told):
    status, out, err = told['as JSON']
    assert (status, err) == (0, '')
    document = json.loads(out)
    jsonschema.validate(document, schema.load())
    assert document['verdict']['answer'] == 'fits'
