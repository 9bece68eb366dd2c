# SPDX-License-Identifier: Apache-2.0

"""Placement's own application in this process, filled without its API.

Nova's own client talks to it, so queries, answers and claims are the real
ones; thousands of providers are there in a second.
"""

import json
import uuid

import webob
from nova.scheduler.client import report
from oslo_config import cfg
from oslo_db.sqlalchemy import enginefacade
from placement import conf as placement_conf
from placement import db_api
from placement import deploy
from placement.db.sqlalchemy import models

HEADERS = {'X-Auth-Token': 'admin', 'Accept': 'application/json',
           'X-Roles': 'admin,member,reader,service'}


class RealPlacement:
    """One Placement on a SQLite file.

    Its database is global to the process, so there can be one in each.

    :param folder: an empty folder
    :param options: of ``[placement]``; ``wide`` is the workaround
        ``optimize_for_wide_provider_trees``
    """

    def __init__(self, folder, wide=False, **options):
        self.config = cfg.ConfigOpts()
        placement_conf.register_opts(self.config)
        self.config.set_override('auth_strategy', 'noauth2', group='api')
        self.config.set_override(
            'connection', f'sqlite:///{folder / "placement.sqlite"}',
            group='placement_database')
        self.config.set_override('sync_on_startup', True,
                                 group='placement_database')
        self.config([], project='placement', default_config_files=[])
        self.configure(wide, **options)
        db_api.configure(self.config)
        self.app = deploy.loadapp(self.config)

    def configure(self, wide=False, **options):
        """Set options; the next request obeys them."""
        self.config.set_override('optimize_for_wide_provider_trees', wide,
                                 group='workarounds')
        for name in ('max_allocation_candidates',
                     'allocation_candidates_generation_strategy'):
            if name in options:
                self.config.set_override(name, options[name],
                                         group='placement')
            else:
                self.config.clear_override(name, group='placement')

    def clear(self):
        """Forget all providers and consumers."""
        with db_api.placement_context_manager.writer.using(
                _Context()) as session:
            for table in (models.Allocation, models.Consumer,
                          models.Inventory, models.ResourceProviderTrait):
                session.query(table).delete()
            session.query(models.ResourceProvider).update(
                {'parent_provider_id': None, 'root_provider_id': None})
            session.query(models.ResourceProvider).delete()

    def client(self):
        """Return Nova's client of this Placement."""
        return Client(self.app)

    def add(self, trees):
        """Add provider trees.

        :param trees: list of (root uuid, {class: total}, [child]) with a
            child (uuid, class, total, reserved, traits)
        """
        client = self.client()
        every = [child for _, _, children in trees for child in children]
        for name in {child[1] for child in every}:
            client.put(f'/resource_classes/{name}', None, '1.7')
        for trait in {trait for child in every for trait in child[4]}:
            client.put(f'/traits/{trait}', None, '1.6')
        with db_api.placement_context_manager.writer.using(
                _Context()) as session:
            classes = dict(session.query(
                models.ResourceClass.name, models.ResourceClass.id))
            names = dict(session.query(models.Trait.name, models.Trait.id))
            rows = []
            first = 1 + max((row.id for row in session.query(
                models.ResourceProvider.id)), default=0)
            for root, resources, children in trees:
                head = first
                rows.append(_provider(first, root, head, None))
                rows += [_inventory(head, classes[name], total)
                         for name, total in resources.items()]
                first += 1
                for child, name, total, reserved, traits in children:
                    rows.append(_provider(first, child, head, head))
                    rows.append(_inventory(
                        first, classes[name], total, reserved))
                    rows += [models.ResourceProviderTrait(
                        trait_id=names[trait], resource_provider_id=first)
                        for trait in traits]
                    first += 1
            session.add_all(rows)

    def take(self, provider, resource_class, units=1):
        """Let somebody have units of a provider."""
        self.claim({provider: {'resources': {resource_class: units}}})

    def claim(self, allocations):
        """Claim for a new consumer; return its UUID and the status."""
        consumer = str(uuid.uuid4())
        answer = self.client().put(f'/allocations/{consumer}', {
            'allocations': allocations, 'project_id': 'p', 'user_id': 'u',
            'consumer_generation': None}, '1.28')
        return consumer, answer.status_code

    def release(self, consumer):
        """Give back what a consumer has."""
        self.client().delete(f'/allocations/{consumer}', '1.28')


@enginefacade.transaction_context_provider
class _Context:
    """What enginefacade wants of a context."""


def _provider(number, found, root, parent):
    return models.ResourceProvider(
        id=number, uuid=found, name=found, generation=0,
        root_provider_id=root, parent_provider_id=parent)


def _inventory(provider, resource_class, total, reserved=0):
    return models.Inventory(
        resource_provider_id=provider, resource_class_id=resource_class,
        total=total, reserved=reserved, min_unit=1, max_unit=total,
        step_size=1, allocation_ratio=1.0)


class Answer:
    """An answer as keystoneauth has it."""

    def __init__(self, found):
        self.status_code = found.status_int
        self.content = found.body
        self.text = found.body.decode()
        self.headers = found.headers

    def json(self):
        """Return what the answer says."""
        return json.loads(self.content)

    def __bool__(self):
        return self.status_code < 400


class Client(report.SchedulerReportClient):
    """Nova's client, calling the application.

    :ivar answered: bytes of all answers so far
    """

    def __init__(self, app):
        self._app = app
        self.answered = 0

    def _call(self, method, url, body, version):
        request = webob.Request.blank(url, method=method, headers={
            **HEADERS,
            'OpenStack-API-Version': f'placement {version or "1.0"}'})
        if body is not None:
            request.body = json.dumps(body).encode()
            request.content_type = 'application/json'
        found = Answer(request.get_response(self._app))
        self.answered += len(found.content)
        return found

    def get(self, url, version=None, global_request_id=None):
        return self._call('GET', url, None, version)

    def post(self, url, data, version=None, global_request_id=None):
        return self._call('POST', url, data, version)

    def put(self, url, data, version=None, global_request_id=None):
        return self._call('PUT', url, data, version)

    def delete(self, url, version=None, global_request_id=None):
        return self._call('DELETE', url, None, version)
