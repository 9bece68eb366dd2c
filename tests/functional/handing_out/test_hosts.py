# SPDX-License-Identifier: Apache-2.0

"""Whole hosts, drawn as trees: what is said of them, and what is not.

The first half are healthy hosts, of which an expert would wave every warning
away; the second are hosts on which something is wrong.
"""

import pytest

from nova_pci_ext import parsing
from nova_pci_ext.cli import main
from nova_pci_ext.discovery import sysfs
from nova_pci_ext.handing_out import coverage
from nova_pci_ext.handing_out import host_faults
from tests.sysfs_tree import Tree

SUBSYSTEM = 'sys/devices/virtual/nvme-subsystem/nvme-subsys0'
LEAVE = 'expected an entry that leaves this device out'


@pytest.fixture
def tree(tmp_path):
    """A host that runs from a disk of its own, over a NIC of its own."""
    found = Tree(tmp_path / 'host')
    found.nvme('0000:f0:00.0', 90, above='pci0000:f0')
    found.mount('/', 'nvme90n1')
    found.nic('0000:f1:00.0', 'eno1', above='pci0000:f0')
    found.route('eno1')
    found.route('eno1', '0000000A', '000000FF')
    return found


def said(tree, *texts):
    """Return what is said of the host under some entries."""
    found = sysfs.read_host('h', tree.root)
    specs = parsing.parse_device_specs(
        parsing.option_values('device_spec', texts), parsing.Faults())
    covered = coverage.cover(specs, found)
    return [*(f'error: {each}' for each in host_faults.errors(
            covered, found)),
            *(f'warning: {each}'
              for each in host_faults.warnings(covered, found))]


def gpu_with_companions(tree):
    tree.device('0000:3a:00.0', '8086:2030', '060400', 'pcieport', group=5)
    for number, (ids, kind, driver) in enumerate((
            ('10de:1e30', '030000', 'vfio-pci'),
            ('10de:10f7', '040300', 'vfio-pci'),
            ('10de:1ad6', '0c0330', 'vfio-pci'),
            ('10de:1ad7', '0c8000', None))):
        tree.device(f'0000:3b:00.{number}', ids, kind, driver, group=5,
                    above='pci0000:3a/0000:3a:00.0')
    return ['{"vendor_id": "10de", "product_id": "1e30"}']


def gpu_and_audio_together(tree):
    gpu_with_companions(tree)
    return ['{"vendor_id": "10de", "product_id": "1e30"}',
            '{"vendor_id": "10de", "product_id": "10f7"}']


def hgx_with_nvswitches(tree):
    for number in range(8):
        tree.device(f'0000:{0x19 + number * 8:02x}:00.0', '10de:2330',
                    '030200', 'vfio-pci', vfs=16)
    for number in range(4):
        tree.device(f'0000:0{5 + number}:00.0', '10de:22a3', '068000',
                    'vfio-pci')
    return ['{"vendor_id": "10de", "product_id": "2330"}',
            '{"vendor_id": "10de", "product_id": "22a3"}']


def power9_with_many_domains(tree):
    for address in ('0004:04:00.0', '0004:05:00.0', '0035:03:00.0'):
        tree.device(address, '10de:1db5', '030200', 'vfio-pci')
    return ['{"vendor_id": "10de", "product_id": "1db5"}']


def switchdev_with_representors(tree):
    place = tree.nic('0000:3b:00.0', 'p4p1', '15b3:101d', 'mlx5_core', vfs=4)
    tree.file(f'{place}/net/p4p1/phys_port_name', 'p0\n')
    for number in range(2):
        tree.interface(f'eth{number}', f'{place}/net/eth{number}',
                       port=f'pf0vf{number}')
        tree.device(f'0000:3b:00.{number + 2}', '15b3:101e', '020000',
                    pf='0000:3b:00.0')
    tree.interface('ovs-system', lower=['eth0', 'eth1', 'p4p1'])
    return ['{"vendor_id": "15b3", "product_id": "101e", '
            '"physical_network": "p"}']


def vfs_beside_a_bond_of_two(tree):
    """The host has VFs of its own; the others are for guests."""
    for function in range(2):
        pf = f'0000:18:00.{function}'
        tree.nic(pf, f'ens1f{function}', '8086:158b', 'i40e', vfs=8)
        for number in range(3):
            tree.device(f'0000:18:0{2 + function}.{number}', '8086:154c',
                        '020000', 'iavf' if number == 0 else None, pf=pf)
        place = tree.places[f'0000:18:0{2 + function}.0']
        tree.interface(f'v{function}', f'{place}/net/v{function}')
    tree.interface('bond0', lower=['v0', 'v1'], kind='bond')
    tree.file('proc/net/route', 'header\n')
    tree.route('bond0')
    return ['{"address": {"bus": "18", "slot": "0[23]", "function": '
            '"[12]"}, "physical_network": "p"}']


def data_disks_beside_a_root_with_multipath(tree):
    tree.file('proc/self/mountinfo', '')
    place = tree.device('0000:65:00.0', '144d:a80a', '010802', 'nvme')
    tree.file(f'{place}/nvme/nvme0/nvme0c0n1/x', '')
    tree.link(f'{SUBSYSTEM}/nvme0', f'{place}/nvme/nvme0')
    tree.disk('nvme0n1', f'{SUBSYSTEM}/nvme0n1', '259:0')
    tree.mount('/', 'nvme0n1')
    for number in (1, 2):
        tree.nvme(f'0000:6{5 + number}:00.0', number)
    return ['{"address": "0000:66:00.0"}', '{"address": "0000:67:00.0"}']


def vgpus_of_a_vendor(tree):
    tree.device('0001:42:00.0', '10de:2bb5', '030200', 'nvidia', vfs=48)
    for number in range(2, 5):
        tree.device(f'0001:42:00.{number}', '10de:2bb5', '030200', 'nvidia',
                    pf='0001:42:00.0', nvidia__current_vgpu_type='1153')
    return ['{"address": {"domain": "0001", "bus": "42", "slot": "00", '
            '"function": "[2-7]"}, "managed": "no"}']


def vfs_on_a_variant_of_vfio_pci(tree):
    tree.nic('0000:3b:00.0', 'ens1', '15b3:101d', 'mlx5_core', vfs=4)
    for number in range(2, 5):
        tree.device(f'0000:3b:00.{number}', '15b3:101e', '020000',
                    'mlx5_vfio_pci', pf='0000:3b:00.0')
    return ['{"product_id": "101e", "managed": "no", "live_migratable": '
            '"yes", "physical_network": "p"}']


def gpus_for_a_service_in_a_container(tree):
    """The root file system of the container is of no concern to GPUs."""
    tree.file('proc/self/mountinfo', '')
    tree.mount('/', kind='overlay')
    tree.mount('/etc/nova', 'nvme90n1')
    tree.device('0000:3b:00.0', '10de:20b0', '030200', 'vfio-pci')
    return ['{"vendor_id": "10de", "product_id": "20b0"}']


def disks_below_vmd_for_the_host(tree):
    tree.device('0000:64:05.5', '8086:201d', '010400', 'vmd')
    tree.nvme('10000:01:00.0', 3,
              above='pci0000:64/0000:64:05.5/pci10000:00/10000:00:02.0')
    tree.mount('/srv', 'nvme3n1')
    tree.device('0000:65:00.0', '10de:20b0', '030200', 'vfio-pci')
    return ['{"vendor_id": "10de", "product_id": "20b0"}']


def instances_on_nfs(tree):
    tree.nic('0000:3b:00.0', 'ens1', '15b3:101d', 'mlx5_core', vfs=4)
    tree.device('0000:3b:00.2', '15b3:101e', '020000', pf='0000:3b:00.0')
    tree.mount('/var/lib/nova/instances', kind='nfs4',
               source='nas:/instances', options='rw,addr=10.0.0.9')
    return ['{"product_id": "101e", "physical_network": "p"}']


def guests_on_a_bridge(tree, *others):
    """The default route goes over the bridge that guests are on."""
    tree.file('proc/net/route', 'header\n')
    tap = tree.interface('tap1')
    tree.file(f'{tap}/tun_flags', '0x1002\n')
    veth = tree.interface('veth1')
    tree.file(f'{veth}/iflink', '99\n')
    tree.interface('br0', lower=['eno1', 'tap1', 'veth1', *others],
                   kind='bridge')
    tree.route('br0')
    tree.nic('0000:5e:00.0', 'ens9')
    return ['{"address": "0000:5e:00.0"}']


def guests_and_tunnels_on_open_vswitch(tree):
    guests_on_a_bridge(tree)
    tree.file('proc/net/route', 'header\n')
    tree.interface('genev_sys_6081')
    tree.interface('ovs-system', lower=['eno1', 'tap1', 'genev_sys_6081'])
    tree.interface('br-ex')
    tree.route('br-ex')
    return ['{"address": "0000:5e:00.0"}']


def containers_and_networks_of_libvirt(tree):
    guests_on_a_bridge(tree)
    for name, network in (('virbr0', '007AA8C0'), ('docker0', '000011AC')):
        tree.interface(name, kind='bridge')
        tree.route(name, network, '0000FFFF')
    tree.mount('/var/lib/docker/overlay2/1/merged', kind='overlay')
    tree.disk('loop0', number='7:0')
    tree.mount('/snap/core/1', 'loop0', kind='squashfs')
    tree.disk('zram0')
    tree.add('proc/swaps', '/dev/zram0 partition 8 0 100\n')
    return ['{"address": "0000:5e:00.0"}']


def system_disk_below_lvm_beside_data_disks(tree):
    tree.file('proc/self/mountinfo', '')
    tree.disk('dm-0', on=['nvme90n1'])
    tree.link(f'{tree.places["nvme90n1"]}/holders/dm-0',
              tree.places['dm-0'])
    tree.mount('/', 'dm-0')
    tree.nvme('0000:66:00.0', 1)
    return ['{"address": "0000:66:00.0"}']


@pytest.mark.parametrize('draw', [
    guests_on_a_bridge, guests_and_tunnels_on_open_vswitch,
    containers_and_networks_of_libvirt,
    system_disk_below_lvm_beside_data_disks,
    gpu_with_companions, gpu_and_audio_together, hgx_with_nvswitches,
    power9_with_many_domains, switchdev_with_representors,
    vfs_beside_a_bond_of_two, data_disks_beside_a_root_with_multipath,
    vgpus_of_a_vendor, vfs_on_a_variant_of_vfio_pci,
    gpus_for_a_service_in_a_container, disks_below_vmd_for_the_host,
    instances_on_nfs])
def test_nothing_is_said_of_a_healthy_host(tree, draw):
    assert said(tree, *draw(tree)) == []


def system_disk_below_multipath(tree):
    data_disks_beside_a_root_with_multipath(tree)
    return ['{"address": "0000:65:00.0"}'], [
        'error: [pci] device_spec[0]: hands out 0000:65:00.0, which the host '
        f'needs itself (system disk); {LEAVE}']


def nic_below_open_vswitch(tree):
    tree.nic('0000:18:00.0', 'ens1f0')
    tree.interface('ovs-system', lower=['ens1f0'])
    tree.interface('br-ex')
    tree.route('br-ex')
    return ['{"address": "0000:18:00.0"}'], [
        'error: [pci] device_spec[0]: hands out 0000:18:00.0, which the host '
        f'needs itself (default route); {LEAVE}']


def pf_of_a_vf_below_a_bond(tree):
    vfs_beside_a_bond_of_two(tree)
    return ['{"address": "*:18:00.0", "product_id": "158b"}'], [
        'error: [pci] device_spec[0]: hands out 0000:18:00.0, which the host '
        f'needs itself (default route over 0000:18:02.0); {LEAVE}']


def controller_above_a_disk(tree):
    disks_below_vmd_for_the_host(tree)
    return ['{"product_id": "201d"}'], [
        'error: [pci] device_spec[0]: hands out 0000:64:05.5, which the host '
        f'needs itself (mounted on /srv over 10000:01:00.0); {LEAVE}']


def disk_for_swap(tree):
    tree.nvme('0000:66:00.0', 4)
    tree.add('proc/swaps', '/dev/nvme4n1 partition 8 0 -2\n')
    return ['{"address": "0000:66:00.0"}'], [
        'error: [pci] device_spec[0]: hands out 0000:66:00.0, which the host '
        f'needs itself (swap); {LEAVE}']


def disk_of_ceph(tree):
    tree.nvme('0000:66:00.0', 4)
    place = tree.disk('dm-3', on=['nvme4n1'])
    tree.file(f'{place}/dm/name', 'ceph--block--1\n')
    tree.link(f'{tree.places["nvme4n1"]}/holders/dm-3', place)
    return ['{"address": "0000:66:00.0"}'], [
        'warning: [pci] device_spec[0]: hands out 0000:66:00.0, whose disk '
        'is a part of ceph--block--1 of the host; make sure that nothing '
        'uses it, such as a service of Ceph, and stop it']


def disk_over_fabrics(tree):
    place = 'sys/devices/virtual/nvme-fabrics/ctl/nvme3'
    tree.file(f'{place}/transport', 'rdma\n')
    tree.disk('nvme3n1', f'{place}/nvme3n1', '259:30')
    tree.mount('/srv', 'nvme3n1')
    tree.nic('0000:5e:00.0', 'ens9')
    return ['{"address": "0000:5e:00.0"}'], [
        'warning: host: mounted on /srv: /srv is on /dev/nvme3n1, and '
        'nvme3n1 is reached by NVMe over rdma; make sure that it does not '
        'need 0000:5e:00.0']


def nic_of_a_bridge_with_guests(tree):
    guests_on_a_bridge(tree)
    return ['{"address": "0000:f1:00.0"}'], [
        'error: [pci] device_spec[0]: hands out 0000:f1:00.0, which the host '
        f'needs itself (default route); {LEAVE}']


def nic_of_a_network_of_storage(tree):
    tree.nic('0000:19:00.0', 'ens2')
    tree.route('ens2', '00C8A8C0', '00FFFFFF')
    return ['{"address": "0000:19:00.0"}'], [
        'warning: [pci] device_spec[0]: hands out 0000:19:00.0, over which '
        'the host reaches 192.168.200.0/24; the host does not while a guest '
        'has the device']


def disks_beside_zfs(tree):
    tree.nvme('0000:66:00.0', 4)
    tree.mount('/tank', kind='zfs', source='tank', number='0:44')
    return ['{"address": "0000:66:00.0"}'], [
        'warning: host: mounted on /tank: /tank is on ZFS (tank), which does '
        'not say on which disks; make sure that it does not need '
        '0000:66:00.0']


def one_nvswitch_of_a_group(tree):
    for number in range(2):
        tree.device(f'0000:0{5 + number}:00.0', '10de:22a3', '068000',
                    'nvidia-nvswitch', group=114)
    return ['{"address": "0000:05:00.0"}'], [
        'warning: [pci] device_spec: hands out only a part of IOMMU group '
        '114; a guest cannot get it while the host keeps 0000:06:00.0']


def two_gpus_of_a_group(tree):
    for bus in ('01', '02'):
        tree.device(f'0000:{bus}:00.0', '10de:1b06', '030000', 'vfio-pci',
                    group=1)
    return ['{"vendor_id": "10de", "product_id": "1b06"}'], [
        'warning: [pci] device_spec: hands out 2 devices of IOMMU group 1; '
        'they go to one guest at a time: 0000:01:00.0, 0000:02:00.0']


def vgpu_that_is_none_yet(tree):
    vgpus_of_a_vendor(tree)
    tree.file(f'{tree.places["0001:42:00.4"]}/nvidia/current_vgpu_type',
              '0\n')
    return ['{"address": "0001:42:00.4", "managed": "no"}'], [
        'warning: [pci] device_spec[0]: 0001:42:00.4 is no vGPU yet; write '
        'the number of a type to nvidia/current_vgpu_type of the device']


def every_device_of_a_vendor(tree):
    tree.device('0000:3a:00.0', '8086:2030', '060400', 'pcieport')
    tree.device('0000:3a:01.0', '8086:2031', '068000')
    return ['{"vendor_id": "8086", "address": "*:3a:*.*"}'], [
        "warning: [pci] device_spec[0]: 0000:3a:00.0 is part of the host's "
        'bus, which no guest can get; expected an entry that leaves bridges '
        'out']


@pytest.mark.parametrize('draw', [
    system_disk_below_multipath, nic_below_open_vswitch,
    pf_of_a_vf_below_a_bond, controller_above_a_disk, disk_for_swap,
    disk_of_ceph, disk_over_fabrics, nic_of_a_bridge_with_guests,
    nic_of_a_network_of_storage, disks_beside_zfs, one_nvswitch_of_a_group,
    two_gpus_of_a_group, vgpu_that_is_none_yet, every_device_of_a_vendor])
def test_what_is_wrong_with_a_host_is_said(tree, draw):
    entries, expected = draw(tree)
    assert said(tree, *entries) == expected


def test_check_knows_the_addresses_of_the_services(tree, tmp_path, capsys):
    tree.nic('0000:19:00.0', 'ens2')
    tree.route('ens2', '00C8A8C0', '00FFFFFF')
    path = tmp_path / 'nova.conf'
    path.write_text('[DEFAULT]\nmy_ip = 192.168.200.7\n[pci]\ndevice_spec = '
                    '{"address": "0000:19:00.0"}\n')
    assert main.main(['check', '--config-file', str(path), '--sysfs',
                      str(tree.root)]) == 2
    assert capsys.readouterr().out.splitlines()[0] == (
        f'error: {path}:4: [pci] device_spec[0]: hands out 0000:19:00.0, '
        'which the host needs itself ([DEFAULT] my_ip = 192.168.200.7); '
        + LEAVE)
