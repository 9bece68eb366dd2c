# SPDX-License-Identifier: Apache-2.0

"""``nova-pci quickstart``: it shows what it claims, and fails when it cannot.

Each run is a process of its own, as Nova's configuration is global. The
whole story is told once, and many tests read its outcome.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import pytest

from tests.quickstart_process import client
from tests.quickstart_process import interrupt
from tests.quickstart_process import kept_running

pytestmark = pytest.mark.nova

ROOT = pathlib.Path(__file__).parents[3]
SHARE = ROOT / 'etc' / 'nova_pci_ext' / 'quickstart'
NOVA_CONF = SHARE / 'nova.conf'
TIMEOUT_S = 180

COMMAND = """
import sys
{prelude}
from nova_pci_ext.cli import main
sys.exit(main.main(sys.argv[1:]))
"""

# A tracker on which no device ever comes back.
NEVER_FREE = """
from nova_pci_ext.quickstart import threads
threads.use_threads()
import functools
from nova_pci_ext.compute.tracker import PciDevTracker
for name in ('free_device', 'free_instance', 'free_instance_allocations',
             'free_instance_claims', 'clean_usage'):
    idle = functools.wraps(getattr(PciDevTracker, name))(
        lambda self, *args: None)
    setattr(PciDevTracker, name, idle)
"""

# A compute on which our tracker was not installed.
NOT_INSTALLED = """
from nova_pci_ext.quickstart import threads
threads.use_threads()
from nova_pci_ext import install
install.REPLACEMENTS = tuple(
    each for each in install.REPLACEMENTS if each.name != 'PciDevTracker')
"""


def quickstart(*arguments, prelude=''):
    """Run the command; return the finished process.

    A run that fails keeps its folder for the reader, here for nobody.
    """
    with tempfile.TemporaryDirectory() as folder:
        return subprocess.run(
            [sys.executable, '-c', COMMAND.format(prelude=prelude),
             'quickstart', *map(str, arguments)],
            cwd=ROOT, env={**os.environ, 'TMPDIR': folder},
            capture_output=True, text=True, timeout=TIMEOUT_S)


@pytest.fixture(scope='module')
def told():
    """One whole story: the finished process and its outcome."""
    done = quickstart('--format', 'json')
    assert done.returncode == 0, done.stderr
    return done, json.loads(done.stdout)


def changed(tmp_path, old, new):
    """Write the quickstart's nova.conf with one text replaced."""
    text = NOVA_CONF.read_text()
    assert old in text
    path = tmp_path / 'nova.conf'
    path.write_text(text.replace(old, new))
    return path


def test_every_claim_holds(told):
    _, outcome = told
    assert outcome['verdict']['answer'] == 'holds'
    assert [check for check in outcome['checks'] if check['wrong']] == []


def test_filter_and_trackers_are_ours_by_class_path(told):
    _, outcome = told
    assert [check['claim'] for check in outcome['checks']][:4] == [
        'the scheduler filters with our PciPassthroughFilter',
        'the tracker and its pools on gpu-host are ours',
        'the tracker and its pools on igb-host are ours',
        'the tracker and its pools on plain-host are ours']


def test_the_server_with_the_alias_owns_two_devices_of_one_host(told):
    _, outcome = told
    server = outcome['servers'][0]
    assert (server['name'], server['request']) == (
        'server-alias', 'alias a1:2')
    assert [(each['vendor_id'], each['product_id'], each['alias'])
            for each in server['devices']] == [('8086', '1520', 'a1')] * 2
    assert server['ports'] == []


def test_the_port_has_a_vf_of_its_physical_network(told):
    """Nova's network code wrote the profile, and the driver was given it."""
    _, outcome = told
    server = outcome['servers'][1]
    (device,), (port,) = server['devices'], server['ports']
    assert (server['host'], device['port']) == ('plain-host', port['id'])
    assert device['address'].startswith('0000:0a:00.')
    profile = dict(port['profile'])
    assert len(profile.pop('capabilities')) == 9
    assert profile == {
        'pci_slot': device['address'], 'pci_vendor_info': '8086:1520',
        'physical_network': 'physnet1',
        'pf_mac_address': 'a0:36:9f:09:00:00',
        # The recorded VFs 0 to 3 have the even functions of bus 0a.
        'vf_num': int(device['address'][-1]) // 2}
    assert (port['vif_type'], port['vif_details']) == ('hw_veb', {
        'port_filter': False, 'connectivity': 'l2', 'vlan': '101',
        'bound_drivers': {'0': 'sriovnicswitch'}})


def test_the_refusal_has_the_reason_of_our_filter(told):
    _, outcome = told
    first, *_, last = outcome['refusal']
    assert first == ('Nova: No valid host was found. '
                     'There are not enough hosts available.')
    assert last == (
        'filter: 0 of 3 hosts can serve the PCI requests: 2 too_few (such as '
        'gpu-host), 1 identity (such as igb-host)')


def test_counts_before_during_and_after(told):
    _, outcome = told
    assert outcome['counts']['before'] == {
        'gpu-host': {'available': 7}, 'igb-host': {'available': 14},
        'plain-host': {'available': 8}}
    during = outcome['counts']['during']
    assert during['plain-host']['allocated'] >= 1
    assert sum(of_host.get('allocated', 0)
               for of_host in during.values()) == 3
    assert outcome['counts']['after'] == outcome['counts']['before']


def test_each_step_is_shown_and_stand_ins_are_named(told):
    done, _ = told
    for step in ("Neutron and Glance: Nova's test fixtures stand in for them",
                 'flavor m1.large with pci_passthrough:alias=a1:2',
                 'boot server-alias with flavor m1.large',
                 'port of vnic_type direct on network physnet1',
                 'delete all servers', 'checks hold'):
        assert step in done.stderr


@pytest.fixture(scope='module')
def unplugged(tmp_path_factory):
    """A run whose scheduler and computes have Nova's own classes."""
    path = changed(tmp_path_factory.mktemp('unplugged'),
                   ',PciPassthroughFilter\n', '\n')
    return quickstart('--nova-conf', path, prelude=NOT_INSTALLED)


def test_without_the_filter_the_run_fails_and_names_it(unplugged):
    assert unplugged.returncode == 1
    assert (
        'WRONG: the scheduler filters with our PciPassthroughFilter: '
        "expected ['nova_pci_ext.scheduler.filters.PciPassthroughFilter'], "
        'found []\n') in unplugged.stderr


def test_without_our_tracker_the_run_fails_and_names_the_host(unplugged):
    assert unplugged.returncode == 1
    assert ('WRONG: the tracker and its pools on igb-host are ours: '
            "expected ('nova_pci_ext.compute.tracker.PciDevTracker', "
            "'nova_pci_ext.stats.PciDeviceStats'), "
            "found ('nova.pci.manager.PciDevTracker', "
            "'nova_pci_ext.stats.PciDeviceStats')\n") in unplugged.stderr


def test_a_tracker_that_never_frees_makes_the_run_fail():
    done = quickstart(prelude=NEVER_FREE)
    assert done.returncode == 1
    assert 'WRONG: all devices are as they were before' in done.stderr


@pytest.mark.parametrize(('old', 'new', 'message'), [
    pytest.param(
        '"vendor_id":"10de", "product_id":"1db6"}',
        '"vendor_id":"10de", "prodct_id":"1db6"}',
        '17: [pci] device_spec[3].prodct_id: unknown key; '
        "did you mean 'product_id'?\n",
        id='a misspelt key'),
    pytest.param(
        '"product_id":"1520", "name":"a1"', '"product_id":"152", "name":"a1"',
        '11: [DEFAULT] pci_alias[0].product_id: cannot be "152"; expected '
        'four hexadecimal digits in quotes, such as "1520"\n',
        id='an impossible id in an alias of 2014'),
])
def test_a_faulty_configuration_stops_before_anything_starts(
        tmp_path, old, new, message):
    path = changed(tmp_path, old, new)
    done = quickstart('--nova-conf', path)
    assert (done.returncode, done.stdout, done.stderr) == (
        2, '', f'nova-pci: error: {path}:{message}')


def test_a_faulty_recorded_host_stops_before_anything_starts(tmp_path):
    path = tmp_path / 'host.json'
    path.write_text('{}')
    done = quickstart('--inventory', path)
    assert (done.returncode, done.stdout) == (2, '')
    assert done.stderr == (
        'nova-pci: error: '
        f'{path}: not an inventory file; expected a JSON object with '
        '"format": "nova-pci-inventory", as nova-pci devices --record '
        'writes it\n')


@pytest.fixture(scope='module')
def kept(tmp_path_factory):
    """A quickstart that keeps serving: (process, its lines so far)."""
    with kept_running(tmp_path_factory.mktemp('kept')) as running:
        yield running


def printed(text, start):
    """Return the printed command line that starts so."""
    (found,) = re.findall(rf'^  ({start}.*)$', text, re.MULTILINE)
    return found


def test_the_printed_commands_of_novaclient_work(kept):
    """The flavor key and the boot, as the article of 2014 has them."""
    _, text = kept
    key = printed(text, 'nova flavor-key')
    assert key == ('nova flavor-key m1.large set '
                   '"pci_passthrough:alias"="a1:2"')
    assert client(text, key).returncode == 0
    booted = client(text, printed(text, 'nova boot --image new1'))
    assert booted.returncode == 0, booted.stderr
    assert 'Finished' in booted.stdout
    shown = client(text, printed(text, 'nova show'))
    assert re.search(r'\| status +\| ACTIVE ', shown.stdout)
    (server,) = re.findall(r'\| id +\| (\S+) ', shown.stdout)
    owned = client(text, printed(text, 'nova-pci devices'))
    # What a server owns was shown as free.
    (line,) = [line for line in owned.stdout.splitlines() if server in line]
    assert ('owned' in line, '2 devices' in line) == (True, True)


@pytest.mark.parametrize(('start', 'says'), [
    ('nova-pci explain', 'hosts can take such a server'),
    ('nova-pci audit', 'the books agree'),
    ('nova-pci fleet', '| gpu-host'),
    ('nova-pci devices', '; 8 devices (1 PF, 3 VFs)')])
def test_the_printed_commands_of_ours_look_at_the_same_cloud(
        kept, start, says):
    _, text = kept
    done = client(text, printed(text, start))
    assert says in done.stdout, done.stderr


def test_the_option_of_2014_is_refused_as_the_page_says(kept):
    _, text = kept
    line = printed(text, 'nova boot --image new1')
    done = client(text, line.replace('--key-name', '--key_name'))
    assert 'unrecognized arguments: --key_name' in done.stderr


def test_the_printed_commands_for_a_direct_port_work(kept):
    _, text = kept
    made = client(text, printed(text, 'openstack port create'))
    assert made.returncode == 0, made.stderr
    booted = client(text, printed(text, 'nova boot --flavor m1.small'))
    assert 'Finished' in booted.stdout, booted.stderr
    port = json.loads(client(
        text, 'openstack port show -f json port1').stdout)
    assert (port['binding_host_id'], port['binding_vif_type']) == (
        'plain-host', 'hw_veb')
    assert port['binding_profile']['pci_slot'].startswith('0000:0a:00.')


def test_the_page_has_the_printed_commands(kept):
    _, text = kept
    page = (ROOT / 'doc' / 'source' / 'quickstart.rst').read_text()
    told = re.findall('^   ((?:nova |openstack |export OS_PROJ).*)$', page,
                      re.MULTILINE)
    assert len(told) == 9
    assert [line for line in told if f'  {line}\n' not in text] == []


def plain(text):
    """Leave out what differs from run to run, and how lines are broken."""
    text = re.sub(r'127\.0\.0\.1:\d+', 'ADDRESS', text).replace(
        f'{ROOT}/', '')
    text = re.sub(r'[0-9a-f]{8}-[0-9a-f.…-]+', 'ID', text)
    return ' '.join(re.sub(r'\d+\.\d s\s', '', text).split())


def test_the_page_shows_the_steps_that_are_printed(told):
    page = (ROOT / 'doc' / 'source' / 'quickstart.rst').read_text()
    block = page.partition('.. code-block:: console\n\n      0.0 s')[2]
    steps = [plain(step) for step in re.split(
        r'\n\s+\d+\.\d s\s', '\n' + block.partition('\n\n(')[0])]
    assert len(steps) > 30
    printed = plain(told[0].stderr)
    assert [step for step in steps if step not in printed] == []


def test_the_readme_quotes_what_is_printed(told):
    readme = (ROOT / 'README.rst').read_text()
    table = (ROOT / 'doc' / 'source' / 'quickstart-table.txt').read_text()
    quoted = [plain(block) for block in re.findall(
        r'::\n\n((?:    .+\n)+)',
        readme.partition('What you see instead')[2].partition('Beside')[0])]
    assert len(quoted) == 3
    printed = plain(told[0].stderr)
    assert [text for text in quoted[:2] if text not in printed] == []
    rows = re.findall(r'^    \| (server-.*\S) +\|$', readme, re.MULTILINE)
    assert len(rows) == 3
    assert [row for row in rows if plain(row) not in plain(table)] == []


def test_an_interrupt_ends_it_well(kept):
    process, _ = kept
    assert interrupt(process) == 0


def test_without_what_only_the_quickstart_needs_it_says_what_to_install():
    done = quickstart(prelude='sys.modules["placement"] = None')
    assert (done.returncode, done.stdout, done.stderr) == (
        2, '', 'nova-pci: error: '
               'the quickstart needs placement, which no service of '
        "Nova does: pip install 'nova-pci-ext[quickstart]'\n")


def test_the_command_line_starts_without_nova():
    done = subprocess.run(
        [sys.executable, '-c',
         'import sys\n'
         'from nova_pci_ext.cli import main, quickstart\n'
         'sys.exit("nova" in sys.modules)'], cwd=ROOT, timeout=TIMEOUT_S)
    assert done.returncode == 0
