# SPDX-License-Identifier: Apache-2.0

"""Where nova-scheduler calls our allocation candidates.

Three functions of Nova are wrapped: the query is reduced, its answer is read,
and a claim goes on where Placement has changed.  With ``[pci_ext]
allocation_candidates = nova`` each of them is Nova's own.
"""

import typing
from collections.abc import Callable

import nova.conf
from nova import exception
from nova.scheduler import utils
from nova.scheduler.client import report

from nova_pci_ext.configuration import pci_ext
from nova_pci_ext.novaobj import terms
from nova_pci_ext.novaobj import wrapping
from nova_pci_ext.scheduler import claiming
from nova_pci_ext.scheduler import made_candidates
from nova_pci_ext.scheduler import query

CONF = nova.conf.CONF
pci_ext.register_opts(CONF)

Function = Callable[..., typing.Any]


def install() -> None:
    """Wrap Nova's functions in this process, once."""
    wrapping.install(HOOKS)


def ours() -> bool:
    """Whether candidates are made by us."""
    return bool(CONF.pci_ext.allocation_candidates == pci_ext.OURS)


def _reduced(original: Function) -> Function:
    def resources_from_request_spec(
            ctxt: typing.Any, spec_obj: typing.Any, host_manager: typing.Any,
            enable_pinning_translate: bool = True) -> typing.Any:
        found = original(
            ctxt, spec_obj, host_manager,
            enable_pinning_translate=enable_pinning_translate)
        requests = _pci_requests(spec_obj)
        if ours():
            query.reduce(found, requests)
        else:
            _refuse_alternatives(found, requests)
        return found
    return resources_from_request_spec


def _pci_requests(spec: typing.Any) -> list[typing.Any]:
    found = spec.pci_requests if 'pci_requests' in spec else None
    return list(found.requests) if found else []


def _refuse_alternatives(resources: typing.Any,
                         requests: list[typing.Any]) -> None:
    """Refuse what Nova's candidates cannot express.

    :raises NoValidHost: when Placement would be asked for one of several
        alternatives
    """
    for request in requests:
        if len(request.spec) > 1 and terms.is_of_flavor(request) and any(
                name in resources._rg_by_id
                for name in terms.group_names(request)):
            raise exception.NoValidHost(reason=(
                f'[pci] alias {request.alias_name} has several entries, which '
                f'need [pci_ext] allocation_candidates = {pci_ext.OURS}'))


def _read(original: Function) -> Function:
    def get_allocation_candidates(
            self: typing.Any, context: typing.Any,
            resources: typing.Any) -> typing.Any:
        return query.fetch(original, self, context, resources)
    return get_allocation_candidates


def _claimed(original: Function) -> Function:
    def claim_resources(
            ctx: typing.Any, client: typing.Any, spec_obj: typing.Any,
            instance_uuid: str, alloc_req: typing.Any,
            allocation_request_version: str | None = None) -> bool:
        def attempt(candidate: dict[str, typing.Any]) -> bool:
            return bool(original(
                ctx, client, spec_obj, instance_uuid, candidate,
                allocation_request_version=allocation_request_version))

        if isinstance(alloc_req, made_candidates.Candidate):
            return claiming.claim(attempt, alloc_req, instance_uuid)
        return attempt(alloc_req)
    return claim_resources


#: (where, name, what makes ours of Nova's function)
HOOKS: tuple[wrapping.Wrapping, ...] = (
    (utils, 'resources_from_request_spec', _reduced),
    (report.SchedulerReportClient, 'get_allocation_candidates', _read),
    (utils, 'claim_resources', _claimed),
)
