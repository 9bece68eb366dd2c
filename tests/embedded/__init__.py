# SPDX-License-Identifier: Apache-2.0

"""Programs that run an embedded Nova with PCI devices in Placement.

Nova's configuration is global, so each is a process of its own: a test runs
``python -m tests.embedded.NAME`` and reads the JSON that it prints.
"""
