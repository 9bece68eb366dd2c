# SPDX-License-Identifier: Apache-2.0

"""Recorded hosts of the scenes of explain, under their configuration."""

import contextlib
import dataclasses
import pathlib

from nova import objects

from nova_pci_ext import install
from nova_pci_ext.configuration import loader
from nova_pci_ext.configuration.config_files import SourceKind
from nova_pci_ext.discovery import inventory
from nova_pci_ext.explaining import run
from nova_pci_ext.explaining.server_request import ServerRequest
from nova_pci_ext.novaobj.hooks import Part
from nova_pci_ext.planning import recorded_fleet

HOSTS = pathlib.Path(__file__).parents[2] / 'data' / 'explain'


def load():
    return loader.load_files([(SourceKind.FILE, HOSTS / 'nova.conf')])


def host(name, called=None):
    found = inventory.read_inventory(HOSTS / f'{name}.json')
    return dataclasses.replace(found, host=called or found.host)


@contextlib.contextmanager
def fleet(*inventories):
    """The hosts, while their configuration is set."""
    install.install(Part.EXPLAIN)
    objects.register_all()
    with run.configured(load()):
        yield recorded_fleet.RecordedFleet(inventories)


def server(alias, **more):
    return ServerRequest(extra_specs={'pci_passthrough:alias': alias,
                                      **more})
