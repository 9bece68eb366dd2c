# SPDX-License-Identifier: Apache-2.0

"""What Nova's database says of the devices of a host: who owns them."""

import dataclasses
import functools
import warnings
from collections.abc import Mapping
from collections.abc import Sequence
from typing import NamedTuple

from nova_pci_ext import exceptions
from nova_pci_ext.configuration.config_files import ConfigFile
from nova_pci_ext.model.inventory import Inventory


def add_owners(found: Inventory, files: Sequence[ConfigFile]) -> Inventory:
    """Write into each device which instance has it, and what was noted.

    :param files: Nova's own configuration
    :raises DiscoveryError: if the database cannot be read
    """
    rows = _read(found.host, files)
    return dataclasses.replace(found, devices=tuple(
        dataclasses.replace(
            each, owner=row.owner, unclean=row.unclean, held=row.held)
        if (row := rows.get(str(each.address))) else
        dataclasses.replace(each, owner=None)
        for each in found.devices))


class _Row(NamedTuple):
    """What is told of a row, of each as ``Device`` has it."""

    owner: str | None
    unclean: str | None
    held: str | None


def _read(host: str, files: Sequence[ConfigFile]) -> Mapping[str, _Row]:
    """Return what the rows of a host say, by address."""
    # Nova takes seconds to import, most calls need none of it, and nobody
    # who looks at devices wants to read that it still knows eventlet.
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        from nova import config
        from nova import exception
        from nova import objects
        from nova.db.main import api

        from nova_pci_ext.explaining import databases
    config.parse_args(
        ['nova-pci', *(f'--config-file={file.path}' for file in files)],
        configure_db=False, init_rpc=False)
    databases.be_impatient()
    api.configure(config.CONF)
    objects.register_all()

    try:
        return databases.ask(databases.MAIN, functools.partial(_ask, host))
    except exception.ComputeHostNotFound as exc:
        raise exceptions.DiscoveryError(
            databases.MAIN, f'the database has no compute node on {host}; '
            '--host names the host as Nova does') from exc


def _ask(host: str) -> Mapping[str, _Row]:
    from nova import context
    from nova import objects

    from nova_pci_ext.novaobj import device_facts
    from nova_pci_ext.novaobj import release_notes
    admin = context.get_admin_context()
    return {row.address: _Row(
        row.instance_uuid,
        None if row.instance_uuid else release_notes.unclean(row.extra_info),
        device_facts.held(row.extra_info))
        for node in objects.ComputeNodeList.get_all_by_host(admin, host)
        for row in objects.PciDeviceList.get_by_compute_node(admin, node.id)}
