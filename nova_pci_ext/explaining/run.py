# SPDX-License-Identifier: Apache-2.0

"""One explanation from its question to its report."""

import contextlib
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator

import nova.conf
from nova import config
from nova import context as nova_context
from nova import objects
from nova.db.api import api as api_db
from nova.db.main import api as main_db
from nova.pci import request as pci_request

from nova_pci_ext import exceptions
from nova_pci_ext import install
from nova_pci_ext.api import alternatives
from nova_pci_ext.configuration import pci_ext
from nova_pci_ext.configuration.loader import PciConfiguration
from nova_pci_ext.explaining import answers
from nova_pci_ext.explaining import databases
from nova_pci_ext.explaining import hosts
from nova_pci_ext.explaining import live
from nova_pci_ext.explaining import recorded
from nova_pci_ext.explaining import report
from nova_pci_ext.explaining import requests
from nova_pci_ext.explaining.server_request import ServerRequest
from nova_pci_ext.model.inventory import Inventory
from nova_pci_ext.novaobj.hooks import Part
from nova_pci_ext.scheduler import placement_hooks

CONF = nova.conf.CONF
#: Is told how many hosts have answered.
Asked = Callable[[int], None]


def explain_recorded(server: ServerRequest, inventories: Iterable[Inventory],
                     loaded: PciConfiguration, *, count_all: bool = False,
                     host: str | None = None,
                     asked: Asked = lambda number: None) -> report.Report:
    """Ask recorded hosts.

    :param loaded: the configuration of all of them, and of the API
    :param host: the only one to ask, None for all
    :param count_all: whether to count all servers that fit
    :param asked: is told how many hosts have answered, after each
    :raises ServerRequestError: when Nova's API would refuse it
    """
    install.install(Part.EXPLAIN)
    objects.register_all()
    with configured(loaded):
        accept_alternatives()
        spec = requests.request_spec(server)
        explainer = answers.Explainer(spec)
        found = _answers(
            explainer, only(host, (recorded.read_host(each, spec)
                                   for each in inventories)),
            None if count_all else server.count, asked)
    return report.make(found, server.count, counted_all=count_all)


def read_configuration(loaded: PciConfiguration) -> None:
    """Fill Nova's global configuration as a service of the cloud would."""
    config.parse_args(
        ['nova-pci', *(f'--config-file={file.path}'
                       for file in loaded.files)], configure_db=False)
    databases.be_impatient()
    main_db.configure(CONF)
    api_db.configure(CONF)


def explain_cloud(server: ServerRequest, *, count_all: bool = False,
                  host: str | None = None,
                  asked: Asked = lambda number: None) -> report.Report:
    """Ask the hosts of the cloud that the configuration names.

    :param host: the only one to ask, None for all
    :param count_all: whether to count all servers that fit
    :param asked: is told how many hosts have answered, after each
    :raises ServerRequestError: when Nova's API would refuse it
    """
    install.install(Part.EXPLAIN)
    objects.register_all()
    accept_alternatives()
    databases.check_cells()
    context = nova_context.get_admin_context()
    spec = requests.request_spec(server, context)
    cloud = live.Cloud(context)
    explainer = answers.Explainer(spec, cloud.other_filters())
    found = _answers(explainer, only(host, cloud.hosts(spec)),
                     None if count_all else server.count, asked)
    return report.make(found, server.count, counted_all=count_all)


def only(name: str | None, found: Iterable[hosts.ExplainedHost],
         ) -> Iterator[hosts.ExplainedHost]:
    """Yield the hosts of one name.

    :param name: None for all hosts
    :raises ServerRequestError: at the end, where no host has the name
    """
    there = name is None
    for each in found:
        if name in (None, each.name):
            there = True
            yield each
    if not there:
        raise exceptions.ServerRequestError(
            f'--host {name}: no such host; expected the name of a host as '
            'Nova has it, in a cell that gets new servers')


def _answers(explainer: answers.Explainer,
             found: Iterable[hosts.ExplainedHost], limit: int | None,
             asked: Asked) -> list[answers.Answer]:
    """Ask one host after the other, and say how many have answered."""
    told = []
    for host in found:
        told.append(explainer.answer(host, limit))
        asked(len(told))
    return told


def accept_alternatives() -> None:
    """Take aliases as nova-api does that has ours; Nova's refuses some."""
    if placement_hooks.ours():
        alternatives.install()


@contextlib.contextmanager
def configured(loaded: PciConfiguration) -> Iterator[None]:
    """Set the options that stand in the reader's files, and no others.

    Nova remembers the aliases that it has read.
    """
    CONF([], project='nova', default_config_files=[],
         default_config_dirs=[])
    pci_ext.register_opts(CONF)
    pci_request.get_alias_from_config.cache_clear()
    written = (
        ('pci', 'device_spec', list(loaded.device_spec)),
        ('pci', 'alias', list(loaded.alias)),
        ('pci', 'report_in_placement', loaded.switches.report_in_placement),
        ('filter_scheduler', 'pci_in_placement',
         loaded.switches.pci_in_placement),
        ('pci_ext', 'device_group', list(loaded.device_group)),
        ('pci_ext', 'strict', loaded.switches.strict),
        ('pci_ext', 'allocation_candidates', loaded.switches.candidates))
    for group, name, value in written:
        CONF.set_override(name, _unsubstituted(value), group)
    try:
        yield
    finally:
        for group, name, _ in written:
            CONF.clear_override(name, group)
        pci_request.get_alias_from_config.cache_clear()


def _unsubstituted(value: object) -> object:
    """Write a value so that oslo.config reads it as it is."""
    return ([text.replace('$', '$$') for text in value]
            if isinstance(value, list) else value)
