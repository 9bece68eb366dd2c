# SPDX-License-Identifier: Apache-2.0

"""The drawn pictures of the documentation; see ``__main__``."""
