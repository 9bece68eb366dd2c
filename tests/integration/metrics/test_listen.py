# SPDX-License-Identifier: Apache-2.0

"""``[pci_ext] metrics_listen``: where a process serves, and what it says."""

import logging
import os
import socket
import ssl
import subprocess
import types
import urllib.request

import nova.conf
import pytest
from oslo_config import cfg

from nova_pci_ext.configuration import pci_ext
from nova_pci_ext.metrics import listen
from nova_pci_ext.novaobj.hooks import Part
from nova_pci_ext.parsing.listen_address import parse_listen_address
from nova_pci_ext.scheduler import filters
from nova_pci_ext.virt import driver
from tests import nova_hosts

pytestmark = pytest.mark.nova

CONF = nova.conf.CONF
LOGGER = 'nova_pci_ext.metrics.listen'


def serve(text, **options):
    """Serve where a text says."""
    return listen.serve(parse_listen_address(text), types.SimpleNamespace(**{
        'metrics_tls_cert': None, 'metrics_tls_key': None,
        'metrics_tls_client_ca': None, **options}))


class Driver(driver.PciExtDriver):
    """As the drivers that nova-compute builds."""

    hooks_part = Part.RECORDED


@pytest.mark.parametrize('read', [
    pytest.param(filters.PciPassthroughFilter, id='nova-scheduler'),
    pytest.param(Driver, id='nova-compute'),
])
def test_a_service_does_not_start_with_a_wrong_value(tmp_path, read,
                                                     monkeypatch):
    path = tmp_path / 'nova.conf'
    path.write_text('[pci_ext]\nmetrics_listen = localhost:9901\n')
    conf = cfg.ConfigOpts()
    nova.conf.pci.register_opts(conf)
    nova.conf.scheduler.register_opts(conf)
    pci_ext.register_opts(conf)
    conf([], default_config_files=[str(path)])
    monkeypatch.setattr(filters, 'CONF', conf)
    monkeypatch.setattr(driver, 'CONF', conf)
    monkeypatch.setattr(listen._Served, 'pid', 0)
    with pytest.raises(cfg.ConfigFileValueError) as caught:
        read()
    assert str(caught.value).endswith(
        "cannot be 'localhost:9901'; expected an IP address and a port or a "
        'range of ports, such as 127.0.0.1:9901 or [::1]:9901-9908')


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
    port = serve('127.0.0.1:0')
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
    assert [serve(text) for _ in range(3)] == [
        first, first + 1, None]
    assert said(caplog) == [
        f'[pci_ext] metrics_listen = {text}: no port to listen on '
        '([Errno 98] Address already in use). This process has no metrics; '
        'free a port, or widen the range to one port for each process of '
        'this host']


def test_an_address_of_no_interface_is_an_error_and_no_exception(caplog):
    assert serve('192.0.2.10:9901') is None
    assert 'no port to listen on ([Errno 99]' in caplog.text


def test_an_address_that_all_reach_is_served_with_a_warning(caplog):
    caplog.set_level(logging.WARNING, LOGGER)
    assert serve('0.0.0.0:0')
    assert said(caplog) == [
        '[pci_ext] metrics_listen = 0.0.0.0:0: everybody who reaches this '
        'host can read its PCI addresses and how busy they are; give the '
        'address of the management network']


@pytest.fixture(scope='module')
def keys(tmp_path_factory):
    """Make an authority, and certificates of it for both sides."""
    folder = tmp_path_factory.mktemp('keys')

    def openssl(*words):
        subprocess.run(['openssl', *words], cwd=folder, check=True,
                       capture_output=True, timeout=60)

    openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2',
            '-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=ca',
            # From 3.13 on Python wants what the standard wants.
            '-addext', 'keyUsage=critical,keyCertSign,cRLSign')
    (folder / 'names').write_text(
        'subjectAltName=IP:127.0.0.1\nauthorityKeyIdentifier=keyid\n')
    for name in ('server', 'client'):
        openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout',
                f'{name}.key', '-out', f'{name}.csr', '-subj', f'/CN={name}')
        openssl('x509', '-req', '-in', f'{name}.csr', '-CA', 'ca.crt',
                '-CAkey', 'ca.key', '-days', '2', '-out', f'{name}.crt',
                '-extfile', 'names')
    return folder


def scrape_tls(port, keys, client=None):
    context = ssl.create_default_context(cafile=keys / 'ca.crt')
    if client:
        context.load_cert_chain(keys / f'{client}.crt',
                                keys / f'{client}.key')
    url = f'https://127.0.0.1:{port}/metrics'
    with urllib.request.urlopen(url, timeout=10, context=context) as answer:
        return answer.read().decode()


def test_it_serves_by_https(keys):
    port = serve('127.0.0.1:0', metrics_tls_cert=keys / 'server.crt',
                 metrics_tls_key=keys / 'server.key')
    assert 'nova_pci_ext_filter_seconds' in scrape_tls(port, keys)
    with pytest.raises(OSError):
        scrape(port)


def test_with_an_authority_it_serves_its_clients_only(keys):
    port = serve('127.0.0.1:0', metrics_tls_cert=keys / 'server.crt',
                 metrics_tls_key=keys / 'server.key',
                 metrics_tls_client_ca=keys / 'ca.crt')
    assert 'nova_pci_ext_filter_seconds' in scrape_tls(port, keys, 'client')
    with pytest.raises(OSError):
        scrape_tls(port, keys)


@pytest.mark.parametrize(('options', 'wrong'), [
    ({'metrics_tls_cert': '/nowhere', 'metrics_tls_key': '/nowhere'},
     '[Errno 2] No such file or directory'),
    ({'metrics_tls_cert': '/nowhere'},
     'expected both metrics_tls_cert and metrics_tls_key'),
    ({'metrics_tls_client_ca': '/nowhere'},
     'expected both metrics_tls_cert and metrics_tls_key'),
])
def test_nothing_is_served_in_plain_text_that_was_to_be_encrypted(
        options, wrong, caplog):
    assert serve('127.0.0.1:0', **options) is None
    assert said(caplog) == [
        'The TLS options of [pci_ext] metrics_listen cannot be used: '
        f'{wrong}. This process has no metrics until they are corrected and '
        'the service restarted']


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
