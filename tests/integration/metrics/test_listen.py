# SPDX-License-Identifier: Apache-2.0

"""``[pci_ext] metrics_listen``: where a process serves, and what it says."""

import logging
import os
import socket
import urllib.request

import nova.conf
import pytest

from nova_pci_ext.configuration import pci_ext
from nova_pci_ext.metrics import listen
from nova_pci_ext.scheduler import filters
from tests import nova_hosts

pytestmark = pytest.mark.nova

CONF = nova.conf.CONF
LOGGER = 'nova_pci_ext.metrics.listen'
FORM = ('expected an IP address and a port or a range of ports, such as '
        '"127.0.0.1:9901" or "[::1]:9901-9908"')


@pytest.mark.parametrize(('text', 'wrong'), [
    ('9901', 'cannot be "9901"'),
    ('localhost:9901', 'cannot be "localhost:9901"'),
    ('::1:9901', 'cannot be "::1:9901"'),
    ('127.0.0.256:9901', '"127.0.0.256" is no IP address'),
    ('127.0.0.1:9908-9901', 'ports 9908 to 9901 are none'),
    ('127.0.0.1:99999', 'ports 99999 to 99999 are none'),
])
def test_a_wrong_value_is_an_error_and_no_exception(text, wrong, caplog):
    assert listen.serve(text) is None
    assert caplog.record_tuples == [(
        LOGGER, logging.ERROR,
        f'[pci_ext] metrics_listen {wrong}; {FORM}. This process has no '
        'metrics until it is corrected and the service restarted')]


def said(caplog):
    """Return what the listener logged; other tests turn others up."""
    return [record.getMessage() for record in caplog.records
            if record.name == LOGGER]


def scrape(port):
    url = f'http://127.0.0.1:{port}/metrics'
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode()


def test_it_serves_the_registry(caplog):
    caplog.set_level(logging.INFO, LOGGER)
    port = listen.serve('127.0.0.1:0')
    assert '# TYPE nova_pci_ext_filter_seconds histogram\n' in scrape(port)
    assert said(caplog) == [
        f'Metrics are served at 127.0.0.1 port {port}']


def two_free_ports():
    """Return a port with a free one after it."""
    while True:
        with socket.socket() as one, socket.socket() as two:
            one.bind(('127.0.0.1', 0))
            port = one.getsockname()[1]
            try:
                two.bind(('127.0.0.1', port + 1))
            except OSError:
                continue
            return port


def test_each_process_takes_the_next_port_of_the_range(caplog):
    caplog.set_level(logging.WARNING, LOGGER)
    first = two_free_ports()
    text = f'127.0.0.1:{first}-{first + 1}'
    assert [listen.serve(text) for _ in range(3)] == [
        first, first + 1, None]
    assert said(caplog) == [
        f'[pci_ext] metrics_listen = {text}: no port to listen on '
        '([Errno 98] Address already in use). This process has no metrics; '
        'free a port, or widen the range to one port for each process of '
        'this host']


def test_an_address_of_no_interface_is_an_error_and_no_exception(caplog):
    assert listen.serve('192.0.2.10:9901') is None
    assert 'no port to listen on ([Errno 99]' in caplog.text


def test_an_address_that_all_reach_is_served_with_a_warning(caplog):
    caplog.set_level(logging.WARNING, LOGGER)
    assert listen.serve('0.0.0.0:0')
    assert said(caplog) == [
        '[pci_ext] metrics_listen = 0.0.0.0:0: everybody who reaches this '
        'host can read its PCI addresses and how busy they are; give the '
        'address of the management network']


@pytest.fixture
def wanted(monkeypatch, caplog):
    """The option set, in a process that has not tried yet; its log."""
    monkeypatch.setattr(listen._Served, 'pid', 0)
    pci_ext.register_opts(CONF)
    CONF.set_override(
        'metrics_listen', '127.0.0.1:0', group='pci_ext')
    caplog.set_level(logging.INFO, LOGGER)
    yield caplog
    CONF.clear_override('metrics_listen', group='pci_ext')


def run_filter():
    spec = nova_hosts.request_spec()
    list(filters.PciPassthroughFilter().filter_all([], spec))


def test_nothing_listens_unless_asked(wanted):
    CONF.clear_override('metrics_listen', group='pci_ext')
    run_filter()
    assert said(wanted) == []


def test_a_worker_listens_once_from_its_first_request_on(wanted):
    filters.PciPassthroughFilter()
    assert said(wanted) == []
    run_filter()
    run_filter()
    assert len(said(wanted)) == 1


def test_a_forked_worker_listens_for_itself(wanted):
    run_filter()
    child = os.fork()
    if not child:
        run_filter()
        os._exit(len(said(wanted)))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 2
