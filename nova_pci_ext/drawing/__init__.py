# SPDX-License-Identifier: Apache-2.0

"""Trees and pictures of a host's devices, as text and SVG.

Called by ``cli``.  Pure; may import ``model``.  A change keeps every box
inside its parent and text inside its box (tests measure both).
"""
