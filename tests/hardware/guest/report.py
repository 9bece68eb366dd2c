# SPDX-License-Identifier: Apache-2.0
"""Print what our LibvirtDriver reports, for each line of its input.

It is one driver all the time, as in a nova-compute that goes on; without a
cloud.
"""

import os
import sys

from nova import config

from nova_pci_ext.virt import libvirt_driver


def main() -> None:
    """Answer each line with a line of JSON."""
    config.parse_args(['report', '--config-file', sys.argv[1]])
    driver = libvirt_driver.LibvirtDriver(None)
    driver._host.initialize()
    print('ready', flush=True)
    for _ in sys.stdin:
        print(driver._get_pci_passthrough_devices(), flush=True)


if __name__ == '__main__':
    try:
        main()
    finally:
        # libvirt's event thread is not a daemon and would keep the process.
        sys.stdout.flush()
        os._exit(0)
