# SPDX-License-Identifier: Apache-2.0

"""``nova-pci explain``: what the hosts answer to a server request.

Called by ``cli``.  May import ``scheduler``, ``compute`` and what is below
them.  A change keeps the answers those of the real filter and the real claim:
nothing here decides.
"""
