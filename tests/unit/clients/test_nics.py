# SPDX-License-Identifier: Apache-2.0

import pytest

from nova_pci_ext.clients import nics
from nova_pci_ext.model.binding import VnicType

TYPES = ('normal, direct, macvtap, direct-physical, vdpa, remote-managed or '
         'virtio-forwarder')


@pytest.mark.parametrize('nic, expected', [
    ('net-id=n,vnic-type=direct', ('net-id=n', VnicType.DIRECT)),
    ('vnic-type=macvtap,net-id=n', ('net-id=n', VnicType.MACVTAP)),
    ('net-id=n,vnic-type=vdpa,tag=a=b', ('net-id=n,tag=a=b', VnicType.VDPA)),
    ('net-id=n,vnic-type=normal', ('net-id=n', None)),
    ('net-id=n,v4-fixed-ip=10.0.0.5', ('net-id=n,v4-fixed-ip=10.0.0.5',
                                       None)),
    ('auto', ('auto', None)),
    ('none', ('none', None)),
    ('', ('', None)),
    ('net-name=n,vnic-type=direct', ('net-name=n', VnicType.DIRECT)),
    # What the client itself refuses.
    ('net-id=n,net-id=m', ('net-id=n,net-id=m', None)),
    ('net-id=n,colour=red,vnic-type=direct', ('net-id=n,colour=red',
                                              VnicType.DIRECT)),
    ('net-id=n,net-name=m,vnic-type=direct', ('net-id=n,net-name=m',
                                              VnicType.DIRECT)),
])
def test_the_type_is_taken_out(nic, expected):
    assert nics.split_type(nic) == expected


@pytest.mark.parametrize('nic, message', [
    pytest.param('net-id=n,vnic-type=sriov',
                 f"expected {TYPES} as vnic-type, got 'sriov'",
                 id='an unknown type'),
    pytest.param('net-id=n,vnic-type=Direct',
                 f"expected {TYPES} as vnic-type, got 'Direct'",
                 id='other letters'),
    pytest.param('net-id=n,vnic-type=',
                 f"expected {TYPES} as vnic-type, got ''", id='no type'),
    pytest.param('net-id=n,vnic-type',
                 f"expected {TYPES} as vnic-type, got ''", id='no value'),
    pytest.param('net-id=n,vnic-type=accelerator-direct',
                 f"expected {TYPES} as vnic-type, got 'accelerator-direct'",
                 id='the type of a device of Cyborg'),
    pytest.param('net-id=n,vnic-type=direct,vnic-type=macvtap',
                 'expected one vnic-type, got 2', id='two types'),
    pytest.param('port-id=p,vnic-type=direct',
                 'expected no vnic-type with port-id: the port has its own',
                 id='a port that is there'),
    pytest.param('net-id=n,vnic-type=normal,port-id=p',
                 'expected no vnic-type with port-id: the port has its own',
                 id='a port that is there beside a network'),
    pytest.param('none,vnic-type=direct', 'expected no vnic-type with '
                 "'none', which names no network", id='no network at all'),
    pytest.param('vnic-type=direct,auto', 'expected no vnic-type with '
                 "'auto', which names no network", id='any network'),
    pytest.param('vnic-type=direct',
                 'expected the net-id of a network with vnic-type',
                 id='a type alone'),
    pytest.param('vnic-type=direct,tag=a',
                 'expected the net-id of a network with vnic-type',
                 id='a type with a tag'),
    pytest.param('net-id=,vnic-type=direct',
                 "expected KEY=VALUE, got 'net-id='", id='an empty value'),
    pytest.param('net-id,vnic-type=direct',
                 "expected KEY=VALUE, got 'net-id'", id='a key alone'),
    pytest.param('net-id=n,,vnic-type=direct', "expected KEY=VALUE, got ''",
                 id='an empty pair'),
    pytest.param('=n,vnic-type=direct', "expected KEY=VALUE, got '=n'",
                 id='an empty key'),
    pytest.param('net-id=n,net-id=m,vnic-type=direct',
                 'expected one net-id, got 2', id='two networks'),
])
def test_what_is_refused(nic, message):
    with pytest.raises(ValueError) as caught:
        nics.split_type(nic)
    assert str(caught.value) == f'--nic {nic!r}: {message}'
