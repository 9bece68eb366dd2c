# SPDX-License-Identifier: Apache-2.0

"""From a host (sysfs, libvirt, recorded files) to the model.

Called by ``cli``, ``compute`` and ``explaining``.  May import ``model`` and
``exceptions``.  A change keeps every reader behind a root path or a document,
so that a recorded host reads like a live one.
"""
