# SPDX-License-Identifier: Apache-2.0

import os_vif
import pytest
from oslo_config import cfg
from vif_plug_ovs import privsep

from tests.neutron import conftest as neutron
from tests.vhost_user import host as host_of

# A running Neutron, and Nova's network code that talks to it.
url, api, context, installed, scene = (
    neutron.url, neutron.api, neutron.context, neutron.installed,
    neutron.scene)


@pytest.fixture(scope='session')
def host():
    """A host with a switch in user space, and os-vif that knows it."""
    with host_of.running() as found:
        os_vif.initialize()
        # Root needs no helper, and this machine may have no sudo.
        privsep.vif_plug.set_client_mode(False)
        cfg.CONF.set_override('ovsdb_connection', found.database,
                              'os_vif_ovs')
        os_vif.initialize(reset=True)
        yield found
