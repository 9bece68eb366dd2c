# SPDX-License-Identifier: Apache-2.0

"""``nova-pci check`` on files, compared with what is documented."""

import json
import pathlib
import re

import pytest

from tests import hgx_host
from tests import igb_host as recorded

ROOT = pathlib.Path(__file__).parents[3]
EXAMPLES = ROOT / 'doc' / 'source' / 'examples' / 'check'
QUICKSTART = 'etc/nova_pci_ext/quickstart'


def test_check_of_the_quickstart_is_as_documented(narrow, run, compare):
    status, out, _ = run('check', '--config-file', f'{QUICKSTART}/nova.conf',
                         '--inventory', f'{QUICKSTART}/igb-host.json')
    compare('quickstart.txt', out)
    assert status == 1


def test_check_of_many_faults_is_as_documented(narrow, run, compare):
    status, out, _ = run(
        'check', '--config-file', 'doc/source/examples/check/faults.conf',
        '--flavor', 'a1', '--flavor', 'a7:2')
    compare('faults.txt', out)
    assert status == 2
    assert len(re.findall('^error: ', out, re.MULTILINE)) >= 15


def test_check_of_a_file_of_2014_is_as_documented(narrow, run, compare):
    status, out, _ = run('check', '--config-file',
                         'doc/source/examples/check/2014.conf')
    compare('2014.txt', out)
    assert status == 2


def test_a_report_for_machines(run):
    status, out, _ = run(
        'check', '-f', 'json', '--config-file', EXAMPLES / 'faults.conf')
    report = json.loads(out)
    assert (status, report['verdict']['status']) == (2, 2)
    assert {'path': f'{EXAMPLES}/faults.conf:8: [pci] device_spec[0].adress',
            'message': 'unknown key',
            'expected': "did you mean 'address'?",
            'class': 'typo'} in report['errors']


def test_a_flavor_is_checked_against_the_aliases(run):
    assert run('check', '--config-file', f'{QUICKSTART}/nova.conf',
               '--flavor', 'a1:2,b:0', '--flavor', 'a12:1',
               )[1].splitlines()[2:4] == [
        'error: pci_passthrough:alias: "b:0" is not a request; expected '
        'name:count with count from 1',
        "error: pci_passthrough:alias: no alias is named 'a12'; did you "
        "mean 'a1'?"]


@pytest.mark.parametrize(('words', 'report'), [
    pytest.param(['pci_passthrough:sam=pf:a1'], [
        'error: pci_passthrough:sam: no device depends on it; did you mean '
        'pci_passthrough:same?'], id='a slip of a key'),
    pytest.param(['pci_passthrough:same=pf:a2', 'pci_passthrough:pair=pf:a1'],
                 ['error: pci_passthrough:pair: "pf:a1" has 1 member; '
                  'expected ATTRIBUTE:MEMBER,MEMBER with exactly two members, '
                  'such as pcie_switch:gpu,nic; several of them separated by '
                  '";"',
                  'error: pci_passthrough:same: the flavor asks for no alias '
                  '"a2"; did you mean a1?'], id='a slip of an alias'),
    pytest.param(['pci_passthrough:distinct=rack:a1;pf:ports@physnet7',
                  'pci_passthrough:group=nvlink:a1'], [
        'warning: pci_passthrough:distinct: no entry of [pci] device_spec '
        'has a tag "rack"; no device of this configuration is in such a set',
        'warning: pci_passthrough:distinct: no entry of [pci] device_spec '
        'has the physical network "physnet7"; no device of this '
        'configuration is in such a set',
        'warning: pci_passthrough:group: no [pci_ext] device_group has the '
        'type "nvlink"; no device of this configuration is in such a set'],
        id='what no entry has'),
    pytest.param(['pci_passthrough:distinct=pf:a1,ports@PhysNet1',
                  'pci_passthrough:same=numa_node:a1'], [],
                 id='all is well'),
])
def test_sets_are_checked_against_flavor_and_entries(run, words, report):
    told = run('check', '--config-file', f'{QUICKSTART}/nova.conf',
               '--flavor', 'a1:2', '--flavor', 'a1:4',
               *(part for word in words for part in ('--extra-spec', word)),
               )[1].splitlines()
    assert [line for line in told if 'pci_passthrough:' in line] == report


@pytest.mark.parametrize(('words', 'message'), [
    pytest.param(('check', '--config-file', 'nowhere.conf'),
                 'error: nowhere.conf: cannot be read: No such file or '
                 'directory', id='a file that is missing'),
    pytest.param(('check', '--config-dir', 'doc/source'),
                 'error: nova.conf: no configuration file was found; name '
                 'one with --config-file', id='a folder without files'),
    pytest.param(('check', '--config-file', f'{QUICKSTART}/nova.conf',
                  '--inventory', 'setup.py'),
                 'error: setup.py: expected JSON; the fault is at line 1 '
                 'column 1', id='an inventory that is none'),
])
def test_what_cannot_be_read_is_an_error(run, words, message):
    status, out, _ = run(*words)
    assert (status, out.splitlines()[2]) == (2, message)


@pytest.fixture(scope='session')
def igb_host(tmp_path_factory):
    """Unpack the recorded sysfs of a host with two igb cards."""
    root = recorded.unpack(tmp_path_factory.mktemp('igb-host'))
    net = root / 'proc' / 'net'
    net.mkdir(parents=True)
    (net / 'route').write_text(
        'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n'
        'ens1\t00000000\t0102000A\t0003\t0\t0\t100\t00000000\t0\t0\t0\n')
    return root


def test_the_nic_of_the_default_route_is_never_handed_out(
        run, igb_host, tmp_path):
    path = tmp_path / 'nova.conf'
    path.write_text('[pci]\n'
                    'device_spec = {"devname": "ens1"}\n'
                    'device_spec = {"address": "0000:41:10.0"}\n'
                    'device_spec = {"devname": "ens9"}\n')
    status, out, _ = run('check', '--config-file', path, '--sysfs', igb_host)
    assert status == 2
    assert out.splitlines()[2:6] == [
        f'error: {path}:2: [pci] device_spec[0]: hands out 0000:41:00.0, '
        'which the host needs itself (default route); expected an entry '
        'that leaves this device out',
        f'warning: {path}:3: [pci] device_spec[1]: takes no device: all 1 '
        'that fit are taken by earlier entries; move it before '
        f'{path}:2: [pci] device_spec[0]',
        f'warning: {path}:4: [pci] device_spec[2]: fits no device of this '
        "host; did you mean 'ens1'?",
        f'warning: {path}:2: [pci] device_spec[0]: hands out PF '
        '0000:41:00.0 and 7 of its VFs; whoever gets one of them shuts out '
        'all who want the other; name the product_id of the kind that is '
        'meant']


def test_what_the_host_lacks_is_a_warning(run, tmp_path):
    host = json.loads((ROOT / QUICKSTART / 'igb-host.json').read_text())
    host['readiness'] = {
        'iommu_groups': 0, 'firmware_tables': ['DMAR'],
        'kernel_options': ['intel_iommu=off'], 'vfio_pci': 'missing'}
    (tmp_path / 'host.json').write_text(json.dumps(host))
    path = tmp_path / 'nova.conf'
    path.write_text('[pci]\ndevice_spec = {"address": "0000:41:10.*", '
                    '"managed": "no"}\n')
    status, out, _ = run('check', '--config-file', path,
                         '--inventory', tmp_path / 'host.json')
    assert status == 1
    entry = f'{path}:2: [pci] device_spec[0]'
    bind = 'with managed off, bind it to vfio-pci'
    assert out.splitlines()[2:8] == [
        'warning: host: the IOMMU is off: there are no IOMMU groups; remove '
        'intel_iommu=off from the kernel command line',
        'warning: host: the kernel has no module vfio-pci; install the '
        'kernel that has it',
        f'warning: {entry}: 0000:41:10.0, 0000:41:10.2, 0000:41:10.4 are '
        f'held by igbvf; {bind}',
        '',
        'igb-host: 33 devices (3 PFs, 18 VFs), IOMMU off, vfio-pci missing',
        f'  {entry} takes 4 devices']


def test_a_group_that_no_server_can_get_is_a_warning(run, tmp_path):
    path = tmp_path / 'nova.conf'
    path.write_text(
        (hgx_host.DATA / 'nova.conf').read_text()
        + 'device_group = {"type": "rail", "name": "a", "addresses": '
          '["0000:b8:00.0", "0000:b6:00.0", "0000:b9:00.0"]}\n')
    host = ('--inventory', hgx_host.DATA / 'inventory.json')
    status, out, _ = run('check', '--config-file', path, *host)
    assert (status, out.splitlines()[2]) == (
        1, f'warning: {path}:24: [pci_ext] device_group[15]: rail a cannot '
           'be used; the host has no 0000:b9:00.0, and no entry hands out '
           '0000:b6:00.0')
    status, _, _ = run('check', '--config-file', hgx_host.DATA / 'nova.conf',
                       *host)
    assert status == 0


def test_a_device_without_a_group_is_named_where_others_have_one(
        run, tmp_path):
    host = json.loads((ROOT / QUICKSTART / 'igb-host.json').read_text())
    vf = next(each for each in host['devices']
              if each['address'] == '0000:41:10.0')
    del vf['iommu_group']
    (tmp_path / 'host.json').write_text(json.dumps(host))
    path = tmp_path / 'nova.conf'
    path.write_text('[pci]\ndevice_spec = {"address": "0000:41:10.0"}\n')
    _, out, _ = run('check', '--config-file', path,
                    '--inventory', tmp_path / 'host.json')
    assert out.splitlines()[2] == (
        'warning: host: no IOMMU group has 0000:41:10.0; a guest cannot get '
        'what is in none')


def test_where_sysfs_and_libvirt_differ_is_a_warning(
        run, igb_host, tmp_path):
    recorded = ROOT / 'tests' / 'data' / 'igb-host' / 'nodedev'
    for each in recorded.iterdir():
        (tmp_path / each.name).write_text(
            each.read_text().replace('<name>vfio-pci<', '<name>igbvf<'))
    path = tmp_path / 'nova.conf'
    path.write_text('[pci]\ndevice_spec = {"product_id": "10ca"}\n')
    _, out, _ = run('check', '--config-file', path, '--sysfs', igb_host,
                    '--nodedev', tmp_path)
    assert out.splitlines()[2] == (
        'warning: host: sysfs and libvirt differ: 0000:41:10.6 driver: sysfs '
        'says vfio-pci, libvirt says igbvf')
