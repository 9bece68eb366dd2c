# SPDX-License-Identifier: Apache-2.0

"""Who owns the devices of a host, from Nova's database."""

import dataclasses
import functools
import warnings
from collections.abc import Mapping
from collections.abc import Sequence

from nova_pci_ext import exceptions
from nova_pci_ext.configuration.config_files import ConfigFile
from nova_pci_ext.model.inventory import Inventory


def add_owners(found: Inventory, files: Sequence[ConfigFile]) -> Inventory:
    """Write into each device which instance has it.

    :param files: Nova's own configuration
    :raises DiscoveryError: if the database cannot be read
    """
    owners = _read(found.host, files)
    return dataclasses.replace(found, devices=tuple(
        dataclasses.replace(each, owner=owners.get(str(each.address)))
        for each in found.devices))


def _read(host: str, files: Sequence[ConfigFile]) -> Mapping[str, str]:
    """Return the address of each owned device with its instance."""
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


def _ask(host: str) -> Mapping[str, str]:
    from nova import context
    from nova import objects
    admin = context.get_admin_context()
    return {row.address: row.instance_uuid
            for node in objects.ComputeNodeList.get_all_by_host(admin, host)
            for row in objects.PciDeviceList.get_by_compute_node(
                admin, node.id) if row.instance_uuid}
