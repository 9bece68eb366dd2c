# SPDX-License-Identifier: Apache-2.0

"""Tests on a whole OpenStack in separate processes, over REST."""
