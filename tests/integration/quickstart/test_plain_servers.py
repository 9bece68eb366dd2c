# SPDX-License-Identifier: Apache-2.0

"""Servers without devices stay off the hosts that have some.

A host without devices and one with VFs have room for two servers each; one
with eight GPUs is four times as big. The configuration is that of the
quickstart, with the weights that the documentation says.
"""

import pathlib
import re

import pytest

from tests.embedded import gpu_cloud
from tests.embedded import plain_servers

pytestmark = [pytest.mark.nova, pytest.mark.slow]

PAGE = (pathlib.Path(gpu_cloud.ROOT) / 'doc' / 'source'
        / 'install.rst').read_text()
OURS = re.search(r'(weight_classes = (?:.*,\n)*.*)\n', PAGE).group(1)
MULTIPLIER = re.search('pci_weight_multiplier = .*', PAGE).group()
# Each owns nothing, was handed nothing, and has its one port.
PLAIN, NIC, GPU = ([host, [], ['normal']] for host in ('plain', 'nic', 'gpu'))


def told(gpu_cpus, *lines):
    return gpu_cloud.run('plain_servers', gpu_cpus, *lines)


def test_each_model_of_nic_is_tried():
    assert {None, 'virtio', 'e1000'} <= set(plain_servers.MODELS)


@pytest.mark.parametrize('lines', [
    pytest.param([MULTIPLIER], id="Nova's weighers"),
    pytest.param([OURS, MULTIPLIER], id='PciFitWeigher'),
])
def test_they_go_to_hosts_with_devices_when_all_others_are_full(lines):
    assert told(16, *lines) == [PLAIN, PLAIN, NIC, NIC, GPU]


def test_without_the_multiplier_nova_fills_the_biggest_host_first():
    """Why the documentation says to set it."""
    assert told(16)[0] == GPU
