# SPDX-License-Identifier: Apache-2.0

"""One explanation of a server, from the text that names it to all that is
known of it.
"""

import dataclasses
from collections.abc import Callable

from nova import objects

from nova_pci_ext import exceptions
from nova_pci_ext import install
from nova_pci_ext.explaining import run
from nova_pci_ext.novaobj.hooks import Part
from nova_pci_ext.servers import asking
from nova_pci_ext.servers import finding
from nova_pci_ext.servers import judging
from nova_pci_ext.servers import reading
from nova_pci_ext.servers import since
from nova_pci_ext.servers import today
from nova_pci_ext.servers.record import Server


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """All that is known of a server.

    :ivar flavor: to which it would be resized, '' for as it is
    :ivar asked: None where what it asks for is not known
    :ivar judged: None where no host was asked
    :ivar changes: None where no moment is known, or no database answers
    :ivar differences: between what it asked for and what that means now
    :ivar resized_to: the flavor of a resize that has failed last, or ''
    :ivar refusal: why no host was asked, or ''
    """

    server: Server
    flavor: str = ''
    asked: asking.Asked | None = None
    judged: judging.Judged | None = None
    changes: since.Changes | None = None
    differences: tuple[str, ...] = ()
    resized_to: str = ''
    refusal: str = ''


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Is told what is being done.

    :ivar step: what, in a few words
    :ivar asked: how many hosts have answered
    """

    step: Callable[[str], None] = lambda text: None
    asked: Callable[[int], None] = lambda number: None


def explain(text: str, *, flavor: str | None = None, host: str | None = None,
            progress: Progress | None = None) -> Told:
    """Say all that is known of a server.

    Once the server is found, what else fails is said beside what is known.

    :param text: its UUID, or its name
    :param flavor: name of a flavor to which it would be resized
    :param host: the only one to ask, None for all
    :raises ServerRequestError: where there is no such server
    :raises DiscoveryError: if the API database cannot be read
    """
    shown = progress or Progress()
    install.install(Part.EXPLAIN)
    objects.register_all()
    run.accept_alternatives()
    shown.step('looking for the server')
    place = finding.find(text)
    shown.step('reading the records of the server')
    told = Told(server=reading.read(place), flavor=flavor or '')
    try:
        told = _ask(told, host, shown)
    except (exceptions.ServerRequestError, exceptions.DiscoveryError,
            exceptions.ConfigErrors) as exc:
        told = dataclasses.replace(told, refusal=str(exc))
    return _look_back(told, host, shown)


def _ask(told: Told, host: str | None, shown: Progress) -> Told:
    """Ask the hosts.

    :raises ServerRequestError: where what it asks for is not known
    """
    asked = asking.ask(told.server, told.flavor or None)
    told = dataclasses.replace(told, asked=asked)
    shown.step('asking Placement')
    try:
        judged = judging.judge(told.server, asked, host=host,
                               told=shown.asked)
    except (exceptions.ServerRequestError, exceptions.DiscoveryError,
            exceptions.ConfigErrors) as exc:
        return dataclasses.replace(told, refusal=str(exc))
    return dataclasses.replace(told, judged=judged)


def _look_back(told: Told, host: str | None, shown: Progress) -> Told:
    """Read what has changed since the moment that is asked about."""
    shown.step('reading what has changed')
    moment = told.server.since
    try:
        return dataclasses.replace(
            told,
            changes=since.read(moment, told.server.uuid, host)
            if moment is not None else None,
            differences=today.differences(told.asked.spec)
            if told.asked is not None and not told.flavor else (),
            resized_to=today.resized_to(told.server))
    except exceptions.DiscoveryError as exc:
        return dataclasses.replace(told, refusal=told.refusal or str(exc))
