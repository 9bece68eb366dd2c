# SPDX-License-Identifier: Apache-2.0

"""What /sys says quickly about PCI devices."""

from nova_pci_ext.virt import pci_stamps
from nova_pci_ext.virt.pci_stamps import Stamp

PF, VF = '0000:0a:00.0', '0000:0a:10.0'


def host(root):
    for address in (PF, VF):
        (root / address).mkdir(parents=True)
    (root / VF / 'physfn').symlink_to(f'../{PF}')
    (root / PF / 'net' / 'eth0').mkdir(parents=True)
    (root / PF / 'net' / 'eth0' / 'address').write_text('52:54:00:00:00:01\n')


def test_a_vf_has_the_interfaces_of_its_pf(tmp_path):
    host(tmp_path)
    netdevs = (('eth0', '52:54:00:00:00:01'),)
    assert pci_stamps.read([PF, VF, '0000:99:00.0'], tmp_path) == {
        PF: Stamp((tmp_path / PF).stat().st_ino, None, netdevs),
        VF: Stamp((tmp_path / VF).stat().st_ino, PF, netdevs)}


def test_a_sys_that_is_not_that_of_the_host(tmp_path):
    assert pci_stamps.read([PF, VF], tmp_path) == {PF: None, VF: None}
