# SPDX-License-Identifier: Apache-2.0

"""Every command in the documentation exists, and something here runs it.

A command is a line of a literal block whose first word is a program. Those
of ``nova-pci`` run here or in the test that is named for them; of the others
the target, the environment or the options have to exist.
"""

import pathlib
import re
import shlex
import subprocess
import sys
import textwrap

import pytest

from nova_pci_ext.cli import main

pytestmark = pytest.mark.nova

ROOT = pathlib.Path(__file__).parents[2]
QUICKSTART = ROOT / 'etc' / 'nova_pci_ext' / 'quickstart'
PAGES = [ROOT / 'README.rst', ROOT / 'CONTRIBUTING.rst',
         *sorted((ROOT / 'doc' / 'source').rglob('*.rst'))]
BLOCK = re.compile(
    r'(?:^\.\. code-block:: (?:console|shell|bash)|^[^.\n].*::)\n\n'
    r'((?:[ ]+.*\n|\n)+)', re.MULTILINE)
# Between two words of a sentence, only these two.
INLINE = re.compile('``((?:make|tox -e) [^`]+)``')
CLIENTS = ('nova', 'openstack', 'nova-manage', 'git', 'systemctl', 'curl',
           'docker', 'virsh', 'mysql', 'nova-pci-status', 'echo', 'cat',
           'sudo')
PROGRAMS = ('make', 'tox', 'python', 'nova-pci', 'pip', '.', *CLIENTS)
# Commands that need a cloud or an installation, and the test that runs them.
ELSEWHERE = {
    'make dist':
        'tests/integration/test_packaging.py::'
        'test_the_wheel_has_every_file_of_the_package',
    "pip install 'dist/*.whl'":
        'tests/packaging/test_clean_install.py::test_a_command_starts',
    "pip install 'nova-pci-ext[clients]'":
        'tests/packaging/test_clean_install.py::test_a_command_starts',
    'nova-pci quickstart':
        'tests/integration/cli/test_quickstart.py::test_every_claim_holds',
    'nova-pci quickstart --nova-conf faulty.conf':
        'tests/integration/cli/test_quickstart.py::'
        'test_a_faulty_configuration_stops_before_anything_starts',
    'nova-pci audit --config-file /etc/nova/nova.conf':
        'tests/cloud/test_audit.py::'
        'test_each_lie_is_found_and_nothing_else',
    'nova-pci audit --config-file /etc/nova/nova.conf --host compute-1':
        'tests/cloud/test_audit.py::'
        'test_each_lie_is_found_and_nothing_else',
    'nova-pci explain --flavor m1.large':
        'tests/integration/explaining/test_live.py::',
    'nova-pci explain --flavor m1.large --port UUID --count 4':
        'tests/integration/explaining/test_live.py::',
    'nova-pci explain --flavor m1.large --capacity':
        'tests/integration/explaining/test_providers.py::',
    'nova-pci explain --flavor m1.large -f json':
        'tests/integration/explaining/test_providers.py::',
    'nova-pci explain --server UUID':
        'tests/integration/quickstart/test_explained_servers.py::'
        'test_the_command_shows_what_the_page_shows',
    'nova-pci explain --flavor gpu.two':
        'tests/integration/explaining/test_live.py::',
    'nova-pci explain --flavor gpu.two --capacity':
        'tests/integration/explaining/test_providers.py::',
    'nova-pci explain --flavor m1.large --with-moves':
        'tests/integration/quickstart/test_moved_apart.py::'
        'test_a_server_that_was_refused_is_active_after_the_moves',
    'nova-pci rebalance --plan --flavor m1.large --moves 5':
        'tests/integration/cli/test_rebalance.py::'
        'test_people_see_the_moves_and_the_commands',
    'nova-pci capacity --all':
        'tests/integration/explaining/test_live.py::'
        'test_a_count_of_all_flavors_is_what_scheduling_places',
    '. /opt/nova/share/bash-completion/completions/nova-pci':
        'tests/functional/cli/test_completion.py::test_bash',
    '. .cloud/run/openrc':
        'tests/cloud/test_commands.py::'
        'test_the_printed_commands_boot_both_servers',
}
# The test of a page whose commands are those of other programs.
TESTS = {
    'doc/source/quickstart.rst':
        'tests/integration/cli/test_quickstart.py::'
        'test_the_page_has_the_printed_commands',
    'doc/source/configuration.rst':
        'tests/cloud/test_commands.py::'
        'test_the_printed_commands_boot_both_servers',
    'doc/source/ports.rst':
        'tests/integration/clients/test_ports_page.py::'
        'test_the_commands_of_the_page_are_taken',
    'doc/source/device-sets.rst':
        'tests/integration/api/test_flavor_sets.py::'
        'test_the_flavors_of_the_page_are_taken',
    **dict.fromkeys(
        (f'doc/source/{name}.rst' for name in (
            'bandwidth', 'check', 'gpu', 'host-preparation', 'moves', 'numa',
            'rollback', 'sriov', 'troubleshooting', 'upgrade')),
        'tests/integration/clients/test_operator_pages.py::'
        'test_each_page_has_commands_and_all_are_run'),
    'doc/source/contributor/cloud.rst':
        'tests/cloud/test_commands.py::'
        'test_the_printed_commands_boot_both_servers',
}
# Files of an operator that the recorded ones of the quickstart stand for.
FILES = {'/etc/nova/nova.conf': 'nova.conf', 'host.json': 'igb-host.json',
         '/etc/neutron/plugins/ml2/ml2_conf.ini': 'ml2_conf.ini',
         '/etc/neutron/plugins/ml2/sriov_agent.ini': 'sriov_agent.ini',
         '/etc/nova/nova.conf.d': 'nova.conf.d'}
# Files of a fabric manager, for which those of a made-up host stand.
HGX = ROOT / 'tests' / 'data' / 'hgx-host'
FABRIC = {'partitions.json': 'fmpm.json', 'modules.txt': 'nvidia-smi.txt'}


def commands():
    """Yield (page, words of a command) for each that is shown."""
    for page in PAGES:
        for command in INLINE.findall(page.read_text()):
            yield str(page.relative_to(ROOT)), command
        for block in BLOCK.findall(page.read_text()):
            text = textwrap.dedent(block).replace('\\\n', ' ')
            for line in text.split('\n'):
                words = line.removeprefix('$ ').partition(' #')[0].split()
                if words and words[0] in PROGRAMS:
                    yield (str(page.relative_to(ROOT)),
                           shlex.join(shlex.split(' '.join(words))))


SHOWN = sorted(set(commands()))


def of_program(*names):
    return [pytest.param(page, command, id=f'{page}: {command}')
            for page, command in SHOWN if command.split()[0] in names]


def exists(test):
    """Whether a test, or for ``::`` alone a module of tests, is there."""
    path, _, name = test.partition('::')
    return f'def {name or "test_"}' in (ROOT / path).read_text()


def test_there_are_commands_of_each_kind():
    assert {'make', 'tox', 'python', 'nova-pci', 'pip', 'nova',
            'openstack'} <= {command.split()[0] for _, command in SHOWN}


@pytest.mark.parametrize(('page', 'command'), of_program('make'))
def test_a_target_exists(page, command):
    targets = re.findall(r'^([a-z][a-z -]*):', (
        ROOT / 'Makefile').read_text(), re.MULTILINE)
    words = {word for word in command.split()[1:] if '=' not in word}
    assert words <= set(' '.join(targets).split())


@pytest.mark.parametrize(('page', 'command'), of_program('tox'))
def test_an_environment_exists(page, command):
    environments = re.findall(
        r'^\[testenv:(.*)\]', (ROOT / 'tox.ini').read_text(), re.MULTILINE)
    assert command.split()[2] in {*environments, 'docs', 'property'}


@pytest.mark.parametrize(('page', 'command'), of_program('python'))
def test_a_program_of_ours_has_the_options(page, command):
    words = command.split()[1:]
    end = 2 if words[0] == '-m' else 1
    shown = subprocess.run(
        [sys.executable, '-W', 'ignore', *words[:end], '--help'], cwd=ROOT,
        capture_output=True, text=True, timeout=60, check=True).stdout
    assert [word for word in words[end:]
            if word.startswith('-') and word not in shown] == []


@pytest.mark.parametrize(('page', 'command'), of_program(*CLIENTS))
def test_another_program_is_run_by_the_pages_own_test(page, command):
    assert exists(ELSEWHERE.get(command) or TESTS[page])


@pytest.mark.parametrize(('page', 'command'), of_program('pip', '.'))
def test_an_installation_is_tested(page, command):
    assert exists(ELSEWHERE[command])


@pytest.mark.parametrize(('page', 'command'), of_program('nova-pci'))
def test_a_command_of_ours_runs(page, command, monkeypatch, tmp_path, capsys):
    """With the recorded hosts; some are compared with what is shown too."""
    if command in ELSEWHERE:
        assert exists(ELSEWHERE[command])
        return
    for path in QUICKSTART.iterdir():
        (tmp_path / path.name).write_text(path.read_text())
    for name, source in FABRIC.items():
        (tmp_path / name).write_text((HGX / source).read_text())
    (tmp_path / 'books.json').write_text((
        ROOT / 'doc/source/examples/audit/books.json').read_text())
    (tmp_path / 'nova.conf.d').mkdir()
    (tmp_path / 'nova.conf.d' / 'pci.conf').write_text(
        (QUICKSTART / 'nova.conf').read_text())
    (tmp_path / 'ml2_conf.ini').write_text(
        '[ml2]\ntype_drivers = vlan\n'
        'mechanism_drivers = openvswitch,sriovnicswitch\n'
        '[ml2_type_vlan]\nnetwork_vlan_ranges = physnet1,physnet2\n')
    (tmp_path / 'sriov_agent.ini').write_text(
        '[securitygroup]\nfirewall_driver = noop\n')
    recorded = 'etc/nova_pci_ext' in command
    monkeypatch.chdir(ROOT if recorded else tmp_path)
    words = [word if recorded else FILES.get(word, word)
             for word in shlex.split(command)[1:]]
    assert main.main(words) in (0, 1), capsys.readouterr()
