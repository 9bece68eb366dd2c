# SPDX-License-Identifier: Apache-2.0

"""What the quickstart's plan is made from."""

import pytest

from nova_pci_ext import exceptions
from nova_pci_ext.quickstart.configuration import Configuration
from nova_pci_ext.quickstart.configuration import read_configuration
from tests.configuration_hosts import HOSTS

GOOD = """\
[pci]
device_spec = {"vendor_id": "15b3", "product_id": "101e", \
"physical_network": "p2"}
device_spec = {"vendor_id": "10de", "product_id": "20b0"}
alias = {"name": "gpu", "vendor_id": "10de", "product_id": "20b0"}
alias = {"name": "vf", "product_id": "101e", "vendor_id": "15b3", \
"device_type": "type-VF"}
"""


def read(tmp_path, text):
    path = tmp_path / 'nova.conf'
    path.write_text(text)
    return read_configuration(path, HOSTS.values())


def test_names_in_the_order_of_the_file(tmp_path):
    assert read(tmp_path, GOOD) == Configuration(
        aliases=('gpu', 'vf'), physnets=('p2',))


def test_what_keeps_a_service_from_its_start(tmp_path):
    with pytest.raises(exceptions.ConfigErrors) as raised:
        read(tmp_path, '[pci]\ndevice_spec = {"vendor_id": "x"}\n')
    assert 'device_spec[0].vendor_id' in str(raised.value)
