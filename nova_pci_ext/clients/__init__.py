# SPDX-License-Identifier: Apache-2.0

"""What the command line clients of a cloud's users learn from us.

``nova`` and ``openstack`` load it, on machines without Nova: it imports
``model`` and the client that it is for, nothing else.  May not be imported.
"""
