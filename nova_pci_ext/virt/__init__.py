# SPDX-License-Identifier: Apache-2.0

"""What our virt drivers add to Nova's.

Named by ``compute_driver`` through the shim ``nova/virt/pci_ext``.  May
import ``compute``, ``install``, ``binding`` and what is below them.  A change
keeps the guest's element Nova's own wherever Nova writes one.
"""
