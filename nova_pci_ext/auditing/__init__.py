# SPDX-License-Identifier: Apache-2.0

"""What the books of a cloud say of its devices, compared.

Called by ``compute``, ``cli`` and the readers of the books.  Pure: values in,
findings and repairs out.  May import ``model``.  A change
keeps the values of ``Kind``: alarms and scripts compare them.
"""
