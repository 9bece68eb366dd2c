# SPDX-License-Identifier: Apache-2.0

"""``nova-pci quickstart``: an embedded Nova that boots two servers.

Called by ``cli`` and tests.  May import everything but ``cli``.  A change
keeps the reader's machine as it was: all files lie in one temporary folder.
"""
