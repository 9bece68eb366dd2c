# SPDX-License-Identifier: Apache-2.0

"""One explanation from its question to its report."""

import contextlib
import itertools
import pathlib
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence

import nova.conf
from nova import config
from nova import context as nova_context
from nova import objects
from nova.pci import request as pci_request

from nova_pci_ext import install
from nova_pci_ext.configuration import pci_ext
from nova_pci_ext.configuration.config_files import SourceKind
from nova_pci_ext.explaining import answers
from nova_pci_ext.explaining import live
from nova_pci_ext.explaining import recorded
from nova_pci_ext.explaining import report
from nova_pci_ext.explaining import requests
from nova_pci_ext.explaining.server_request import ServerRequest
from nova_pci_ext.model.inventory import Inventory

CONF = nova.conf.CONF


def explain_recorded(server: ServerRequest, inventories: Iterable[Inventory],
                     device_specs: Sequence[str], aliases: Sequence[str], *,
                     strict: bool = True,
                     count_all: bool = False) -> report.Report:
    """Ask recorded hosts.

    :param device_specs: values of the option, for all hosts
    :param aliases: values of the option
    :param strict: ``[pci_ext] strict``
    :param count_all: whether to count all servers that fit
    :raises ServerRequestError: when Nova's API would refuse it
    """
    install.install()
    objects.register_all()
    with _configured(device_specs, aliases, strict=strict):
        explainer = answers.Explainer(requests.request_spec(server))
        found = [explainer.answer(recorded.read_host(each),
                                  None if count_all else server.count)
                 for each in inventories]
    return report.make(found, server.count, counted_all=count_all)


def read_configuration(
        sources: Sequence[tuple[SourceKind, pathlib.Path]]) -> None:
    """Fill Nova's global configuration as a service of the cloud would.

    :param sources: files and folders; Nova's own where none are named
    """
    config.parse_args(
        ['nova-pci', *itertools.chain.from_iterable(
            (f'--config-{kind}', str(path)) for kind, path in sources)])


def explain_cloud(server: ServerRequest, *,
                  count_all: bool = False) -> report.Report:
    """Ask the hosts of the cloud that the configuration names.

    :param count_all: whether to count all servers that fit
    :raises ServerRequestError: when Nova's API would refuse it
    """
    install.install()
    objects.register_all()
    context = nova_context.get_admin_context()
    spec = requests.request_spec(server, context)
    cloud = live.Cloud(context)
    explainer = answers.Explainer(spec, cloud.other_filters())
    found = [explainer.answer(each, None if count_all else server.count)
             for each in cloud.hosts(spec)]
    return report.make(found, server.count, counted_all=count_all)


@contextlib.contextmanager
def _configured(device_specs: Sequence[str], aliases: Sequence[str], *,
                strict: bool) -> Iterator[None]:
    """Set the options that stand in the reader's files, and no others.

    Nova remembers the aliases that it has read.
    """
    CONF([], project='nova', default_config_files=[],
         default_config_dirs=[])
    pci_ext.register_opts(CONF)
    pci_request.get_alias_from_config.cache_clear()
    CONF.set_override('device_spec', list(device_specs), 'pci')
    CONF.set_override('alias', list(aliases), 'pci')
    CONF.set_override('strict', strict, 'pci_ext')
    try:
        yield
    finally:
        CONF.clear_override('device_spec', 'pci')
        CONF.clear_override('alias', 'pci')
        CONF.clear_override('strict', 'pci_ext')
        pci_request.get_alias_from_config.cache_clear()
