# SPDX-License-Identifier: Apache-2.0

"""Which hosts could have a server at any time, as Placement says."""

import json
import types
from urllib import parse

import pytest
from keystoneauth1 import exceptions as ks_exc

from nova_pci_ext import exceptions
from nova_pci_ext.explaining import live

pytestmark = pytest.mark.nova

#: Roots of the providers that have each, of four hosts.
PLACEMENT = {
    ('', ''): 'abcd', ('required', 'T'): 'abc', ('required', 'U'): 'acd',
    ('required', 'in:V,W'): 'abd', ('required', 'OFF'): 'a',
    ('member_of', 'in:z,y'): 'bc', ('member_of', 'in:x'): 'd'}


#: What keystoneauth raises, by the trait that is asked for.
SILENT = {'GONE': ks_exc.ConnectFailure(), 'SLOW': ks_exc.ConnectTimeout(),
          'WRONG': ks_exc.Unauthorized(), 'NONE': ks_exc.EndpointNotFound()}


class Placement:
    """Answers with providers."""

    def __init__(self):
        self.asked = []

    def get(self, url, version):
        ((name, value),) = parse.parse_qsl(
            parse.urlsplit(url).query) or [('', '')]
        self.asked.append((name, value))
        if value == 'DOWN':
            return types.SimpleNamespace(status_code=503)
        if value in SILENT:
            raise SILENT[value]
        if value == 'HTML':
            return types.SimpleNamespace(
                status_code=200, json=lambda: json.loads('<html>'))
        roots = PLACEMENT.get((name, value))
        return types.SimpleNamespace(
            status_code=400 if roots is None else 200,
            json=lambda: {} if roots is None else {'resource_providers': [
                {'root_provider_uuid': root} for root in roots]})


@pytest.fixture
def able(monkeypatch):
    """Return what says which hosts could have a server, and the asked."""
    placement = Placement()
    monkeypatch.setattr(live.placement_client, 'report_client_singleton',
                        lambda: placement)
    monkeypatch.setattr(live.request_filter, 'process_reqspec',
                        lambda context, spec: None)
    cloud = object.__new__(live.Cloud)
    vars(cloud).update(_context=None, _manager=None, _roots={})

    def ask(*query):
        monkeypatch.setattr(
            live.utils, 'resources_from_request_spec',
            lambda *_, **__: types.SimpleNamespace(
                to_querystring=lambda: parse.urlencode(query)))
        return ''.join(sorted(cloud.able(types.SimpleNamespace(
            obj_clone=lambda: None)))), placement.asked
    return ask


@pytest.mark.parametrize(('query', 'hosts'), [
    ((), 'abcd'), ((('resources', 'VCPU:1'), ('limit', '9')), 'abcd'),
    ((('required', 'T,U'),), 'ac'), ((('required', 'T,!OFF'),), 'bc'),
    ((('root_required', '!OFF'), ('required', 'in:V,W')), 'bd'),
    ((('member_of', 'in:z,y'), ('member_of', '!in:x')), 'bc'),
    ((('member_of', 'in:z,y'), ('member_of', 'in:x')), ''),
    ((('required', 'CUSTOM_NEVER_SEEN'),), ''),
    ((('required_0', 'U'), ('member_of_0', 'in:x')), 'abcd'),
], ids=str)
def test_traits_and_aggregates_decide(able, query, hosts):
    assert able(*query)[0] == hosts


def test_each_term_is_asked_once(able):
    able(('required', 'T,U'))
    assert able(('required', 'U,!OFF'))[1] == [
        ('', ''), ('required', 'T'), ('required', 'U'), ('required', 'OFF')]


@pytest.mark.parametrize('trait', ['DOWN', 'HTML', *SILENT])
def test_a_silent_placement_is_said(able, trait):
    with pytest.raises(exceptions.ServerRequestError,
                       match='Placement does not answer'):
        able(('required', trait))
