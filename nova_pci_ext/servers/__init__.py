# SPDX-License-Identifier: Apache-2.0

"""One server: what the records say of it, and where else it could be.

Called by ``cli``.  May import ``explaining``, ``planning`` and what is below
them.  Nothing here decides whether a host can take a server: ``explaining``
asks the filters.  Nothing is written.
"""
