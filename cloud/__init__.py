# SPDX-License-Identifier: Apache-2.0

"""A whole OpenStack on this machine: ``make cloud``."""
