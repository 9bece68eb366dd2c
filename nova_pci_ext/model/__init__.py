# SPDX-License-Identifier: Apache-2.0

"""Values: devices, pools, requests, verdicts, claims, bindings.

Nothing here decides anything or reads anything.  May import only
``exceptions``; every other package imports this one.  A change keeps values
frozen and comparable: tests, caches and the two services compare them.
"""
