# SPDX-License-Identifier: Apache-2.0

"""Refuse changes of a flavor after which its sets of devices are wrong.

Nova validates each extra spec by itself.  A set names aliases, so what is
right depends on the others: those of the request, and those that the flavor
has already.  And Nova takes any key whose namespace it does not know, a slip
of one that it knows too.
"""

import contextlib
import contextvars
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Protocol

from nova import exception
from nova.api.openstack import api_version_request
from nova.api.openstack import common
from nova.api.openstack.compute import flavors_extraspecs

from nova_pci_ext import exceptions
from nova_pci_ext import parsing
from nova_pci_ext.novaobj import wrapping
from nova_pci_ext.parsing import flavor
from nova_pci_ext.parsing import whole_flavor

# Nova validates extra specs from here on.
_MICROVERSION = '2.86'

_FLAVOR: contextvars.ContextVar[str | None] = contextvars.ContextVar(
    'flavor', default=None)


class Request(Protocol):
    """What WebOb makes of a request."""

    environ: Mapping[str, object]


def install() -> None:
    """Wrap Nova's controller in this process, once."""
    wrapping.install(HOOKS)


@contextlib.contextmanager
def _changing(flavor_id: str) -> Iterator[None]:
    token = _FLAVOR.set(flavor_id)
    try:
        yield
    finally:
        _FLAVOR.reset(token)


def _creating(original: wrapping.Function) -> wrapping.Function:
    def create(self: object, req: Request, flavor_id: str,
               body: object) -> object:
        with _changing(flavor_id):
            return original(self, req=req, flavor_id=flavor_id, body=body)
    return create


def _updating(original: wrapping.Function) -> wrapping.Function:
    def update(self: object, req: Request, flavor_id: str, id: str,
               body: object) -> object:
        with _changing(flavor_id):
            return original(self, req=req, flavor_id=flavor_id, id=id,
                            body=body)
    return update


def _checking(original: wrapping.Function) -> wrapping.Function:
    def _check_extra_specs_value(self: object, req: Request,
                                 specs: Mapping[str, object]) -> None:
        """Check the values, and then the flavor that they would make.

        Nova calls this when the user may change the flavor and the body of
        the request is as it should be.
        """
        original(self, req, specs)
        flavor_id = _FLAVOR.get()
        if (flavor_id is None or not api_version_request.is_supported(
                req, _MICROVERSION)):
            return
        faults = parsing.Faults()
        for key in specs:
            # Other keys may be anybody's, such as those of aggregates.
            if ':' in key:
                flavor.check_key(key, faults)
        if any(key in specs for key in whole_flavor.KEYS):
            found = common.get_flavor(req.environ['nova.context'], flavor_id)
            whole_flavor.check_change(found.extra_specs, {
                key: str(value) for key, value in specs.items()}, faults)
        _refuse(faults)
    return _check_extra_specs_value


def _refuse(faults: parsing.Faults) -> None:
    try:
        faults.finish('extra specs')
    except exceptions.ConfigErrors as exc:
        raise exception.ValidationError(f'Validation failed; {exc}') from exc


_CONTROLLER = flavors_extraspecs.FlavorExtraSpecsController
#: (where, name, what makes ours of Nova's function)
HOOKS: tuple[wrapping.Wrapping, ...] = (
    (_CONTROLLER, 'create', _creating),
    (_CONTROLLER, 'update', _updating),
    (_CONTROLLER, '_check_extra_specs_value', _checking),
)
