# SPDX-License-Identifier: Apache-2.0

"""The domains of libvirt; tests/libvirt asks a real one."""

import sys
import types

import pytest

from nova_pci_ext import exceptions
from nova_pci_ext.discovery import domains

NO_DOMAIN, CONNECTION_LOST = 42, 38


class Error(Exception):
    """``libvirt.libvirtError``."""

    def get_error_code(self):
        return self.args[1]


class Domain:
    def __init__(self, name, error=None):
        self._name, self._error = name, error

    def XMLDesc(self, _flags):
        if self._error:
            raise Error('not described', self._error)
        return f'<domain><name>{self._name}</name><uuid>u-1</uuid></domain>'

    def isActive(self):
        return 1


@pytest.fixture
def libvirt(monkeypatch):
    """Put a libvirt with these domains in the place of the real one."""
    closed = []

    def put(*found):
        connection = types.SimpleNamespace(
            listAllDomains=lambda _flags: found,
            close=lambda: closed.append(True))
        monkeypatch.setitem(sys.modules, 'libvirt', types.SimpleNamespace(
            openReadOnly=lambda _uri: connection, libvirtError=Error,
            VIR_ERR_NO_DOMAIN=NO_DOMAIN))
        return closed

    return put


def test_a_domain_that_vanishes_meanwhile_is_left_out(libvirt):
    closed = libvirt(Domain('gone', NO_DOMAIN), Domain('here'))
    assert domains.read() == (
        domains.Domain(uuid='u-1', name='here', running=True),)
    assert closed == [True]


def test_a_domain_that_is_not_described_is_an_error(libvirt):
    """Taken for gone, its devices would be free."""
    closed = libvirt(Domain('here'), Domain('unknown', CONNECTION_LOST))
    with pytest.raises(exceptions.DiscoveryError, match='not described'):
        domains.read()
    assert closed == [True]
