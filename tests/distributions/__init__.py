# SPDX-License-Identifier: Apache-2.0

"""The two commands of README on other distributions."""
