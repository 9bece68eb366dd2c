# SPDX-License-Identifier: Apache-2.0

"""The exact decision: from requests and pools to a verdict and its wording.

Called by ``stats``, ``scheduler``, ``handing_out`` and ``explaining``.  Pure;
may import ``model``.  A change keeps the answer exact and independent of the
order of requests, pools and alternatives, and every refusal a proof.
"""

from nova_pci_ext.matching.decision import search

__all__ = ['search']
