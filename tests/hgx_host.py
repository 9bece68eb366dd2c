# SPDX-License-Identifier: Apache-2.0

"""A host like an HGX: eight GPUs, eight NICs, and partitions of NVLink.

Made up from what is public of such boards; not seen on hardware. On each of
two NUMA nodes::

    root complex ── root port ── switch ─┬─ NIC ── VFs
                                         ├─ NIC ── VFs
                                         ├─ GPU
                                         └─ GPU
    root complex ── root port ── switch ── (the same)

The fabric manager counts modules in an order that is not that of the
addresses: modules 1 to 4 are on NUMA node 1. Two of the four pairs have their
GPUs on different switches. ``data/hgx-host`` has the host as files;
``python -m tests.hgx_host`` writes them again.
"""

import json
import pathlib

from nova_pci_ext.discovery import inventory as inventory_file
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.device import Device
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.inventory import HostReadiness
from nova_pci_ext.model.inventory import Inventory
from nova_pci_ext.model.inventory import ModuleState
from nova_pci_ext.model.inventory import NumaCell

DATA = pathlib.Path(__file__).parent / 'data' / 'hgx-host'
VFS = 4

# Bus of a root complex, buses of the NICs and the GPUs on its switch, and
# their NUMA node.
_TREES = (
    (0x0a, (0x0d, 0x0e), (0x0f, 0x10), 0),
    (0x3c, (0x3f, 0x40), (0x41, 0x44), 0),
    (0x80, (0x83, 0x84), (0x86, 0x87), 1),
    (0xb2, (0xb6, 0xb7), (0xb8, 0xbb), 1),
)
#: Address of a GPU by its module id.
MODULES = {
    1: '0000:b8:00.0', 2: '0000:86:00.0', 3: '0000:bb:00.0',
    4: '0000:87:00.0', 5: '0000:44:00.0', 6: '0000:10:00.0',
    7: '0000:0f:00.0', 8: '0000:41:00.0',
}
#: Module ids of the partitions of NVLink by the fabric manager's number.
PARTITIONS = {
    0: (1, 2, 3, 4, 5, 6, 7, 8), 1: (1, 2, 3, 4), 2: (5, 6, 7, 8),
    3: (1, 3), 4: (2, 4), 5: (5, 7), 6: (6, 8),
    **{6 + module: (module,) for module in range(1, 9)},
}


def host(name='hgx', vfs=VFS):
    """Return the host as an inventory.

    :param vfs: VFs of each NIC; with 0 the NICs are handed out whole
    """
    trees = [device for tree in _TREES for device in _tree(*tree, vfs)]
    return Inventory(
        host=name, origin='made up: a host like an HGX',
        devices=tuple(sorted([*trees, *_switches_of_nvlink()],
                             key=lambda each: each.address)),
        numa_cells=tuple(
            NumaCell(id=node, cpus=tuple(range(56 * node, 56 * node + 56)),
                     memory_mb=1048576, socket=node) for node in (0, 1)),
        readiness=HostReadiness(
            iommu_groups=128, firmware_tables=('DMAR',),
            kernel_options=('intel_iommu=on', 'iommu=pt'),
            interrupt_remapping=True, vfio_pci=ModuleState.LOADED,
            cpu_flags=('vmx',)))


def groups():
    """Return the partitions as values of ``[pci_ext] device_group``."""
    return [{'type': 'nvlink', 'name': f'p{number}',
             'addresses': [MODULES[module] for module in modules]}
            for number, modules in PARTITIONS.items()]


def partition_table():
    """Return the partitions as the fabric manager's ``fmpm -l`` prints."""
    return {'maxNumPartitions': len(PARTITIONS),
            'numPartitions': len(PARTITIONS), 'partitionInfo': [
                {'gpuInfo': [
                    {'maxNumNvLinks': links, 'numNvLinksAvailable': links,
                     'nvlinkLineRateMBps': 26562,
                     'pciBusId': '00000000:00:00.0', 'physicalId': module,
                     'uuid': ''} for module in modules],
                 'isActive': 0, 'numGpus': len(modules),
                 'partitionId': number}
                for number, modules in PARTITIONS.items()
                for links in [18 if len(modules) > 1 else 0]],
            'version': 16909068}


def module_map():
    """Return what ``nvidia-smi -q`` says of modules and addresses."""
    shown = [f'GPU 0000{address.upper()}\n'
             f'    Product Name                          : '
             f'NVIDIA H100 80GB HBM3\n'
             f'    Module ID                             : {module}\n'
             f'    PCI\n'
             f'        Bus Id                            : '
             f'0000{address.upper()}\n'
             for address, module in sorted(
                 (address, module) for module, address in MODULES.items())]
    return '\n'.join(['==============NVSMI LOG==============\n',
                      f'Attached GPUs                             : '
                      f'{len(shown)}', *shown])


def configuration():
    """Return the options of nova-compute and of the aliases."""
    return ''.join([
        '# GPUs with their partitions, and the VFs of the NICs.\n[pci]\n',
        *(f'{name} = {json.dumps(value)}\n' for name, value in (
            ('device_spec', {'vendor_id': '10de', 'product_id': '2330'}),
            ('device_spec', {'vendor_id': '15b3', 'product_id': '101e',
                             'physical_network': 'fabric'}),
            ('alias', {'name': 'gpu', 'vendor_id': '10de',
                       'product_id': '2330', 'device_type': 'type-PF'}),
            ('alias', {'name': 'nic', 'vendor_id': '15b3',
                       'product_id': '101e', 'device_type': 'type-VF'}))),
        '\n[pci_ext]\n',
        *(f'device_group = {json.dumps(group)}\n' for group in groups())])


def texts():
    """Return the content of each file by its name."""
    return {'inventory.json': inventory_file.format_inventory(host()),
            'nova.conf': configuration(), 'nvidia-smi.txt': module_map(),
            'fmpm.json': json.dumps(partition_table(), indent=3) + '\n'}


def write():
    """Write the files."""
    DATA.mkdir(exist_ok=True)
    for name, text in texts().items():
        (DATA / name).write_text(text, 'utf-8')


def _tree(bus, nics, gpus, node, vfs):
    """Yield what is below one root complex: bridges, NICs, GPUs."""
    port, upstream = f'0000:{bus:02x}:01.0', f'0000:{bus + 1:02x}:00.0'
    path = (f'pci0000:{bus:02x}',)
    yield _bridge(port, '8086', '352a', node, path)
    path += (port,)
    yield _bridge(upstream, '1000', 'c030', node, path)
    path += (upstream,)
    for slot, below in enumerate((*nics, *gpus)):
        downstream = f'0000:{bus + 2:02x}:{slot:02x}.0'
        yield _bridge(downstream, '1000', 'c030', node, path)
        where = {'numa_node': node, 'pci_path': (*path, downstream)}
        yield from (_nic(below, vfs, where) if below in nics
                    else [_gpu(below, where)])


def _bridge(address, vendor, product, node, path):
    return Device(
        address=PciAddress.parse(address), vendor_id=vendor,
        product_id=product, dev_type=DeviceType.PCI, class_code='060400',
        driver='pcieport', numa_node=node, pci_path=path)


def _gpu(bus, where):
    return Device(
        address=PciAddress(0, bus, 0, 0), vendor_id='10de',
        product_id='2330', dev_type=DeviceType.PF, class_code='030200',
        driver='vfio-pci', iommu_group=bus, total_vfs=16, **where)


def _nic(bus, vfs, where):
    """Yield a NIC of one port with its VFs."""
    pf = PciAddress(0, bus, 0, 0)
    common = {'vendor_id': '15b3', 'class_code': '020000',
              'driver': 'mlx5_core', **where}
    yield Device(
        address=pf, product_id='1021', dev_type=DeviceType.PF,
        serial=f'MT23{bus:02d}X00001', total_vfs=16, num_vfs=vfs,
        vf_product_id='101e', iommu_group=bus, netdevs=(f'ens{bus}np0',),
        mac=f'a0:88:c2:00:00:{bus:02x}', link_state='up',
        link_speed_mbps=400000, **common)
    for number in range(vfs):
        yield Device(
            address=PciAddress(0, bus, *divmod(number + 1, 8)),
            product_id='101e', dev_type=DeviceType.VF, parent=pf,
            vf_index=number, iommu_group=1000 + 16 * bus + number, **common)


def _switches_of_nvlink():
    """Yield the switches of NVLink: on the host for its fabric manager."""
    for slot in range(4):
        port = f'0000:c6:{slot:02x}.0'
        yield _bridge(port, '8086', '352a', 1, ('pci0000:c6',))
        yield Device(
            address=PciAddress(0, 0xc7 + slot, 0, 0), vendor_id='10de',
            product_id='22a3', dev_type=DeviceType.PCI, numa_node=1,
            class_code='068000', driver='nvidia-nvswitch', iommu_group=500,
            pci_path=('pci0000:c6', port))


if __name__ == '__main__':
    write()
