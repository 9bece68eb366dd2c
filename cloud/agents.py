# SPDX-License-Identifier: Apache-2.0

"""The SR-IOV agents of all hosts: one process that reports for each.

Neutron binds a port only where an agent has lately said that it serves the
port's physical network. The agents themselves would look for network cards
that this machine does not have.
"""

import sys
import time

from neutron.agent import rpc as agent_rpc
from neutron.common import config
from neutron.conf.agent import common as agent_config
from neutron_lib import context
from neutron_lib.agent import topics
from oslo_config import cfg

#: A report that comes before neutron-rpc listens is lost.
PERIOD_S = 5
MAPPINGS = {'physnet1': ['enp1s0'], 'physnet2': ['enp2s0']}


def state(host: str) -> dict[str, object]:
    """Return what the agent of a host says of itself."""
    return {
        'agent_type': 'NIC Switch agent', 'host': host, 'topic': 'N/A',
        'binary': 'neutron-sriov-nic-agent', 'start_flag': True,
        'configurations': {'devices': 0, 'extensions': [],
                           'device_mappings': MAPPINGS}}


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
                server.report_state(
                    context.get_admin_context_without_session(), state(host))
            except Exception as exc:
                # The message queue may be down; the next turn tries again.
                print(f'{host}: {exc}', file=sys.stderr, flush=True)
        time.sleep(PERIOD_S)


if __name__ == '__main__':
    main()
