# SPDX-License-Identifier: Apache-2.0

"""The agents of Neutron on all hosts: one process that reports for each.

Neutron binds a port only where an agent has lately said that it serves the
port's physical network: that for SR-IOV serves VFs, that of Open vSwitch
normal ports. The agents themselves would look for network cards and a switch
that this machine does not have.
"""

import sys
import time
from collections.abc import Iterator

from neutron.agent import rpc as agent_rpc
from neutron.common import config
from neutron.conf.agent import common as agent_config
from neutron_lib import context
from neutron_lib.agent import topics
from oslo_config import cfg

#: A report that comes before neutron-rpc listens is lost.
PERIOD_S = 5
MAPPINGS = {'physnet1': ['enp1s0'], 'physnet2': ['enp2s0']}
BRIDGES = {'physnet1': 'br-enp1s0', 'physnet2': 'br-enp2s0'}


def states(host: str) -> Iterator[dict[str, object]]:
    """Yield what the agents of a host say of themselves."""
    common = {'host': host, 'topic': 'N/A', 'start_flag': True}
    yield {
        **common, 'agent_type': 'NIC Switch agent',
        'binary': 'neutron-sriov-nic-agent', 'configurations': {
            'devices': 0, 'extensions': [], 'device_mappings': MAPPINGS}}
    yield {
        **common, 'agent_type': 'Open vSwitch agent',
        'binary': 'neutron-openvswitch-agent', 'configurations': {
            'devices': 0, 'extensions': [], 'tunnel_types': [],
            'integration_bridge': 'br-int', 'datapath_type': 'system',
            'bridge_mappings': BRIDGES}}


def main() -> None:
    """Report for ever; arguments are Neutron's file and the hosts."""
    path, *hosts = sys.argv[1:]
    config.register_common_config_options()
    agent_config.register_agent_state_opts_helper(cfg.CONF)
    config.init(['--config-file', path])
    config.setup_logging()
    server = agent_rpc.PluginReportStateAPI(topics.REPORTS)
    while True:
        for host in hosts:
            try:
                for state in states(host):
                    server.report_state(
                        context.get_admin_context_without_session(), state)
            except Exception as exc:
                # The message queue may be down; the next turn tries again.
                print(f'{host}: {exc}', file=sys.stderr, flush=True)
        time.sleep(PERIOD_S)


if __name__ == '__main__':
    main()
