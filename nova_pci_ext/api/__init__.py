# SPDX-License-Identifier: Apache-2.0

"""What nova-api calls: the checks of flavor extra specs.

Loaded by the entry point ``nova.api.extra_spec_validators``.  May import
``parsing`` and ``novaobj``.  A change keeps the import free of errors: Nova
reports a broken validator with a misleading message.
"""
