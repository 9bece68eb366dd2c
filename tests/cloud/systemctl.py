# SPDX-License-Identifier: Apache-2.0

"""Stands in for systemd's command, for the services of the cloud.

``python -m tests.cloud.systemctl restart nova-scheduler``; the other action is
``is-active``. Of the computes it knows that of the host igb-1.
"""

import sys

from cloud import bring_up
from cloud import layout
from cloud import processes

UNITS = {'nova-scheduler': 'scheduler', 'nova-compute': 'compute-igb-1'}


def main() -> int:
    """Do what the arguments say; returns the exit status."""
    action, unit = sys.argv[1:]
    place, name = layout.find_layout(), UNITS[unit]
    if action == 'restart':
        processes.stop(place, [name])
        bring_up.start(place, [name])
        return 0
    return 0 if processes.is_running(place, name) else 3


if __name__ == '__main__':
    sys.exit(main())
