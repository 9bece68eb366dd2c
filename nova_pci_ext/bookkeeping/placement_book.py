# SPDX-License-Identifier: Apache-2.0

"""Placement's book: the providers of PCI devices, and who has what of them.

Placement has no question for all inventories at once, so a few are asked at
a time.
"""

import concurrent.futures
import dataclasses
import urllib.parse
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Protocol

import os_traits
from nova.scheduler.client import report

from nova_pci_ext import exceptions
from nova_pci_ext.auditing.books import Allocation
from nova_pci_ext.auditing.books import Node
from nova_pci_ext.auditing.books import Provider
from nova_pci_ext.auditing.books import Stock
from nova_pci_ext.bookkeeping import edge

NAME = 'Placement'
#: The microversion of all questions and writes.
VERSION = '1.28'
_AT_ONCE = 8


class Answer(Protocol):
    """What Placement answers, as ``requests`` has it."""

    status_code: int
    text: str

    def json(self) -> object:
        """Return the body."""


class Client(Protocol):
    """What we use of Nova's ``SchedulerReportClient``."""

    def get(self, url: str, version: str | None = None) -> Answer:
        """Ask."""

    def put(self, url: str, data: object,
            version: str | None = None) -> Answer:
        """Write."""

    def delete(self, url: str, version: str | None = None) -> Answer:
        """Delete."""


def client() -> Client:
    """Return a client of the Placement that ``[placement]`` names."""
    found: Client = report.report_client_singleton()
    return found


def ask(placement: Client, url: str) -> dict[str, object]:
    """Ask for an object.

    :raises DiscoveryError: for any other answer
    """
    try:
        answer = placement.get(url, version=VERSION)
    except edge.ERRORS as exc:
        # The text may hold a URL with a password.
        raise exceptions.DiscoveryError(
            NAME, f'no answer ({type(exc).__name__})') from exc
    if answer.status_code != 200:
        raise exceptions.DiscoveryError(
            NAME, f'{url} is answered with status {answer.status_code}')
    try:
        return _object(answer.json())
    except ValueError as exc:
        raise exceptions.DiscoveryError(
            NAME, f'{url} is not answered with JSON') from exc


def read(placement: Client, nodes: Iterable[Node], *,
         all_hosts: bool) -> tuple[Provider, ...]:
    """Read the providers of devices.

    :param nodes: those whose providers are read
    :param all_hosts: whether to read those of nodes that do not exist, too
    :raises DiscoveryError: without an answer
    """
    trees = [''] if all_hosts else [f'&in_tree={node.uuid}' for node in nodes]
    known: dict[str, Provider] = {}
    for tree in trees:
        once = {_field(each, 'uuid') for each in _list(
            placement, os_traits.HW_PCI_ONE_TIME_USE, tree)}
        for each in _list(placement, os_traits.COMPUTE_MANAGED_PCI_DEVICE,
                          tree):
            uuid = _field(each, 'uuid')
            known[str(uuid)] = Provider(
                uuid=str(uuid), name=str(_field(each, 'name')),
                root=str(_field(each, 'root_provider_uuid')),
                generation=_number(each, 'generation'),
                one_time_use=uuid in once)
    with concurrent.futures.ThreadPoolExecutor(_AT_ONCE) as pool:
        return tuple(pool.map(
            lambda provider: _filled(placement, provider),
            sorted(known.values(), key=lambda each: (each.name, each.uuid))))


def read_again(placement: Client, provider: Provider) -> Provider:
    """Return a provider as it is now; its traits have its generation.

    :raises DiscoveryError: without an answer, or if it is gone
    """
    found = ask(placement, f'/resource_providers/{provider.uuid}')
    filled = _filled(placement, dataclasses.replace(
        provider, name=str(_field(found, 'name')),
        root=str(_field(found, 'root_provider_uuid'))))
    # The lower of both: what changes between two answers has changed.
    return dataclasses.replace(filled, generation=min(
        filled.generation, _number(found, 'generation')))


def resources(answer: Mapping[str, object],
              ) -> dict[str, dict[str, object]]:
    """Return what a consumer has of each provider."""
    return {uuid: dict(_object(_field(each, 'resources')))
            for uuid, each in _object(_field(answer, 'allocations')).items()}


def _list(placement: Client, trait: str, tree: str) -> list[object]:
    url = f'/resource_providers?required={urllib.parse.quote(trait)}{tree}'
    found = _field(ask(placement, url), 'resource_providers')
    if not isinstance(found, list):
        raise _unknown(found)
    return found


def _filled(placement: Client, provider: Provider) -> Provider:
    """Add inventories and allocations; both have the generation."""
    base = f'/resource_providers/{provider.uuid}'
    stocks = ask(placement, f'{base}/inventories')
    held = ask(placement, f'{base}/allocations')
    return dataclasses.replace(
        provider, generation=_number(held, 'resource_provider_generation'),
        stocks=tuple(sorted(
            (Stock(resource_class=name, total=_number(each, 'total'),
                   reserved=_number(each, 'reserved'))
             for name, each in _object(
                 _field(stocks, 'inventories')).items()),
            key=lambda stock: stock.resource_class)),
        allocations=tuple(
            Allocation(consumer=consumer, resource_class=name,
                       used=_number(used, name))
            for consumer, each in sorted(
                _object(_field(held, 'allocations')).items())
            for used in [_object(_field(each, 'resources'))]
            for name in sorted(used)))


def _field(value: object, name: str) -> object:
    found = _object(value)
    if name not in found:
        raise _unknown(value)
    return found[name]


def _number(value: object, name: str) -> int:
    found = _field(value, name)
    if not isinstance(found, int):
        raise _unknown(found)
    return found


def _object(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise _unknown(value)
    return value


def _unknown(value: object) -> exceptions.DiscoveryError:
    return exceptions.DiscoveryError(
        NAME, f'an answer is not as Placement writes it: {str(value)[:60]!r}')
