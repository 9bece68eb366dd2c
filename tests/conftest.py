# SPDX-License-Identifier: Apache-2.0

"""What every test run has in common."""

from nova import monkey_patch

# Nova's fixtures patch the threads of the process that imports them, and the
# workers of a test run wait for each other with real threads.
monkey_patch.patch = lambda backend='eventlet': None
