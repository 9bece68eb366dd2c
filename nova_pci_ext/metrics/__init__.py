# SPDX-License-Identifier: Apache-2.0

"""What is measured, and where it can be read.

Called by ``scheduler``, ``compute`` and ``virt``.  May import ``model``.  A
change keeps the names of metrics: dashboards and alarms use them.  A fault
here never stops a service.
"""
