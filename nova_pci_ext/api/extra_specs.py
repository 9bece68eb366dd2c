# SPDX-License-Identifier: Apache-2.0

"""Refuse a flavor whose extra specs for PCI devices could never boot.

``nova-api`` loads this module through the entry point
``nova.api.extra_spec_validators``.  An exception here would stop the API
with a message about something else, so that nothing of Nova is imported
before ``register`` runs, and ``register`` lets nothing out.
"""

import functools
from collections.abc import Callable

from oslo_log import log as logging

from nova_pci_ext import exceptions
from nova_pci_ext import parsing
from nova_pci_ext.model.device_set import SetRule
from nova_pci_ext.parsing import device_sets
from nova_pci_ext.parsing import flavor
from nova_pci_ext.parsing import schema

LOG = logging.getLogger(__name__)

Function = Callable[..., object]


def register() -> list[object]:
    """Return our validators; Nova calls this once.

    Nova keeps validators by name and the one that is loaded last wins, in
    an order that nobody promises.  So ours takes the place of Nova's in
    Nova's own list too.
    """
    try:
        from nova.api.openstack import wsgi
        from nova.api.validation.extra_specs import pci_passthrough

        from nova_pci_ext import install
        from nova_pci_ext.novaobj import wrapping
        from nova_pci_ext.novaobj.hooks import Part

        install.check(Part.API)
        ours = _of_alias()
        of_sets = [_of_sets(rule) for rule in SetRule]
        listed = pci_passthrough.EXTRA_SPEC_VALIDATORS
        listed[:] = [ours if each.name == flavor.ALIAS_KEY else each
                     for each in listed]
        # Nova loads validators while it imports the controller of extra
        # specs, so that controller is not there yet.
        wrapping.install([(wsgi.Resource, '__init__', _completing)])
        return [ours, *of_sets]
    except Exception:
        LOG.exception('Flavors with %s are checked by Nova alone',
                      flavor.ALIAS_KEY)
        return []


def _completing(original: Function) -> Function:
    def __init__(self: object, controller: object) -> None:
        """Nova has imported its controllers when it makes a resource."""
        check_whole_flavors()
        original(self, controller)
    return __init__


@functools.cache
def check_whole_flavors() -> None:
    """Let the API check the extra specs of a flavor together, once."""
    try:
        from nova_pci_ext import install
        from nova_pci_ext.novaobj.hooks import Part

        install.check(Part.FLAVORS)
        from nova_pci_ext.api import flavor_sets
        flavor_sets.install()
    except Exception:
        LOG.exception('Sets of devices are not checked against the aliases '
                      'of their flavor')


def _of_alias() -> object:
    return _build_validator(
        flavor.ALIAS_KEY, parsing.parse_flavor_alias,
        'Number of PCI devices of each alias that a server gets: '
        '``name:count`` with count from 1, several separated by commas. The '
        'names are those of ``[pci] alias``.')


def _of_sets(rule: SetRule) -> object:
    key = device_sets.KEYS[rule]
    return _build_validator(
        key, functools.partial(parsing.parse_device_set, rule),
        schema.load(schema.DEVICE_SETS)['properties'][key]['description'])


def _build_validator(key: str, parse: Callable[[str], object],
                     description: str) -> object:
    from nova import exception
    from nova.api.validation.extra_specs import base

    class Validator(base.ExtraSpecValidator):  # type: ignore[misc]
        """An extra spec that is read by the parser of this package."""

        def validate(self, name: str, value: str) -> None:
            try:
                parse(value)
            except exceptions.ConfigErrors as exc:
                raise exception.ValidationError(
                    f'Validation failed; {exc}') from exc

    return Validator(name=key, description=description,
                     value={'type': str})
