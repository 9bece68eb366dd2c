# SPDX-License-Identifier: Apache-2.0

"""The metrics of a running Nova, and the dashboard that shows them.

One embedded Nova tells the story of the quickstart and keeps running: two
servers had three devices, and one that asked for too much was refused.
"""

import contextlib
import json
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.parse
import urllib.request

import pytest
import yaml
from prometheus_client import parser

from tests.quickstart_process import kept_running

pytestmark = pytest.mark.nova

ROOT = pathlib.Path(__file__).parents[3]
SHARE = ROOT / 'etc' / 'nova_pci_ext'
DASHBOARD = SHARE / 'grafana-dashboard.json'
ALERTS = ROOT / 'doc' / 'source' / 'examples' / 'alerts.yml'
SELECTOR = re.compile(r'(nova_pci_ext_\w+)(?:\{([^}]*)\})?')
LIMIT = re.compile(r' (?:>|==) [0-9]+$')
GROUPING = re.compile(r'\bby \(([^)]*)\)')
# What Grafana puts in the place of its variables.
VARIABLES = {'$node': '.*', '$__rate_interval': '1m', '$__range': '1h'}


def fetch(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode()


@pytest.fixture(scope='module')
def log(tmp_path_factory):
    """The log of an embedded Nova that serves metrics, after its story."""
    folder = tmp_path_factory.mktemp('metrics')
    with kept_running(
            folder, options='[pci_ext]\nmetrics_listen = 127.0.0.1:0\n'):
        (found,) = folder.glob('nova-pci-*/nova.log')
        yield found


@pytest.fixture(scope='module')
def port(log):
    """Where that Nova serves its metrics."""
    (found,) = re.findall(r'Metrics are served at 127\.0\.0\.1 port (\d+)',
                          log.read_text())
    return int(found)


@pytest.fixture(scope='module')
def families(port):
    """One scrape: name of a metric -> the metric."""
    text = fetch(f'http://127.0.0.1:{port}/metrics')
    return {family.name: family
            for family in parser.text_string_to_metric_families(text)}


def total(family, **labels):
    """Return the sum of the samples with these labels."""
    return sum(sample.value for sample in family.samples
               if not sample.name.endswith('_created')
               and labels.items() <= sample.labels.items())


def test_claims_and_releases(families):
    claimed = families['nova_pci_ext_devices_claimed']
    released = families['nova_pci_ext_devices_released']
    assert total(claimed) == total(released) == 3
    assert total(claimed, node='plain-host') >= 1
    assert total(families['nova_pci_ext_claims_refused']) == 0


def test_refusals_have_the_reasons_of_the_log(families):
    """0 of 3 hosts can serve the PCI requests: 2 too_few, 1 identity."""
    refused = families['nova_pci_ext_hosts_refused']
    assert total(refused, reason='too_few') >= 2
    assert total(refused, reason='identity') >= 1
    assert total(families['nova_pci_ext_requests_unserved']) == 1


def test_the_filter_is_timed_once_for_each_request(families):
    times = families['nova_pci_ext_filter_seconds']
    (count,) = [sample.value for sample in times.samples
                if sample.name.endswith('_count')]
    assert count == 3


def test_devices_are_those_of_the_recorded_hosts(families):
    """As many as the quickstart shows in pci_devices after its story."""
    devices = families['nova_pci_ext_devices']
    assert {node: total(devices, node=node, state='available')
            for node in ('gpu-host', 'igb-host', 'plain-host')} == {
        'gpu-host': 7, 'igb-host': 14, 'plain-host': 8}
    assert total(devices) == 29
    assert total(devices, node='igb-host', pf='0000:41:00.0',
                 numa_node='0', product='8086:10ca') == 7


def test_the_page_names_every_metric(families):
    page = (ROOT / 'doc' / 'source' / 'monitoring.rst').read_text()
    listed = set(re.findall(r'^   \* - ``(\w+)``$', page, re.MULTILINE))
    # When a counter began is a metric of the client library's own.
    assert listed == {family.name + ('_total' * (family.type == 'counter'))
                      for family in families.values()
                      if not family.name.endswith('_created')}


def alarms():
    """Yield every query of the alarms in the documentation."""
    rules = yaml.safe_load(ALERTS.read_text())
    for group in rules['groups']:
        for rule in group['rules']:
            yield pytest.param(rule['expr'], id=rule['alert'])


def queries():
    """Yield every query of the dashboard, its variables filled in."""
    board = json.loads(DASHBOARD.read_text())
    for panel in board['panels']:
        for target in panel['targets']:
            text = target['expr']
            for name, value in VARIABLES.items():
                text = text.replace(name, value)
            yield pytest.param(text, id=f"{panel['title']} {target['refId']}")
    (variable,) = [each for each in board['templating']['list']
                   if each['type'] == 'query']
    assert variable['definition'] == 'label_values(nova_pci_ext_devices, node)'


@pytest.mark.parametrize('query', [*queries(), *alarms()])
def test_a_query_names_metrics_and_labels_of_a_scrape(query, families):
    samples = {}
    for family in families.values():
        for sample in family.samples:
            samples.setdefault(sample.name, set()).update(sample.labels)
    used = SELECTOR.findall(query)
    assert used
    for name, matchers in used:
        assert name in samples
        labels = re.findall(r'(\w+)=', matchers)
        for group in GROUPING.findall(query):
            labels += re.split(r', *', group)
        assert set(labels) - samples[name] == set()


@pytest.fixture(scope='module')
def prometheus(port, tmp_path_factory):
    """URL of a Prometheus that has scraped the Nova twice."""
    folder = tmp_path_factory.mktemp('prometheus')
    (folder / 'prometheus.yml').write_text(
        'scrape_configs:\n- job_name: nova-pci-ext\n'
        '  scrape_interval: 1s\n  static_configs:\n'
        f"  - targets: ['127.0.0.1:{port}']\n")
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        own = probe.getsockname()[1]
    server = subprocess.Popen(
        ['prometheus', f'--config.file={folder}/prometheus.yml',
         f'--storage.tsdb.path={folder}/data',
         f'--web.listen-address=127.0.0.1:{own}'],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f'http://127.0.0.1:{own}'
    try:
        await_scrapes(url)
        yield url
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=30)


def ask(url, query):
    """Return what Prometheus answers to a query, without the times."""
    answer = json.loads(fetch(f'{url}/api/v1/query?' + urllib.parse.urlencode(
        {'query': query})))
    assert answer['status'] == 'success', answer
    return answer['data']['result']


def await_scrapes(url):
    """Wait until there are two scrapes, which a rate needs."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            (found,) = ask(
                url, 'count_over_time(up[1h])') or [{'value': [0, '0']}]
            if int(found['value'][1]) > 2:
                return
        time.sleep(0.5)
    raise AssertionError('Prometheus did not scrape')


@pytest.mark.skipif(shutil.which('prometheus') is None,
                    reason='apt-get install prometheus')
@pytest.mark.parametrize('query', [*queries(), *alarms()])
def test_prometheus_answers_a_query(query, prometheus):
    # A comparison at the end leaves out what is well.
    assert ask(prometheus, LIMIT.sub('', query)) != []
