# SPDX-License-Identifier: Apache-2.0

"""Device sets of a flavor, bound to the requests of one server."""

from collections.abc import Iterable
from collections.abc import Sequence

from nova_pci_ext.matching import rules
from nova_pci_ext.model.device_set import DeviceSet
from nova_pci_ext.model.device_set import is_ports
from nova_pci_ext.model.device_set import network
from nova_pci_ext.model.device_set import SetConstraint
from nova_pci_ext.model.device_set import SetRule
from nova_pci_ext.model.request import DeviceRequest
from nova_pci_ext.model.request import Origin


def bind(sets: Iterable[DeviceSet],
         requests: Sequence[DeviceRequest]) -> tuple[SetConstraint, ...]:
    """Find the requests of each member.

    :param requests: of one server, named by their aliases and ports
    :returns: the positions of a member's requests; none where the server
        asks for no such device
    """
    return tuple(SetConstraint(
        rule=each.rule, attribute=each.attribute, text=str(each),
        members=tuple(_positions(member, requests)
                      for member in each.members),
        missing=tuple(member for member in each.members
                      if not is_ports(member)
                      and not _positions(member, requests)))
        for each in sets)


def _positions(member: str,
               requests: Sequence[DeviceRequest]) -> tuple[int, ...]:
    if is_ports(member):
        on = network(member)
        return tuple(
            number for number, request in enumerate(requests)
            if request.origin is Origin.PORT and (
                not on or _is_on(request, on.lower())))
    return tuple(number for number, request in enumerate(requests)
                 if request.origin is Origin.FLAVOR
                 and request.name == member)


def _is_on(request: DeviceRequest, name: str) -> bool:
    return any(asked.tag(rules.PHYSICAL_NETWORK) == name
               for asked in request.alternatives)


def sets(constraints: Iterable[SetConstraint]) -> tuple[SetConstraint, ...]:
    """Return the constraints that are about devices taken together."""
    return tuple(each for each in constraints
                 if each.rule is not SetRule.BANDWIDTH)


def bandwidths(constraints: Iterable[SetConstraint],
               requests: Sequence[DeviceRequest]) -> dict[int, int]:
    """Return the Mbit/s that each device of a request takes of its PF.

    Where Placement chose the PF of a port, it also counts the bandwidth:
    nothing is taken.

    :returns: by position of the request; without those that take nothing
    """
    found: dict[int, int] = {}
    for each in constraints:
        if each.rule is SetRule.BANDWIDTH:
            for position in each.members[0]:
                if not _is_counted_elsewhere(requests[position]):
                    found[position] = max(int(each.attribute),
                                          found.get(position, 0))
    return found


def _is_counted_elsewhere(request: DeviceRequest) -> bool:
    return request.origin is Origin.PORT and any(
        asked.tag(rules.PARENT_NAME) is not None
        for asked in request.alternatives)


def fault(constraint: SetConstraint,
          requests: Sequence[DeviceRequest]) -> str | None:
    """Say why no host can serve a set, None if one may."""
    if constraint.missing:
        return (f'{constraint.text} is about {constraint.missing[0]}, which '
                f'the server does not ask for')
    counts = [sum(requests[position].count for position in member)
              for member in constraint.members]
    if constraint.rule is SetRule.PAIR and len(set(counts)) > 1:
        return (f'{constraint.text} needs as many devices of each, and '
                f'{" and ".join(map(str, counts))} are asked for')
    if constraint.rule is SetRule.PAIR and not set.isdisjoint(
            *map(set, constraint.members)):
        return f'{constraint.text} would pair a device with itself'
    return None
