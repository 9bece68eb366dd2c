# SPDX-License-Identifier: Apache-2.0

"""IOMMU groups and drivers of what guests get."""

from tests.host_scenes.registry import GROUPS
from tests.host_scenes.registry import scene


@scene(GROUPS)
def gpu_with_companions(tree):
    """A GPU whose sound device is on vfio-pci, and whose USB has no driver."""
    tree.device('0000:3a:00.0', '8086:2030', '060400', 'pcieport', group=5)
    for number, (ids, kind, driver) in enumerate((
            ('10de:1e30', '030000', 'vfio-pci'),
            ('10de:10f7', '040300', 'vfio-pci'),
            ('10de:1ad6', '0c0330', 'vfio-pci'),
            ('10de:1ad7', '0c8000', None))):
        tree.device(f'0000:3b:00.{number}', ids, kind, driver, group=5,
                    above='pci0000:3a/0000:3a:00.0')
    return ['{"vendor_id": "10de", "product_id": "1e30"}']


@scene(GROUPS, shown=False)
def gpu_and_audio_together(tree):
    """A GPU and its sound device."""
    gpu_with_companions(tree)
    return ['{"vendor_id": "10de", "product_id": "1e30"}',
            '{"vendor_id": "10de", "product_id": "10f7"}']


@scene(GROUPS)
def hgx_with_nvswitches(tree):
    """An HGX with its NVSwitches, all for guests."""
    for number in range(8):
        tree.device(f'0000:{0x19 + number * 8:02x}:00.0', '10de:2330',
                    '030200', 'vfio-pci', vfs=16)
    for number in range(4):
        tree.device(f'0000:0{5 + number}:00.0', '10de:22a3', '068000',
                    'vfio-pci')
    return ['{"vendor_id": "10de", "product_id": "2330"}',
            '{"vendor_id": "10de", "product_id": "22a3"}']


@scene(GROUPS, shown=False)
def power9_with_many_domains(tree):
    """GPUs of a POWER9 in several PCI domains."""
    for address in ('0004:04:00.0', '0004:05:00.0', '0035:03:00.0'):
        tree.device(address, '10de:1db5', '030200', 'vfio-pci')
    tree.file('proc/cpuinfo', 'cpu\t: POWER9\n')
    tree.file('proc/interrupts', ' 16: 7 XIVE-IPI 0 Edge IPI\n'
              ' 24: 0 PNV-PCI-MSI 65536 Edge nvidia\n')
    return ['{"vendor_id": "10de", "product_id": "1db5"}']


@scene(GROUPS, shown=False)
def functions_of_a_mainframe(tree):
    """VFs of a mainframe, each in a PCI domain of its own."""
    for address in ('0001:00:00.0', '0002:00:00.0'):
        tree.device(address, '15b3:101e', '020000', 'mlx5_core')
    tree.file('proc/cpuinfo', 'vendor_id : IBM/S390\n')
    tree.file('proc/interrupts', '           CPU0\nEXT:  100\n  PCI:  7\n'
              '  MSI:  9\n')
    return ['{"product_id": "101e", "physical_network": "p"}']


@scene(GROUPS, shown=False)
def vfs_below_a_pf_on_vfio(tree):
    """VFs of a PF that vfio-pci holds."""
    tree.device('0000:6b:00.0', '8086:4940', '0b4000', 'vfio-pci', vfs=2)
    for number in (1, 2):
        tree.device(f'0000:6b:00.{number}', '8086:4941', '0b4000',
                    'vfio-pci', pf='0000:6b:00.0')
    return ['{"product_id": "4941"}'], [
        'warning: [pci] device_spec[0]: 0000:6b:00.1, 0000:6b:00.2 are below '
        'PF 0000:6b:00.0, which vfio-pci holds: a guest gets the VFs of such '
        'a PF with its token only; give the PF back to its own driver']


@scene(GROUPS, shown=False)
def card_whose_vf_serves_a_mediated_device(tree):
    """A PF one of whose VFs serves a mediated device."""
    mdev = '6f2a9d1c-0b3e-4c58-9d11-1f5a7c0e2b34'
    tree.device('0000:41:00.0', '10de:2235', '030200', 'nvidia', vfs=2)
    place = tree.device('0000:41:00.4', '10de:2235', '030200', 'nvidia',
                        pf='0000:41:00.0')
    tree.device('0000:41:00.5', '10de:2235', '030200', 'nvidia',
                pf='0000:41:00.0')
    tree.file(f'{place}/{mdev}/mdev_type/name', 'NVIDIA A40-8Q\n')
    return ['{"address": {"bus": "41", "slot": "00", "function": "0"}}'], [
        'warning: [pci] device_spec[0]: 0000:41:00.0 is the PF of '
        '0000:41:00.4, in use by mediated devices; leave it out, or remove '
        f'{mdev}']


@scene(GROUPS)
def vgpus_of_a_vendor(tree):
    """VFs that NVIDIA's driver made vGPUs."""
    tree.device('0001:42:00.0', '10de:2bb5', '030200', 'nvidia', vfs=48)
    for number in range(2, 5):
        tree.device(f'0001:42:00.{number}', '10de:2bb5', '030200', 'nvidia',
                    pf='0001:42:00.0', nvidia__current_vgpu_type='1153')
    return ['{"address": {"domain": "0001", "bus": "42", "slot": "00", '
            '"function": "[2-7]"}, "managed": "no"}']


@scene(GROUPS, shown=False)
def vfs_on_a_variant_of_vfio_pci(tree):
    """VFs on mlx5_vfio_pci, with managed off."""
    tree.nic('0000:3b:00.0', 'ens1', '15b3:101d', 'mlx5_core', vfs=4)
    for number in range(2, 5):
        tree.device(f'0000:3b:00.{number}', '15b3:101e', '020000',
                    'mlx5_vfio_pci', pf='0000:3b:00.0')
    return ['{"product_id": "101e", "managed": "no", "live_migratable": '
            '"yes", "physical_network": "p"}']


@scene(GROUPS)
def gpus_for_a_service_in_a_container(tree):
    """GPUs, and nova-compute in a container."""
    tree.file('proc/self/mountinfo', '')
    tree.mount('/', kind='overlay')
    tree.mount('/etc/nova', 'nvme90n1')
    tree.device('0000:3b:00.0', '10de:20b0', '030200', 'vfio-pci')
    return ['{"vendor_id": "10de", "product_id": "20b0"}']


@scene(GROUPS)
def one_nvswitch_of_a_group(tree):
    """One NVSwitch of two that share an IOMMU group."""
    for number in range(2):
        tree.device(f'0000:0{5 + number}:00.0', '10de:22a3', '068000',
                    'nvidia-nvswitch', group=114)
    return ['{"address": "0000:05:00.0"}'], [
        'warning: [pci] device_spec: hands out only a part of IOMMU group '
        '114; a guest cannot get it while the host keeps 0000:06:00.0']


@scene(GROUPS)
def two_gpus_of_a_group(tree):
    """Two GPUs that share an IOMMU group."""
    for bus in ('01', '02'):
        tree.device(f'0000:{bus}:00.0', '10de:1b06', '030000', 'vfio-pci',
                    group=1)
    return ['{"vendor_id": "10de", "product_id": "1b06"}'], [
        'warning: [pci] device_spec: hands out 2 devices of IOMMU group 1; '
        'they go to one guest at a time: 0000:01:00.0, 0000:02:00.0']


@scene(GROUPS)
def vgpu_that_is_none_yet(tree):
    """A VF of a GPU that has no vGPU type yet."""
    vgpus_of_a_vendor(tree)
    tree.file(f'{tree.places["0001:42:00.4"]}/nvidia/current_vgpu_type',
              '0\n')
    return ['{"address": "0001:42:00.4", "managed": "no"}'], [
        'warning: [pci] device_spec[0]: 0001:42:00.4 is not a vGPU yet; write '
        'the number of a type to nvidia/current_vgpu_type of the device']


@scene(GROUPS)
def every_device_of_a_vendor(tree):
    """All devices of a vendor on a bus, the root port among them."""
    tree.device('0000:3a:00.0', '8086:2030', '060400', 'pcieport')
    tree.device('0000:3a:01.0', '8086:2031', '068000')
    return ['{"vendor_id": "8086", "address": "*:3a:*.*"}'], [
        "warning: [pci] device_spec[0]: 0000:3a:00.0 is part of the host's "
        'bus, which no guest can get; expected an entry that leaves bridges '
        'out']


def _group(tree, *devices):
    """Draw devices of one IOMMU group."""
    for address, ids, kind, driver in devices:
        tree.device(address, ids, kind, driver, group=5)


@scene(GROUPS, shown=False)
def root_port_in_the_group(tree):
    """A GPU of a board whose root port is in the group."""
    _group(tree, ('0000:00:01.0', '8086:1901', '060400', 'pcieport'),
           ('0000:01:00.0', '10de:1b80', '030000', 'vfio-pci'),
           ('0000:01:00.1', '10de:10f0', '040300', 'vfio-pci'))
    return ['{"product_id": "1b80"}']


@scene(GROUPS, shown=False)
def host_bridge_in_the_group(tree):
    """A GPU of AMD whose host bridge is in the group."""
    _group(tree, ('0000:00:08.0', '1022:1632', '060000', None),
           ('0000:00:08.1', '1022:1635', '060400', 'pcieport'),
           ('0000:05:00.0', '1002:1636', '030000', 'vfio-pci'))
    return ['{"product_id": "1636"}']


@scene(GROUPS)
def sound_on_a_driver_of_the_host(tree):
    """A GPU whose sound device is on the driver of the host."""
    _group(tree, ('0000:3b:00.0', '10de:2204', '030000', 'vfio-pci'),
           ('0000:3b:00.1', '10de:1aef', '040300', 'snd_hda_intel'))
    return ['{"product_id": "2204"}'], [_part('0000:3b:00.1')]


@scene(GROUPS, shown=False)
def function_of_a_switch(tree):
    """A GPU below a switch with a function on a driver."""
    _group(tree, ('0000:3b:00.0', '10b5:8747', '060400', 'pcieport'),
           ('0000:3b:00.1', '10b5:87d0', '088000', 'plx_dma'),
           ('0000:3d:00.0', '10de:13f2', '030000', 'vfio-pci'))
    return ['{"product_id": "13f2"}'], [_part('0000:3b:00.1')]


@scene(GROUPS, shown=False)
def functions_of_a_board(tree):
    """The sound device of a board."""
    _group(tree, ('0000:00:1f.0', '8086:a30e', '060100', None),
           ('0000:00:1f.3', '8086:a348', '040300', 'vfio-pci'),
           ('0000:00:1f.4', '8086:a323', '0c0500', 'i801_smbus'))
    return ['{"product_id": "a348"}'], [_part('0000:00:1f.4')]


def _part(address):
    return ('warning: [pci] device_spec: hands out only a part of IOMMU '
            'group 5; a guest cannot get it while the host keeps ' + address)


@scene(GROUPS)
def vfs_in_the_group_of_their_pf(tree):
    """VFs of a NIC on a board without ACS."""
    tree.nic('0000:3b:00.0', 'ens1', '8086:10fb', 'ixgbe', vfs=63, group=5)
    for function in (0, 2):
        tree.device(f'0000:3b:10.{function}', '8086:10ed', '020000',
                    pf='0000:3b:00.0', group=5)
    return ['{"product_id": "10ed", "physical_network": "p"}'], [
        _part('0000:3b:00.0'),
        'warning: [pci] device_spec: hands out 2 devices of IOMMU group 5; '
        'they go to one guest at a time: 0000:3b:10.0, 0000:3b:10.2']


@scene(GROUPS, shown=False)
def accelerators_with_vfs(tree):
    """VFs of a QAT and of an AMD Instinct."""
    tree.device('0000:6b:00.0', '8086:4940', '0b4000', '4xxx', vfs=16)
    tree.device('0000:6b:00.1', '8086:4941', '0b4000', pf='0000:6b:00.0')
    tree.device('0000:05:00.0', '1002:74a1', '120000', 'amdgpu', vfs=8)
    tree.device('0000:05:02.0', '1002:74b5', '120000', pf='0000:05:00.0')
    return ['{"product_id": "4941"}', '{"product_id": "74b5"}']


@scene(GROUPS, shown=False)
def grace_hopper(tree):
    """A Grace Hopper on its variant of vfio-pci."""
    tree.device('0009:01:00.0', '10de:2342', '030200',
                'nvgrace_gpu_vfio_pci')
    return ['{"product_id": "2342", "managed": "no"}']


@scene(GROUPS, shown=False)
def switches_of_an_hgx_for_the_host(tree):
    """GPUs of an HGX whose switches the host keeps."""
    tree.device('0000:1b:00.0', '10de:20b0', '030200', 'vfio-pci')
    tree.device('0000:05:00.0', '10de:1af1', '068000', 'nvidia-nvswitch')
    return ['{"product_id": "20b0"}']


@scene(GROUPS, shown=False)
def mediated_devices(tree):
    """A GPU that serves a mediated device."""
    uuid = 'b7d7c8a2-1111-4222-8333-444455556666'
    place = tree.device('0000:3b:00.0', '10de:1eb8', '030200', 'nvidia')
    tree.file(f'{place}/{uuid}/x', '')
    return ['{"product_id": "1eb8"}'], [
        'warning: [pci] device_spec[0]: 0000:3b:00.0 is in use by mediated '
        f'devices; leave it out, or remove {uuid}']


@scene(GROUPS)
def parts_of_the_board(tree):
    """The host bridge and the ISA bridge of a board."""
    tree.device('0000:00:00.0', '8086:2020', '060000')
    tree.device('0000:00:1f.0', '8086:a1c1', '060100')
    return ['{"vendor_id": "8086", "address": "0000:00:*.*"}'], [
        'warning: [pci] device_spec[0]: 0000:00:00.0, 0000:00:1f.0 are a '
        'part of the board, which is of no use to a guest; expected an entry '
        'that leaves it out']


@scene(GROUPS)
def driver_of_dpdk(tree):
    """A VF on a driver of DPDK, with managed off."""
    tree.nic('0000:3b:00.0', 'ens1', vfs=4)
    tree.device('0000:3b:02.0', '8086:1889', '020000', 'igb_uio',
                pf='0000:3b:00.0')
    return ['{"product_id": "1889", "managed": "no"}'], [
        'warning: [pci] device_spec[0]: 0000:3b:02.0 is held by igb_uio; '
        'with managed off, bind it to vfio-pci']
