# SPDX-License-Identifier: Apache-2.0

"""``nova-pci explain --server``: words, formats and exit statuses."""

import json
import pathlib

import pytest
import yaml

from nova_pci_ext import exceptions
from nova_pci_ext.cli import main
from nova_pci_ext.explaining import run as cloud
from nova_pci_ext.servers import run
from tests.integration.servers import scenes
from tests.integration.servers.scenes import failed
from tests.integration.servers.scenes import told

pytestmark = pytest.mark.nova

CONF = (pathlib.Path(__file__).parents[3] / 'tests' / 'data' / 'explain'
        / 'nova.conf')
HOSTILE = '\x1b[31m\r\nerror: forged\u202e'


@pytest.fixture
def explain(monkeypatch, capsys):
    """Explain while this is what is told, or raised."""
    def go(found, *words):
        def answer(*_, **__):
            if isinstance(found, Exception):
                raise found
            return found

        monkeypatch.setattr(cloud, 'read_configuration', lambda loaded: None)
        monkeypatch.setattr(run, 'explain', answer)
        status = main.main(['explain', '--config-file', str(CONF),
                            '--server', 'web', *words])
        shown = capsys.readouterr()
        return status, shown.out, shown.err
    return go


@pytest.mark.parametrize(('server', 'alias', 'status'), [
    (failed(), 'vf:1', 0), (failed(), 'vf:9', 1),
    (scenes.server(host='busy'), 'vf:1', 0),
    # It fits on its own host, and nowhere else.
    (scenes.server(host='one-card'), 'vf:2', 1),
], ids=['fits', 'fits nowhere', 'fits elsewhere', 'fits only where it is'])
def test_the_status_says_whether_another_host_takes_it(
        explain, monkeypatch, server, alias, status):
    assert explain(told(monkeypatch, server, alias))[0::2] == (status, '')


def test_the_host_that_is_named_decides(explain, monkeypatch):
    found = told(monkeypatch, scenes.server(host='one-card'), 'vf:2')
    assert explain(found, '--host', 'one-card')[0] == 0


def test_what_is_known_is_shown_though_no_host_could_be_asked(explain):
    status, out, err = explain(run.Told(server=failed(), refusal=str(
        exceptions.DiscoveryError('database of cell c', HOSTILE))))
    assert (status, err) == (
        2, 'nova-pci: error: database of cell c: \\x1b[31m\\r\\nerror: forged'
        '\\u202e\n')
    assert out.splitlines()[:2] == [
        f'server web ({scenes.UUID}): ERROR on no host, cell cell0',
        '  2026-01-01 12:00:00 UTC on c1: No valid host was found. There are '
        'not enough hosts available.']
    assert 'Host' not in out


def test_formats(explain, monkeypatch):
    found = told(monkeypatch, scenes.server(host='busy'))
    document = json.loads(explain(found, '-f', 'json')[1])
    assert document['verdict']['answer'] == 'fits'
    assert yaml.safe_load(explain(found, '-f', 'yaml')[1]) == document
    rows = explain(found, '-f', 'csv')[1].splitlines()
    assert [row.split(',')[0] for row in rows] == [
        '"host"', '"busy"', '"one-card"']


def test_details(explain, monkeypatch, capsys):
    found = told(monkeypatch, failed(), 'vf:9')
    assert 'one-card:' in _verbose(explain, found, monkeypatch, capsys)


def _verbose(explain, found, monkeypatch, capsys):
    explain(found)
    main.main(['-v', 'explain', '--config-file', str(CONF), '--server', 'w'])
    return capsys.readouterr().out


def test_no_text_of_a_row_is_obeyed(explain, monkeypatch):
    server = failed(name=HOSTILE, faults=(scenes.FAULT.__class__(
        at=None, code=500, message=HOSTILE, host=HOSTILE),))
    for words in ((), ('-f', 'json'), ('-f', 'yaml')):
        _, out, _ = explain(told(monkeypatch, server), *words)
        assert '\x1b' not in out and '\u202e' not in out
        assert '\nerror: forged' not in out


@pytest.mark.parametrize(('words', 'message'), [
    (('--extra-spec', 'a=b'), '--extra-spec: describes a server that does '
     'not exist; expected --server alone, or with --host or --flavor'),
    (('--inventory', 'x'), '--inventory: describes a server that does not '
     'exist; expected --server alone, or with --host or --flavor'),
    (('--capacity',), '--capacity: --server asks about one server as it is; '
     'expected --flavor, --extra-spec and the like beside it'),
    (('--count', '2'), '--count: --server asks about one server as it is; '
     'expected --flavor, --extra-spec and the like beside it'),
    (('--with-moves',), '--with-moves: --server asks about one server as it '
     'is; expected --flavor, --extra-spec and the like beside it'),
    (('-f', 'json', '-c', 'host'), '--column: with --server, JSON and YAML '
     'have more than columns; expected another --format'),
], ids=str)
def test_words_that_do_not_go_together(explain, words, message):
    assert explain(AssertionError(), *words) == (
        2, '', f'nova-pci: error: {message}\n')


def test_no_such_server(explain):
    assert explain(exceptions.ServerRequestError('--server web: no')) == (
        2, '', 'nova-pci: error: --server web: no\n')
