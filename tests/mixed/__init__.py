# SPDX-License-Identifier: Apache-2.0

"""One cloud whose services are of several releases: ``make test-mixed``."""
