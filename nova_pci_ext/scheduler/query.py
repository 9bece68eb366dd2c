# SPDX-License-Identifier: Apache-2.0

"""The query to Placement, with one device in the place of all.

Nova asks Placement for a request group of each device.  Of all of them one
is left, the anchor: a host that has not even that is not a host for the
server, and the answer has each host a few times instead of once for each way
to have the devices.
"""

import copy
import typing
from collections.abc import Callable
from collections.abc import Iterable

from nova_pci_ext.model.provider import Term
from nova_pci_ext.novaobj import terms
from nova_pci_ext.novaobj.protocols import InstancePCIRequest
from nova_pci_ext.scheduler import offers

Answer = tuple[typing.Any, typing.Any, typing.Any]
Get = Callable[..., Answer | None]

_ATTRIBUTE = 'pci_ext_wanted'


class Group(typing.Protocol):
    """What is read of Nova's ``RequestGroup``."""

    resources: dict[str, int]


class Query(typing.Protocol):
    """What is read of Nova's ``ResourceRequest``."""

    group_policy: str | None
    _limit: int | None
    _rg_by_id: dict[str, Group]

    def to_querystring(self) -> str:
        """Return the query as Placement is sent it."""


def reduce(resources: Query,
           pci_requests: Iterable[InstancePCIRequest]) -> None:
    """Leave one request group of all devices in a query.

    :param resources: Nova's ``ResourceRequest``; changed where it asks for
        devices
    :param pci_requests: ``InstancePCIRequest`` objects of the server
    """
    asked = {typing.cast(str, request.request_id): request
             for request in pci_requests
             if terms.is_of_flavor(request)
             and terms.group_names(request)[:1]
             and terms.group_names(request)[0] in resources._rg_by_id}
    if not asked:
        return
    wanted = offers.want(asked, isolate=resources.group_policy == 'isolate',
                         limit=resources._limit)
    group = resources._rg_by_id[wanted.anchor]
    for request in asked.values():
        for other in terms.group_names(request):
            resources._rg_by_id.pop(other, None)
    resources._rg_by_id[wanted.anchor] = group
    setattr(resources, _ATTRIBUTE, wanted)
    # A limit on candidates would cut off hosts; it is applied to hosts.
    resources._limit = None


def without_devices(resources: Query,
                    pci_requests: Iterable[InstancePCIRequest],
                    ) -> tuple[Query, offers.Wanted] | None:
    """Return the query for what a server asks for beside devices.

    :param resources: Nova's ``ResourceRequest``; reduced where it was not
    :returns: a query that is read as Nova reads it, and what it leaves out;
        None where no device is asked of Placement, or nothing else is
    """
    if not hasattr(resources, _ATTRIBUTE):
        reduce(resources, pci_requests)
    wanted: offers.Wanted | None = getattr(resources, _ATTRIBUTE, None)
    if wanted is None:
        return None
    found = copy.copy(resources)
    delattr(found, _ATTRIBUTE)
    found._rg_by_id = {name: group for name, group
                       in resources._rg_by_id.items()
                       if name != wanted.anchor}
    if not any(group.resources for group in found._rg_by_id.values()):
        return None
    return found, wanted


def fetch(get: Get, client: typing.Any, context: typing.Any,
          resources: typing.Any) -> Answer | None:
    """Ask Placement, and make offers of the answer where we reduced.

    :param get: Nova's ``SchedulerReportClient.get_allocation_candidates``
    """
    wanted = getattr(resources, _ATTRIBUTE, None)
    if wanted is None:
        return get(client, context, resources)
    found: list[Answer] = []
    for term in wanted.asked:
        answer = get(client, context, _anchored(resources, wanted, term))
        if answer is None or answer[0] is None:
            return answer
        found.append(answer)
    summaries = {uuid: summary for _, of_query, _ in found
                 for uuid, summary in of_query.items()}

    def ask_again(root: str) -> list[offers.Offer]:
        answer = fetch(get, client, context, _in_tree(resources, root))
        return answer[0] or [] if answer else []

    made = offers.read([answer[:2] for answer in found], wanted, ask_again)
    return made, _of_hosts(summaries, made), found[0][2]


def _of_hosts(summaries: dict[str, typing.Any],
              made: list[offers.Offer]) -> dict[str, typing.Any]:
    """Return the summaries of the hosts that are offered.

    Nova looks up the compute node of each; no device has one.
    """
    roots = {offer.tree.root for offer in made}
    return {uuid: summary for uuid, summary in summaries.items()
            if uuid in roots}


def _anchored(resources: typing.Any, wanted: offers.Wanted,
              term: Term) -> typing.Any:
    """Return the query with the anchor for one alternative."""
    group = resources._rg_by_id[wanted.anchor].obj_clone()
    group.resources = {term.resource_class: 1}
    group.required_traits = set(term.traits)
    return _with_group(resources, wanted.anchor, group)


def _in_tree(resources: typing.Any, root: str) -> typing.Any:
    """Return the query for one host.

    The device is looked for in its tree; the rest, such as storage that
    hosts share, may be elsewhere.
    """
    anchor = getattr(resources, _ATTRIBUTE).anchor
    group = resources._rg_by_id[anchor].obj_clone()
    group.in_tree = root
    return _with_group(resources, anchor, group)


def _with_group(resources: typing.Any, name: str,
                group: typing.Any) -> typing.Any:
    found = copy.copy(resources)
    found._rg_by_id = {**resources._rg_by_id, name: group}
    return found
