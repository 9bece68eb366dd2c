# SPDX-License-Identifier: Apache-2.0

"""The server that a command is asked about: arguments, and what they mean."""

import argparse
import pathlib
from collections.abc import Mapping
from collections.abc import Sequence

from nova_pci_ext import exceptions
from nova_pci_ext.cli import files
from nova_pci_ext.configuration import checking
from nova_pci_ext.configuration import loader
from nova_pci_ext.configuration.loader import PciConfiguration
from nova_pci_ext.discovery import whole_files
from nova_pci_ext.explaining import server_request
from nova_pci_ext.parsing import flavor
from nova_pci_ext.parsing import image_file

# Nova's columns for vCPUs and memory are 32 bits wide.
_LARGEST = 2 ** 31 - 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what describes a server."""
    parser.add_argument('--flavor', metavar='NAME',
                        help='a flavor of the cloud')
    parser.add_argument(
        '--extra-spec', action='append', default=[], metavar='KEY=VALUE',
        help='an extra spec, on top of those of the flavor, such as '
             'pci_passthrough:alias=a1:2; may be repeated')
    parser.add_argument(
        '--image', type=files.to_read, metavar='FILE',
        help='properties of the image, as openstack image show -f json '
             'prints them, - for the standard input; without it the image '
             'has none')
    parser.add_argument(
        '--numa-cells', type=positive, metavar='NUMBER',
        help='NUMA cells of the guest: the same as '
             '--extra-spec hw:numa_nodes=NUMBER')
    parser.add_argument(
        '--vcpus', type=positive, metavar='NUMBER',
        help='of a server without --flavor; one for each NUMA cell if not '
             'given')
    parser.add_argument(
        '--ram', type=positive, metavar='MIB', default=512,
        help='of a server without --flavor; 512 if not given')
    parser.add_argument(
        '--port', action='append', default=[], metavar='UUID',
        help='a port of the cloud; may be repeated')
    parser.add_argument(
        '--vnic-type', action='append', default=[],
        choices=server_request.VNIC_TYPES, metavar='TYPE',
        help='a port that need not exist; may be repeated: '
             + ', '.join(server_request.VNIC_TYPES))
    parser.add_argument(
        '--physical-network', action='append', default=[], metavar='NAME',
        help='the physical network of the port that the option at the same '
             'place among the --vnic-type describes; those without are on a '
             'tunnelled network. Without --vnic-type ports are direct')


def positive(text: str) -> int:
    """Read a number of at least 1, and no more than any table of Nova has."""
    if not (text.isascii() and text.isdigit()
            and 1 <= int(text[:10]) <= _LARGEST and len(text) <= 10):
        raise argparse.ArgumentTypeError(
            f'expected a whole number from 1 to {_LARGEST}, got {text!r}')
    return int(text)


def read(asked: argparse.Namespace) -> server_request.ServerRequest:
    """Put together what was asked.

    :raises ServerRequestError: when the words do not go together
    """
    specs = {}
    for text in asked.extra_spec:
        key, equals, value = text.partition('=')
        if not equals:
            raise exceptions.ServerRequestError(
                f'--extra-spec {text}: expected KEY=VALUE')
        guess = flavor.meant_key(key)
        if guess is not None:
            raise exceptions.ServerRequestError(
                f'--extra-spec {key}: no device depends on it; did you mean '
                f'{guess}?')
        specs[key] = value
    if asked.numa_cells:
        specs['hw:numa_nodes'] = str(asked.numa_cells)
    if asked.inventory and (asked.flavor or asked.port):
        raise exceptions.ServerRequestError(
            f'--{"flavor" if asked.flavor else "port"} names something of '
            'the cloud, and --inventory asks recorded hosts; expected '
            '--extra-spec, --vnic-type and --physical-network')
    return server_request.ServerRequest(
        flavor=asked.flavor, extra_specs=specs, count=asked.count,
        image=_image(asked.image),
        vcpus=asked.vcpus or asked.numa_cells or 1, ram_mb=asked.ram,
        port_ids=tuple(asked.port),
        ports=_ports(asked.vnic_type, asked.physical_network))


def _image(path: pathlib.Path | None) -> Mapping[str, str]:
    return {} if path is None else image_file.parse_image(
        whole_files.read(path), str(path))


def _ports(vnic_types: Sequence[str],
           networks: Sequence[str]) -> tuple[server_request.Port, ...]:
    if vnic_types and len(networks) > len(vnic_types):
        raise exceptions.ServerRequestError(
            f'{len(networks)} --physical-network for {len(vnic_types)} '
            '--vnic-type; expected one for each at most')
    names = [*networks, *[None] * (len(vnic_types) - len(networks))]
    types = vnic_types or ['direct'] * len(networks)
    return tuple(
        server_request.Port(name=f'port-{number}', vnic_type=kind,
                  physical_network=name)
        for number, (kind, name) in enumerate(
            zip(types, names, strict=True), 1))


def load(asked: argparse.Namespace,
         wanted: server_request.ServerRequest) -> PciConfiguration:
    """Load the configuration that hosts and requests are under.

    :raises ConfigErrors: with every fault that a service would refuse
    """
    loaded = loader.load_files(asked.sources)
    aliases = wanted.extra_specs.get(flavor.ALIAS_KEY)
    errors = checking.check(
        loaded, flavors=[aliases] if aliases else [], services=False).errors
    if errors:
        raise exceptions.ConfigErrors('faults in the configuration', errors)
    return loaded
