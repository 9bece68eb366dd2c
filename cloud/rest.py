# SPDX-License-Identifier: Apache-2.0

"""Calls on the services' REST interfaces, as the administrator."""

import time
from collections.abc import Callable
from typing import Any
from typing import TypeVar

from keystoneauth1 import session
from keystoneauth1.identity import v3

from cloud import layout

# The newest that Nova 34 and Placement 16 have in common with their users.
VERSIONS = {'compute': 'compute 2.96', 'placement': 'placement 1.39'}
POLL_S = 0.25
T = TypeVar('T')


class RestError(Exception):
    """A service refused a call, or something did not come about in time.

    :ivar status: the HTTP status, 0 when there was none
    """

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class Rest:
    """The services of one cloud; may be used by several threads."""

    def __init__(self, place: layout.Layout) -> None:
        self._session = session.Session(v3.Password(
            auth_url=f'{place.url("keystone")}/v3', username='admin',
            password=layout.PASSWORD, project_name='admin',
            user_domain_id='default', project_domain_id='default'))
        self._urls = {
            'identity': f'{place.url("keystone")}/v3',
            'compute': f'{place.url("nova")}/v2.1',
            'placement': place.url('placement'),
            'image': f'{place.url("glance")}/v2',
            'network': f'{place.url("neutron")}/v2.0'}

    def call(self, service: str, method: str, path: str,
             body: Any = None, content: bytes | None = None,
             ) -> dict[str, Any]:
        """Return the answer's JSON, an empty dict where there is none.

        :param service: ``identity``, ``compute``, ``network``, ...
        :param body: sent as JSON
        :param content: sent as it is, instead of a body
        :raises RestError: for an answer that is not a success
        """
        headers = {'OpenStack-API-Version': VERSIONS[service]} if (
            service in VERSIONS) else {}
        sent: dict[str, Any] = {} if body is None else {'json': body}
        if content is not None:
            headers['Content-Type'] = 'application/octet-stream'
            sent = {'data': content}
        answer = self._session.request(
            f'{self._urls[service]}{path}', method, raise_exc=False,
            headers=headers, **sent)
        if not answer.ok:
            raise RestError(f'{method} {service} {path}: '
                            f'{answer.status_code} {answer.text[:500]}',
                            answer.status_code)
        found: dict[str, Any] = answer.json() if (
            answer.text and 'json' in answer.headers.get('Content-Type', '')
        ) else {}
        return found

    def compute(self, method: str, path: str, body: Any = None,
                ) -> dict[str, Any]:
        """Call Nova."""
        return self.call('compute', method, path, body)

    def network(self, method: str, path: str, body: Any = None,
                ) -> dict[str, Any]:
        """Call Neutron."""
        return self.call('network', method, path, body)

    def placement(self, method: str, path: str, body: Any = None,
                  ) -> dict[str, Any]:
        """Call Placement."""
        return self.call('placement', method, path, body)


def wait_until(what: str, find: Callable[[], T],
               timeout_s: float = 90) -> T:
    """Return what is found, as soon as it is true.

    :raises RestError: when it takes too long; names what was waited for
    """
    deadline = time.monotonic() + timeout_s
    while not (found := find()):
        if time.monotonic() > deadline:
            raise RestError(f'{what} did not come about in {timeout_s:.0f} s')
        time.sleep(POLL_S)
    return found
