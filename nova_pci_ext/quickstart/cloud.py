# SPDX-License-Identifier: Apache-2.0

"""An embedded Nova: its services in this process, nothing outside it."""

import contextlib
import dataclasses
import pathlib
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator

from nova import objects
from nova import rpc

from nova_pci_ext import install
from nova_pci_ext.discovery import inventory as inventory_file
from nova_pci_ext.model import inventory
from nova_pci_ext.novaobj.hooks import Part
from nova_pci_ext.quickstart import database
from nova_pci_ext.quickstart import placement_service
from nova_pci_ext.quickstart import services
from nova_pci_ext.quickstart import settings
from nova_pci_ext.quickstart import stand_ins
from nova_pci_ext.quickstart import web

Say = Callable[[str], None]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """A running embedded Nova.

    :ivar api_url: Nova's API, ``http://127.0.0.1:PORT/v2.1``
    :ivar computes: host name -> service
    :ivar state_paths: host name -> folder of that compute
    """

    api_url: str
    placement_url: str
    conductor: services.Service
    scheduler: services.Service
    computes: dict[str, services.Service]
    state_paths: dict[str, pathlib.Path]
    stand_ins: stand_ins.StandIns


@contextlib.contextmanager
def run_cloud(nova_conf: pathlib.Path, folder: pathlib.Path,
              inventories: Iterable[inventory.Inventory],
              physnets: Iterable[str], say: Say, *,
              debug: bool = False) -> Iterator[Cloud]:
    """Start an embedded Nova, yield it, and stop it.

    Nova's configuration is global, so a process can do this once.

    :param folder: an empty folder for everything that is written
    :param inventories: one compute is started for each
    :param physnets: physical networks that get a network in Neutron
    :param say: called with one line for each step
    """
    install.find_drivers()
    objects.register_all()
    # Before fixtures stand in for parts of Nova.
    install.install(Part.SCHEDULER, Part.COMPUTE, Part.RECORDED)
    with contextlib.ExitStack() as stack:
        placement = stack.enter_context(
            placement_service.serve_placement(folder))
        say(f'Placement answers at {placement.url}')
        settings.load_settings(nova_conf, folder, placement.url, debug=debug)
        stack.callback(rpc.cleanup)
        stack.enter_context(database.one_writer())
        database.create_databases(folder)
        say('databases: api, cell0, cell1 (SQLite)')
        stubs = stack.enter_context(stand_ins.StandIns(physnets))
        say("Neutron and Glance: Nova's test fixtures stand in for them")
        conductor = _stopping(stack, services.start_conductor())
        scheduler = _stopping(stack, services.start_scheduler())
        say('nova-conductor and nova-scheduler run')
        computes, state_paths = {}, {}
        for found in inventories:
            state_path = _write_state(folder, found)
            computes[found.host] = _stopping(
                stack, services.start_compute(found.host, state_path))
            state_paths[found.host] = state_path
            say(f'nova-compute runs on {found.host}: '
                f'{len(found.devices)} PCI devices recorded')
        database.map_hosts()
        api = stack.enter_context(web.WebServer(services.load_api()))
        say(f"Nova's API answers at {api.url}/v2.1")
        yield Cloud(
            api_url=f'{api.url}/v2.1', placement_url=placement.url,
            conductor=conductor, scheduler=scheduler, computes=computes,
            state_paths=state_paths, stand_ins=stubs)


def _write_state(folder: pathlib.Path,
                 found: inventory.Inventory) -> pathlib.Path:
    state_path = folder / found.host
    state_path.mkdir()
    inventory_file.write_inventory(
        found, state_path / services.INVENTORY_FILE)
    return state_path


def _stopping(stack: contextlib.ExitStack,
              service: services.Service) -> services.Service:
    stack.callback(service.stop)
    return service
