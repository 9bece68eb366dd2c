# SPDX-License-Identifier: Apache-2.0

"""Configuration files: reading, checking, migrating, and our own options.

Called by ``compute``, ``quickstart`` and ``cli``.  May import the pure
packages, novaobj's table of hooks and oslo.config.  A change keeps what a
service reads and what a command reads the same.
"""
