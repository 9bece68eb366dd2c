# SPDX-License-Identifier: Apache-2.0

"""Several releases of Nova beside each other."""
