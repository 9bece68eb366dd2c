# SPDX-License-Identifier: Apache-2.0

"""``device_spec`` and aliases against the devices of one host.

Which entry takes a device, which alias it serves, what a host lacks to hand
devices out.  Called by ``configuration``, ``compute`` and ``cli``.  Pure; may
import ``matching``, ``parsing`` and ``model``.  A change keeps one rule in one
place: whether an alias fits a device is asked of ``matching.rules``.
"""
