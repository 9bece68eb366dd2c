# SPDX-License-Identifier: Apache-2.0

"""Port, device and guest: what is written to a port and read back.

Called by ``virt`` only.  Pure; may import ``model`` and ``exceptions``.  A
change keeps the direction: Nova writes ``binding:profile``, the mechanism
driver writes ``binding:vif_details``.
"""
