# SPDX-License-Identifier: Apache-2.0

"""Tell how this process was started, and end with 3; needs no cloud."""

import builtins
import os
import sys
import time

if __name__ == '__main__':
    # Whoever was here before in this process would have left it.
    builtins.told = getattr(builtins, 'told', 0) + 1
    print(os.environ.get('NOVA_PCI_ASKED'), builtins.told, sys.argv[1:],
          repr(sys.stdin.read()))
    print('an error', file=sys.stderr)
    if sys.argv[1:] == ['sleep']:
        time.sleep(600)
    sys.exit(3)
