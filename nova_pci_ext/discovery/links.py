# SPDX-License-Identifier: Apache-2.0

"""Speeds of links that are none."""

# SPEED_UNKNOWN of the kernel is -1, and 4294967295 where it is printed or
# read as a number without a sign, as libvirt does.
_UNKNOWN = 0xffffffff


def known_speed(mbps: int | None) -> int | None:
    """Return a speed in Mb/s, None for what stands for an unknown one."""
    return mbps if mbps and 0 < mbps < _UNKNOWN else None
