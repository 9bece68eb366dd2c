# SPDX-License-Identifier: Apache-2.0

import pytest

from nova_pci_ext import exceptions
from nova_pci_ext.discovery import domains
from nova_pci_ext.model.address import PciAddress

DOMAIN = """
<domain type='kvm'>
  <name>instance-00000001</name>
  <uuid>6b3b8ad0-5d6c-4f7e-9f51-1f9a1f6f2c10</uuid>
  <devices>
    <hostdev mode='subsystem' type='pci' managed='yes'>
      <source>
        <address domain='0x0000' bus='0x81' slot='0x02' function='0x3'/>
      </source>
      <address type='pci' domain='0x0000' bus='0x06' slot='0x00'
               function='0x0'/>
    </hostdev>
    <hostdev mode='subsystem' type='mdev' model='vfio-pci'>
      <source>
        <address uuid='83c32df7-d52e-4ec1-9668-1f3c7e4df107'/>
      </source>
    </hostdev>
    <interface type='hostdev' managed='yes'>
      <source>
        <address type='pci' domain='0x0000' bus='0x3b' slot='0x00'
                 function='0x1'/>
      </source>
    </interface>
    <interface type='direct'>
      <source dev='ens1v4' mode='passthrough'/>
    </interface>
    <interface type='bridge'><source bridge='br-int'/></interface>
    <interface type='vdpa'><source dev='/dev/vhost-vdpa-0'/></interface>
  </devices>
</domain>
"""


def test_a_domain_has_devices_and_interfaces():
    assert domains.parse(DOMAIN, running=True) == domains.Domain(
        uuid='6b3b8ad0-5d6c-4f7e-9f51-1f9a1f6f2c10', running=True,
        name='instance-00000001', interfaces=('ens1v4',), hostdevs=(
            PciAddress.parse('0000:3b:00.1'),
            PciAddress.parse('0000:81:02.3')))


@pytest.mark.parametrize(('text', 'message'), [
    ('<domain/>', 'libvirt: expected a domain as virsh dumpxml prints it'),
    ('<device><uuid>u</uuid></device>',
     'libvirt: expected a domain as virsh dumpxml prints it'),
    ('', 'libvirt: expected XML: no element found: line 1, column 0'),
], ids=['no UUID', 'a device', 'no XML'])
def test_what_is_no_domain_is_refused(text, message):
    with pytest.raises(exceptions.DiscoveryError) as caught:
        domains.parse(text, running=False)
    assert str(caught.value) == message
