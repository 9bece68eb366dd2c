# SPDX-License-Identifier: Apache-2.0

"""Who calls: a stand-in for keystonemiddleware in front of Nova's API."""

from collections.abc import Callable
from collections.abc import Iterable
from wsgiref.types import StartResponse
from wsgiref.types import WSGIApplication
from wsgiref.types import WSGIEnvironment

Application = WSGIApplication

PROJECT_ID = '6f70656e737461636b20342065766572'
USER_ID = '61646d696e00000000000000000000aa'
TOKEN = 'admin'

IDENTITY = {
    'HTTP_X_USER_ID': USER_ID, 'HTTP_X_USER_NAME': 'admin',
    'HTTP_X_PROJECT_ID': PROJECT_ID, 'HTTP_X_PROJECT_NAME': 'quickstart',
    'HTTP_X_ROLES': 'admin,manager,member,reader',
    'HTTP_X_IDENTITY_STATUS': 'Confirmed',
}


class TokenFilter:
    """Take any token for the one administrator that there is."""

    def __init__(self, application: Application) -> None:
        self._application = application

    @classmethod
    def factory(cls, global_conf: dict[str, str], **local_conf: str,
                ) -> Callable[[Application], 'TokenFilter']:
        """Paste's filter factory."""
        return cls

    def __call__(self, environ: WSGIEnvironment,
                 start_response: StartResponse) -> Iterable[bytes]:
        if 'HTTP_X_AUTH_TOKEN' not in environ:
            start_response('401 Unauthorized', [('Content-Length', '0')])
            return []
        return self._application({**environ, **IDENTITY}, start_response)
