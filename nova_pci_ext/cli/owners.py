# SPDX-License-Identifier: Apache-2.0

"""Who owns the devices of a host, from Nova's database."""

import dataclasses
import warnings
from collections.abc import Mapping
from collections.abc import Sequence

from nova_pci_ext import exceptions
from nova_pci_ext.configuration.config_files import ConfigFile
from nova_pci_ext.model.inventory import Inventory

_DATABASE = '[database] connection'


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
        from nova import context
        from nova import objects
        from oslo_db import exception as db_exception
    try:
        config.parse_args(
            ['nova-pci', *(f'--config-file={file.path}' for file in files)],
            configure_db=False, init_rpc=False)
        _configure_database()
        objects.register_all()
        admin = context.get_admin_context()
        nodes = objects.ComputeNodeList.get_all_by_host(admin, host)
        return {row.address: row.instance_uuid for node in nodes
                for row in objects.PciDeviceList.get_by_compute_node(
                    admin, node.id) if row.instance_uuid}
    except db_exception.DBError as exc:
        # The text of the error can hold the password of the connection.
        raise exceptions.DiscoveryError(
            _DATABASE, 'the database cannot be read '
                       f'({type(exc).__name__})') from exc


def _configure_database() -> None:
    """Connect once: an operator who waits is no service that starts."""
    import nova.conf
    from nova.db.main import api
    nova.conf.CONF.set_override('max_retries', 0, group='database')
    api.configure(nova.conf.CONF)
