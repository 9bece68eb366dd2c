# SPDX-License-Identifier: Apache-2.0

"""What Neutron's files say about SR-IOV."""

from nova_pci_ext.configuration import neutron_files
from nova_pci_ext.parsing import Faults


def load(tmp_path, *texts):
    paths = []
    for number, text in enumerate(texts):
        paths.append(tmp_path / f'{number}.ini')
        paths[-1].write_text(text)
    faults = Faults()
    found = neutron_files.load(paths, faults)
    return found, [str(each).removeprefix(f'{tmp_path}/')
                   for each in (*faults.errors, *faults.warnings)]


def test_the_last_file_wins(tmp_path):
    found, told = load(
        tmp_path, '[ml2]\nmechanism_drivers = a\n',
        '[ml2]\nmechanism_drivers = sriovnicswitch, ovn\n'
        '[sriov_nic]\nphysical_device_mappings = p1:eth1,p1:eth2\n')
    assert told == []
    assert (tuple(found.drivers), found.mappings) == (
        ('sriovnicswitch', 'ovn'), (('p1', 'eth1'), ('p1', 'eth2')))
    assert (found.excluded, found.vlans, found.flats, found.types) == (
        None, None, None, None)
    assert dict(found.where) == {
        'mechanism_drivers': f'{tmp_path}/1.ini:2: [ml2] mechanism_drivers',
        'physical_device_mappings':
            f'{tmp_path}/1.ini:4: [sriov_nic] physical_device_mappings'}


def test_what_cannot_be_read_is_not_there(tmp_path):
    found, told = load(
        tmp_path, '[sriov_nic]\nphysical_device_mappings = eth1\n')
    assert found.mappings is None
    assert told == [
        "0.ini:2: [sriov_nic] physical_device_mappings: cannot be 'eth1'; "
        'expected network:interface, such as physnet1:eth1']


def test_names_that_neutron_does_not_read(tmp_path):
    _, told = load(tmp_path, '[ml2]\nagent_required = True\n'
                             '[ml2_sriov]\nexclude_device = a\n')
    assert told == [
        '0.ini:4: [ml2_sriov] exclude_device: is ignored by Neutron; write '
        '[sriov_nic] exclude_devices = a',
        '0.ini:2: [ml2] agent_required: is ignored by Neutron; remove it: '
        'Neutron no longer has this option']
