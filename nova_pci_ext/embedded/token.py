#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

"""Who calls: a stand-in for keystonemiddleware in front of Nova's API."""

from collections.abc import Callable
from collections.abc import Iterable
from typing import Any

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]

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

    def __call__(self, environ: dict[str, Any],
                 start_response: Any) -> Iterable[bytes]:
        if 'HTTP_X_AUTH_TOKEN' not in environ:
            start_response('401 Unauthorized', [('Content-Length', '0')])
            return []
        return self._application({**environ, **IDENTITY}, start_response)
