# SPDX-License-Identifier: Apache-2.0

"""The books of a cloud, read, recorded and corrected, for ``nova-pci audit``.

Called by ``cli``.  May import ``explaining``, ``virt`` and what is below
them.  A change keeps each correction one write that is made only if nothing
has changed since the books were read.
"""
