# SPDX-License-Identifier: Apache-2.0

"""What an error of a client says of the request that it ended."""

from keystoneauth1 import exceptions as keystoneauth

#: A service has read the request and made nothing. Others leave a doubt: a
#: proxy in front of it may answer for it (408, 499, 5xx).
REFUSALS = frozenset({400, 401, 403, 404, 405, 406, 409, 413, 415, 429})
CHANGED = 412


def status_of(error: BaseException) -> int | None:
    """Return the HTTP status of an error, None if it has none."""
    # novaclient, openstacksdk and keystoneauth have a name each.
    for name in ('code', 'status_code', 'http_status'):
        status = getattr(error, name, None)
        if isinstance(status, int):
            return status
    return None


def is_refusal(error: BaseException) -> bool:
    """Whether an error leaves no doubt that nothing was made.

    An answer that cannot be read, a connection that ends and an interrupt by
    the user do: the service may have done what it was asked for.
    """
    # Without an endpoint nothing was sent.
    return (status_of(error) in REFUSALS
            or isinstance(error, keystoneauth.CatalogException))
