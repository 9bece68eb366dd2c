# SPDX-License-Identifier: Apache-2.0

"""What a fleet still takes, and what would have to move for it to take more.

Called by ``cli``.  May import ``explaining``, ``scheduler`` and what is below
them.  A change keeps the answers those of the real filter and the real claim:
nothing here decides whether a server fits, and nothing here is carried out.
"""
