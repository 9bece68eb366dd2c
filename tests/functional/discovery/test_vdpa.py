# SPDX-License-Identifier: Apache-2.0

from nova_pci_ext.discovery import vdpa
from nova_pci_ext.discovery.kernel_files import Root
from tests.sysfs_tree import Tree

PF, VF = '0000:81:00.0', '0000:81:00.2'


def serve(tree, name, place, *files):
    """Make a vDPA device below another device."""
    for each in ('uevent', *(f'{each}/dev' for each in files)):
        tree.file(f'{place}/{name}/{each}', '')
    tree.link(f'sys/bus/vdpa/devices/{name}', f'{place}/{name}')


def test_a_device_file_leads_to_its_vf(tmp_path):
    tree = Tree(tmp_path)
    tree.device(PF, '15b3:101d', '020000', vfs=1)
    place = tree.device(VF, '15b3:101e', '020000', pf=PF)
    serve(tree, 'vdpa0', place, 'vhost-vdpa-3')
    serve(tree, 'vdpa1', 'sys/devices/vdpasim_net', 'vhost-vdpa-4')
    serve(tree, 'vdpa2', place)
    assert vdpa.files(Root(tree.root)) == {'/dev/vhost-vdpa-3': VF}


def test_a_host_without_vdpa_has_none(tmp_path):
    assert vdpa.files(Root(Tree(tmp_path).root)) == {}
