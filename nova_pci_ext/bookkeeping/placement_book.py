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
    except Exception as exc:
        # Keystone's, requests' and our own; the text may hold a URL only.
        raise exceptions.DiscoveryError(
            NAME, f'no answer ({type(exc).__name__})') from exc
    found = answer.json() if answer.status_code == 200 else None
    if not isinstance(found, dict):
        raise exceptions.DiscoveryError(
            NAME, f'{url} is answered with status {answer.status_code}')
    return found


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
        once = {each['uuid'] for each in _list(
            placement, os_traits.HW_PCI_ONE_TIME_USE, tree)}
        for each in _list(placement, os_traits.COMPUTE_MANAGED_PCI_DEVICE,
                          tree):
            known[str(each['uuid'])] = Provider(
                uuid=str(each['uuid']), name=str(each['name']),
                root=str(each['root_provider_uuid']),
                generation=_number(each['generation']),
                one_time_use=each['uuid'] in once)
    with concurrent.futures.ThreadPoolExecutor(_AT_ONCE) as pool:
        return tuple(pool.map(
            lambda provider: _filled(placement, provider),
            sorted(known.values(), key=lambda each: (each.name, each.uuid))))


def _list(placement: Client, trait: str,
          tree: str) -> list[Mapping[str, object]]:
    url = f'/resource_providers?required={urllib.parse.quote(trait)}{tree}'
    found = ask(placement, url)['resource_providers']
    assert isinstance(found, list)
    return found


def _filled(placement: Client, provider: Provider) -> Provider:
    """Add inventories and allocations; both have the generation."""
    base = f'/resource_providers/{provider.uuid}'
    stocks = ask(placement, f'{base}/inventories')
    held = ask(placement, f'{base}/allocations')
    return dataclasses.replace(
        provider, generation=_number(held['resource_provider_generation']),
        stocks=tuple(sorted(
            (Stock(resource_class=name, total=_number(each['total']),
                   reserved=_number(each['reserved']))
             for name, each in _objects(stocks['inventories']).items()),
            key=lambda stock: stock.resource_class)),
        allocations=tuple(
            Allocation(consumer=consumer, resource_class=name,
                       used=_number(used))
            for consumer, each in sorted(
                _objects(held['allocations']).items())
            for name, used in sorted(_object(each['resources']).items())))


def _number(value: object) -> int:
    assert isinstance(value, int)
    return value


def _object(value: object) -> Mapping[str, object]:
    assert isinstance(value, dict)
    return value


def _objects(value: object) -> Mapping[str, Mapping[str, object]]:
    assert isinstance(value, dict)
    return value
