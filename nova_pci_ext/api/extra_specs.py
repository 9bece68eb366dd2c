# SPDX-License-Identifier: Apache-2.0

"""Refuse a flavor whose ``pci_passthrough:alias`` could never boot.

``nova-api`` loads this module through the entry point
``nova.api.extra_spec_validators``.  An exception here would stop the API
with a message about something else, so that nothing of Nova is imported
before ``register`` runs, and ``register`` lets nothing out.
"""


from oslo_log import log as logging

from nova_pci_ext import exceptions
from nova_pci_ext import parsing
from nova_pci_ext.parsing import flavor

LOG = logging.getLogger(__name__)


def register() -> list[object]:
    """Return our validator; Nova calls this once.

    Nova keeps validators by name and the one that is loaded last wins, in
    an order that nobody promises.  So ours takes the place of Nova's in
    Nova's own list too.
    """
    try:
        from nova.api.validation.extra_specs import pci_passthrough

        from nova_pci_ext import install
        from nova_pci_ext.novaobj.hooks import Part

        install.check(Part.API)
        ours = _build_validator()
        listed = pci_passthrough.EXTRA_SPEC_VALIDATORS
        listed[:] = [ours if each.name == flavor.ALIAS_KEY else each
                     for each in listed]
        return [ours]
    except Exception:
        LOG.exception('Flavors with %s are checked by Nova alone',
                      flavor.ALIAS_KEY)
        return []


def _build_validator() -> object:
    from nova import exception
    from nova.api.validation.extra_specs import base

    class AliasValidator(base.ExtraSpecValidator):  # type: ignore[misc]
        """``pci_passthrough:alias``, read by the parser of this package."""

        def validate(self, name: str, value: str) -> None:
            try:
                parsing.parse_flavor_alias(value)
            except exceptions.ConfigErrors as exc:
                raise exception.ValidationError(
                    f'Validation failed; {exc}') from exc

    return AliasValidator(
        name=flavor.ALIAS_KEY,
        description='Number of PCI devices of each alias that a server '
                    'gets: ``name:count`` with count from 1, several '
                    'separated by commas. The names are those of '
                    '``[pci] alias``.',
        value={'type': str})
