# SPDX-License-Identifier: Apache-2.0

"""Any token is the administrator's, and none is nobody's."""

from nova_pci_ext.quickstart import token


def call(environ):
    started = []

    def application(environ, start_response):
        start_response('200 OK', [])
        return [environ['HTTP_X_ROLES'].encode()]

    wrap = token.TokenFilter.factory({})
    body = wrap(application)(environ, lambda *each: started.append(each))
    return started, list(body)


def test_a_call_without_a_token():
    assert call({}) == ([('401 Unauthorized', [('Content-Length', '0')])],
                        [])


def test_a_call_with_a_token_is_the_administrators():
    assert call({'HTTP_X_AUTH_TOKEN': 'any', 'HTTP_X_ROLES': 'reader'}) == (
        [('200 OK', [])], [b'admin,manager,member,reader'])
