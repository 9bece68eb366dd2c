# SPDX-License-Identifier: Apache-2.0

"""The tracker for half an hour on MariaDB: threads, faults and restarts."""
