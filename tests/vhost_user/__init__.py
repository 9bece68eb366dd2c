# SPDX-License-Identifier: Apache-2.0

"""Ports of a switch in user space, with the switch and with guests."""
