# SPDX-License-Identifier: Apache-2.0

"""What a flavor and aliases mean today, where a request has kept them.

Nova copies a flavor and the meaning of its aliases into each request, and a
server keeps what it was made of.
"""

import functools
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping

from nova import context as nova_context
from nova import exception
from nova import objects
from nova.pci import request as pci_request

from nova_pci_ext.explaining import databases
from nova_pci_ext.explaining import hosts
from nova_pci_ext.novaobj.protocols import Flavor
from nova_pci_ext.novaobj.protocols import RequestSpec
from nova_pci_ext.servers.record import Server

_SIZES = ('vcpus', 'memory_mb', 'root_gb', 'ephemeral_gb')
# What is not an alias's own in the request that it makes.
_CHOSEN = frozenset({'rp_uuids'})


def differences(spec: RequestSpec) -> tuple[str, ...]:
    """Return in which words a new server would be another one.

    :raises DiscoveryError: if the API database does not answer
    """
    if spec.flavor is None:
        return ()
    return (*_of_flavor(spec.flavor), *_of_aliases(spec))


def _of_flavor(kept: Flavor) -> Iterator[str]:
    now = databases.ask(databases.API,
                        functools.partial(_flavor, kept.flavorid))
    if now is None:
        yield (f'flavor {kept.name} was deleted; the server keeps what it '
               'asked for')
        return
    then_is = {**_sizes(kept), **(kept.extra_specs or {})}
    now_is = {**_sizes(now), **(now.extra_specs or {})}
    for key in sorted(then_is.keys() | now_is.keys()):
        if then_is.get(key) != now_is.get(key):
            yield (f'flavor {kept.name} has changed: {key} was '
                   f'{then_is.get(key, "not set")}, is '
                   f'{now_is.get(key, "not set")}; the server keeps the old')


def resized_to(server: Server) -> str:
    """Return the flavor of a resize that has failed last, '' for none."""
    failure = server.last_failure
    if failure is None or failure.name != 'resize' or not server.moves:
        return ''
    move = server.moves[0]
    if move.kind != 'resize' or move.flavors[1] is None:
        return ''
    return databases.ask(databases.API,
                         functools.partial(_name, move.flavors[1]))


def _name(number: int) -> str:
    try:
        found: Flavor = objects.Flavor.get_by_id(
            nova_context.get_admin_context(), number)
    except exception.FlavorNotFound:
        return ''
    return found.name


def _sizes(flavor: Flavor) -> dict[str, str]:
    return {name: str(getattr(flavor, name)) for name in _SIZES}


def _flavor(flavorid: str) -> Flavor | None:
    try:
        found: Flavor = objects.Flavor.get_by_flavor_id(
            nova_context.get_admin_context(), flavorid)
    except exception.FlavorNotFound:
        return None
    return found


def _of_aliases(spec: RequestSpec) -> Iterator[str]:
    """Compare what each alias asked for with what it asks for here."""
    kept: dict[str, list[Mapping[str, str | None]]] = {}
    for each in hosts.requests_of(spec):
        if each.alias_name is not None:
            kept[each.alias_name] = _plain(each.spec)
    for alias, then in sorted(kept.items()):
        try:
            (now,) = pci_request.get_pci_requests_from_flavor(
                objects.Flavor(extra_specs={
                    'pci_passthrough:alias': f'{alias}:1'})).requests
        except exception.PciRequestAliasNotDefined:
            yield (f'alias {alias} is not in this configuration any more; '
                   'the server keeps what it asked for')
        except exception.NovaException as exc:
            yield (f'alias {alias} cannot be read in this configuration: '
                   f'{exc.format_message()}')
        else:
            if _plain(now.spec) != then:
                yield (f'alias {alias} asks for something else in this '
                       'configuration; the server keeps what it asked for')


def _plain(specs: Iterable[Mapping[str, str | None]],
           ) -> list[Mapping[str, str | None]]:
    return [{key: value for key, value in each.items()
             if key not in _CHOSEN} for each in specs]
