# SPDX-License-Identifier: Apache-2.0

"""NICs that a host needs, and NICs for guests."""

from tests.host_scenes.registry import DISCOVERY
from tests.host_scenes.registry import LEAVE
from tests.host_scenes.registry import NEEDS
from tests.host_scenes.registry import needs
from tests.host_scenes.registry import scene


@scene(NEEDS, shown=False)
def vfs_beside_a_bond_of_two(tree):
    """VFs of a NIC whose first VFs are the bond of the host."""
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


@scene(NEEDS, shown=False)
def instances_on_nfs(tree):
    """VFs of a NIC, and the instances on NFS."""
    tree.nic('0000:3b:00.0', 'ens1', '15b3:101d', 'mlx5_core', vfs=4)
    tree.device('0000:3b:00.2', '15b3:101e', '020000', pf='0000:3b:00.0')
    tree.mount('/var/lib/nova/instances', kind='nfs4',
               source='nas:/instances', options='rw,addr=10.0.0.9')
    return ['{"product_id": "101e", "physical_network": "p"}']


@scene(NEEDS, shown=False)
def guests_on_a_bridge(tree):
    """A NIC beside the one that is on a bridge with guests."""
    tree.file('proc/net/route', 'header\n')
    tap = tree.interface('tap1')
    tree.file(f'{tap}/tun_flags', '0x1002\n')
    veth = tree.interface('veth1')
    tree.file(f'{veth}/iflink', '99\n')
    tree.interface('br0', lower=['eno1', 'tap1', 'veth1'],
                   kind='bridge')
    tree.route('br0')
    tree.nic('0000:5e:00.0', 'ens9')
    return ['{"address": "0000:5e:00.0"}']


@scene(NEEDS)
def port_of_a_bridge_without_a_route(tree):
    """A NIC that is a port of Open vSwitch for guests, as no route shows."""
    tree.nic('0000:5e:00.0', 'ens9')
    tree.interface('ovs-system', lower=['ens9'])
    return ['{"address": "0000:5e:00.0"}'], [_port('ovs-system')]


def _port(master):
    return ('warning: [pci] device_spec[0]: hands out 0000:5e:00.0, which is '
            f'a port of {master} of the host; what is connected there loses '
            'it while a guest has the device')


@scene(NEEDS, shown=False)
def port_of_a_bond_without_a_route(tree):
    """A NIC that is a port of a bond."""
    tree.nic('0000:5e:00.0', 'ens9')
    tree.interface('bond1', lower=['ens9'], kind='bond')
    return ['{"address": "0000:5e:00.0"}'], [_port('bond1')]


@scene(NEEDS, shown=False)
def vlan_of_a_nic_on_a_bridge(tree):
    """A NIC of which a VLAN is a port of a bridge."""
    tree.nic('0000:5e:00.0', 'ens9')
    tree.interface('ens9.7', lower=['ens9'], kind='vlan')
    tree.interface('br7', lower=['ens9.7'], kind='bridge')
    return ['{"address": "0000:5e:00.0"}'], [_port('br7')]


@scene(NEEDS, shown=False)
def vfs_of_a_port_of_open_vswitch(tree):
    """VFs of a NIC in switchdev mode, which are ports of Open vSwitch."""
    tree.nic('0000:5e:00.0', 'ens9', '15b3:101d', 'mlx5_core', vfs=2)
    place = tree.places['0000:5e:00.0']
    for number in range(2):
        tree.device(f'0000:5e:00.{number + 2}', '15b3:101e', '020000',
                    'mlx5_core', pf='0000:5e:00.0')
        tree.interface(f'ens9_{number}', f'{place}/net/ens9_{number}',
                       port=f'pf0vf{number}')
    tree.interface('ovs-system', lower=['ens9', 'ens9_0', 'ens9_1'])
    return ['{"product_id": "101e", "physical_network": "p"}']


@scene(NEEDS)
def guests_and_tunnels_on_open_vswitch(tree):
    """A NIC beside the one that is on Open vSwitch with guests and tunnels."""
    guests_on_a_bridge(tree)
    tree.file('proc/net/route', 'header\n')
    tree.interface('genev_sys_6081')
    tree.interface('ovs-system', lower=['eno1', 'tap1', 'genev_sys_6081'])
    tree.interface('br-ex')
    tree.route('br-ex')
    return ['{"address": "0000:5e:00.0"}']


@scene(NEEDS)
def containers_and_networks_of_libvirt(tree):
    """A NIC on a host with containers and with networks of libvirt."""
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


@scene(NEEDS)
def nic_below_open_vswitch(tree):
    """The NIC of the default route, below Open vSwitch."""
    tree.nic('0000:18:00.0', 'ens1f0')
    tree.interface('ovs-system', lower=['ens1f0'])
    tree.interface('br-ex')
    tree.route('br-ex')
    return ['{"address": "0000:18:00.0"}'], [
        'error: [pci] device_spec[0]: hands out 0000:18:00.0, which the host '
        f'needs itself (default route); {LEAVE}']


@scene(NEEDS)
def pf_of_a_vf_below_a_bond(tree):
    """The PF of VFs that are the bond of the host."""
    vfs_beside_a_bond_of_two(tree)
    return ['{"address": "*:18:00.0", "product_id": "158b"}'], [
        'error: [pci] device_spec[0]: hands out 0000:18:00.0, which the host '
        f'needs itself (default route over 0000:18:02.0); {LEAVE}']


@scene(NEEDS, shown=False)
def nic_of_a_bridge_with_guests(tree):
    """The NIC of the default route, on a bridge with guests."""
    guests_on_a_bridge(tree)
    return ['{"address": "0000:f1:00.0"}'], [
        'error: [pci] device_spec[0]: hands out 0000:f1:00.0, which the host '
        f'needs itself (default route); {LEAVE}']


@scene(NEEDS)
def nic_of_a_network_of_storage(tree):
    """The NIC of a network of storage."""
    tree.nic('0000:19:00.0', 'ens2')
    tree.route('ens2', '00C8A8C0', '00FFFFFF')
    return ['{"address": "0000:19:00.0"}'], [
        'warning: [pci] device_spec[0]: hands out 0000:19:00.0, over which '
        'the host reaches 192.168.200.0/24; the host does not while a guest '
        'has the device']


@scene(DISCOVERY)
def switchdev_with_representors(tree):
    """A NIC in switchdev mode on Open vSwitch."""
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


def _over(tree, name):
    """Let the default route go over another interface."""
    tree.file('proc/net/route', 'header\n')
    tree.route(name)


@scene(NEEDS)
def vlan_over_a_bond_over_a_vf(tree):
    """A VF that is below a VLAN of a bond."""
    tree.nic('0000:3b:00.0', 'ens1', vfs=4)
    place = tree.device('0000:3b:02.0', '8086:1889', '020000', 'iavf',
                        pf='0000:3b:00.0')
    tree.interface('ens1v0', f'{place}/net/ens1v0')
    tree.interface('bond0', lower=['ens1v0'], kind='bond')
    tree.interface('bond0.7', lower=['bond0'], kind='vlan')
    _over(tree, 'bond0.7')
    return ['{"product_id": "1889"}'], [
        needs('0000:3b:02.0', 'default route')]


@scene(NEEDS, shown=False)
def second_nic_of_a_team(tree):
    """The second NIC of a team."""
    for number in (0, 1):
        tree.nic(f'0000:3b:00.{number}', f'ens1f{number}')
    tree.interface('team0', lower=['ens1f0', 'ens1f1'])
    _over(tree, 'team0')
    return ['{"address": "0000:3b:00.1"}'], [
        needs('0000:3b:00.1', 'default route')]


@scene(NEEDS, shown=False)
def bond_below_open_vswitch(tree):
    """A NIC of a bond below an internal port of Open vSwitch."""
    tree.nic('0000:3b:00.0', 'ens1')
    tree.interface('bond0', lower=['ens1'], kind='bond')
    tree.interface('ovs-system', lower=['bond0'])
    tree.interface('br-ex')
    tree.interface('vlan20')
    _over(tree, 'vlan20')
    return ['{"address": "0000:3b:00.0"}'], [
        needs('0000:3b:00.0', 'default route')]


@scene(NEEDS, shown=False)
def macvlan_of_a_nic(tree):
    """The NIC below a macvlan."""
    tree.nic('0000:3b:00.0', 'ens1')
    tree.interface('macvlan0', lower=['ens1'], kind='macvlan')
    _over(tree, 'macvlan0')
    return ['{"address": "0000:3b:00.0"}'], [
        needs('0000:3b:00.0', 'default route')]


@scene(NEEDS, shown=False)
def child_of_infiniband(tree):
    """An InfiniBand adapter with a child interface."""
    place = tree.device('0000:3b:00.0', '15b3:101b', '020700', 'mlx5_core')
    for name in ('ib0', 'ib0.8001'):
        tree.interface(name, f'{place}/net/{name}')
    _over(tree, 'ib0.8001')
    return ['{"address": "0000:3b:00.0"}'], [
        needs('0000:3b:00.0', 'default route')]


@scene(NEEDS, shown=False)
def subfunction_of_a_nic(tree):
    """The NIC of a subfunction."""
    place = tree.nic('0000:3b:00.0', 'ens1', '15b3:101d', 'mlx5_core')
    tree.interface('ens1s88', f'{place}/mlx5_core.sf.4/net/ens1s88')
    _over(tree, 'ens1s88')
    return ['{"address": "0000:3b:00.0"}'], [
        needs('0000:3b:00.0', 'default route')]


@scene(NEEDS, shown=False)
def nic_of_a_guest(tree):
    """The NIC of a host that is a guest itself."""
    place = tree.device('0000:00:03.0', '1af4:1000', '020000', 'virtio-pci')
    tree.interface('eth0', f'{place}/virtio0/net/eth0')
    _over(tree, 'eth0')
    return ['{"address": "0000:00:03.0"}'], [
        needs('0000:00:03.0', 'default route')]


@scene(NEEDS)
def route_over_a_vpn(tree):
    """A NIC, and a default route over WireGuard."""
    tree.nic('0000:5e:00.0', 'ens9')
    tree.interface('wg0', kind='wireguard')
    _over(tree, 'wg0')
    return ['{"address": "0000:5e:00.0"}'], [
        'warning: host: default route: wg0 leads to no NIC; make sure that '
        'it does not need 0000:5e:00.0']


def _two_ports_in_switchdev_mode(tree):
    for port in (0, 1):
        pf, name = f'0000:3b:00.{port}', f'ens1f{port}np{port}'
        place = tree.nic(pf, name, '15b3:101d', 'mlx5_core', vfs=4)
        tree.file(f'{place}/net/{name}/phys_port_name', f'p{port}\n')
        tree.interface(f'{name}_0', f'{place}/net/{name}_0',
                       port=f'pf{port}vf0')
        tree.device(f'0000:3b:0{port}.2', '15b3:101e', '020000', pf=pf)
    tree.interface('bond0', lower=['ens1f0np0', 'ens1f1np1'], kind='bond')
    tree.interface('ovs-system', lower=['bond0', 'ens1f0np0_0',
                                        'ens1f1np1_0'])
    tree.interface('br-ex')
    _over(tree, 'br-ex')


@scene(DISCOVERY)
def vfs_of_a_bond_in_switchdev_mode(tree):
    """VFs of a bond in switchdev mode, which the host uses itself."""
    _two_ports_in_switchdev_mode(tree)
    return ['{"product_id": "101e", "physical_network": null}']


@scene(DISCOVERY)
def pf_of_a_bond_in_switchdev_mode(tree):
    """A PF of a bond in switchdev mode."""
    _two_ports_in_switchdev_mode(tree)
    return ['{"address": "0000:3b:00.1", "product_id": "101d"}'], [
        needs('0000:3b:00.1', 'default route')]
