# SPDX-License-Identifier: Apache-2.0

"""What a command says where Nova is not installed.

Our wheel has a folder below ``nova``, so that ``import nova`` works without
Nova too, and gives an empty package.
"""

import importlib.util
import sys


def is_missing() -> bool:
    """Whether this Python has no Nova, or nothing but our folder of it."""
    try:
        spec = importlib.util.find_spec('nova')
    except ValueError:
        # Somebody put a module of this name together by hand.
        return False
    return spec is None or spec.origin is None


def words() -> str:
    """Return the line for a person."""
    return (f'Nova is not installed in the Python of {sys.prefix}; install '
            'this package into the environment that Nova runs in, or here '
            "a supported Nova: pip install 'nova-pci-ext[nova]' "
            "('nova-pci-ext[nova,quickstart]' for the quickstart)")


def is_cause(error: BaseException) -> bool:
    """Whether an error is that of an import of Nova where there is none."""
    return (isinstance(error, ImportError)
            and (error.name or '').partition('.')[0] == 'nova'
            and is_missing())


def require() -> None:
    """End the process with one line if there is no Nova.

    :raises SystemExit: with that line, which makes the status 1
    """
    if is_missing():
        raise SystemExit(words())
