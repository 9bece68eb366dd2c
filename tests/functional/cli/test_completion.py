# SPDX-License-Identifier: Apache-2.0

"""What real shells complete, with the files that ``make dist`` writes."""

import os
import pathlib
import pty
import select
import shutil
import subprocess
import time

import pytest

from nova_pci_ext.cli import completion
from nova_pci_ext.cli import main
from tools import command_files

LIMIT_S = 60
ASKED = [
    ('nova-pci dr', {'drain', 'drained'}),
    ('nova-pci devices --bri', {'--bridges'}),
    ('nova-pci devices -f ', {'csv', 'json', 'table', 'tree', 'value',
                              'yaml'}),
    ('nova-pci explain --vnic-type direct', {'direct', 'direct-physical'}),
    ('nova-pci check --config-file recorded', {'recorded-host.json'}),
]
IDS = [line for line, _ in ASKED]


@pytest.fixture(scope='module')
def share(tmp_path_factory):
    """Return a folder with the files of all shells, and files to name."""
    folder = tmp_path_factory.mktemp('shells')
    for shell, place in command_files.PLACES.items():
        path = folder / 'share' / place
        path.parent.mkdir(parents=True)
        path.write_text(command_files.completion_text(shell))
    (folder / 'recorded-host.json').touch()
    return folder


def need(program):
    """Skip where a shell is missing; CI has all of them."""
    if shutil.which(program) is None:
        pytest.skip(f'{program} is missing (apt-get install {program})')


def ended(*words, cwd, **variables):
    """Run a program to its end and return what it says."""
    done = subprocess.run(
        words, cwd=cwd, env={**os.environ, 'HOME': str(cwd), **variables},
        capture_output=True, text=True, timeout=LIMIT_S, check=True)
    return done.stdout


BASH = """
source "$1"
COMP_WORDS=($2)
[[ $2 == *' ' ]] && COMP_WORDS+=('')
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
found=$(complete -p nova-pci | sed 's/.*-F \\([^ ]*\\).*/\\1/')
"$found"
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.mark.parametrize(('line', 'expected'), ASKED, ids=IDS)
def test_bash(share, line, expected):
    need('bash')
    said = ended('bash', '--norc', '-c', BASH, 'bash',
                 str(share / 'share' / command_files.PLACES['bash']), line,
                 cwd=share)
    assert set(said.split()) == expected


@pytest.mark.parametrize(('line', 'expected'), ASKED, ids=IDS)
def test_fish(share, line, expected):
    need('fish')
    said = ended(
        'fish', '--no-config', '-c', 'source $argv[1]; complete -C $argv[2]',
        str(share / 'share' / command_files.PLACES['fish']), line, cwd=share,
        XDG_CONFIG_HOME=str(share), XDG_DATA_HOME=str(share))
    assert {each.split('\t')[0] for each in said.splitlines()} == expected


ZSH = """
fpath=({folder} $fpath)
autoload -Uz compinit
compinit -u -d {dump}
PROMPT='READY> '
zstyle ':completion:*' list-separator '--'
unsetopt list_ambiguous
LISTMAX=1000
"""


def typed(zsh_home, line):
    """Type a line into a real zsh, with two tabs; return its screen."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(zsh_home)
        os.execvpe('zsh', ['zsh', '-i'], {
            **os.environ, 'ZDOTDIR': str(zsh_home), 'TERM': 'dumb',
            'HOME': str(zsh_home), 'COLUMNS': '200'})
    screen = b''

    def read_until(text, least_s=0.0):
        nonlocal screen
        end = time.monotonic() + LIMIT_S
        begin = time.monotonic()
        while time.monotonic() < end:
            ready, _, _ = select.select([terminal], [], [], 0.5)
            if ready:
                screen += os.read(terminal, 65536)
            elif text in screen and time.monotonic() - begin > least_s:
                return

    try:
        read_until(b'READY> ')
        screen = b''
        os.write(terminal, line.encode() + b'\t\t')
        read_until(line.split()[0].encode(), least_s=1.0)
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)
        os.close(terminal)
    return screen.decode(errors='replace')


@pytest.mark.parametrize(('line', 'expected'), ASKED, ids=IDS)
def test_zsh(share, tmp_path, line, expected):
    need('zsh')
    (tmp_path / 'recorded-host.json').touch()
    place = share / 'share' / command_files.PLACES['zsh']
    (tmp_path / '.zshrc').write_text(ZSH.format(
        folder=place.parent, dump=tmp_path / 'dump'))
    screen = typed(tmp_path, line)
    words = set(screen.replace('\r', ' ').split())
    assert expected <= words, screen
    assert 'migrate' not in words


@pytest.mark.parametrize('shell', completion.SHELLS)
def test_the_command_prints_what_is_installed(capsys, shell):
    assert main.main(['complete', '--shell', shell]) == 0
    assert capsys.readouterr().out == command_files.completion_text(shell)


@pytest.fixture(scope='module')
def manual(tmp_path_factory):
    """Return the folder of the manual pages."""
    share = tmp_path_factory.mktemp('manual') / 'share'
    command_files.write(share)
    return share / command_files.MAN


def test_every_command_has_a_page_that_man_shows(manual):
    need('man')
    pages = {path.name for path in manual.iterdir()}
    assert pages == {'nova-pci.1', *(
        f'nova-pci-{name}.1' for name in command_files.ours())}
    for page in sorted(manual.iterdir()):
        shown = ended('man', '-l', str(page), cwd=manual, MANWIDTH='80',
                      MAN_KEEP_FORMATTING='', LC_ALL='C.UTF-8')
        name = page.name.removesuffix('.1')
        assert name in shown.split('NAME\n')[1].split('\n')[0]
        assert 'exit status' in ' '.join(shown.split()).lower()
        assert max(map(len, shown.splitlines())) <= 80
        if name == 'nova-pci-devices':
            assert '--inventory FILE' in shown


def test_the_files_are_written_where_a_build_looks_for_them(manual):
    share = manual.parents[1]
    listed = (pathlib.Path(__file__).parents[3] / 'setup.cfg').read_text()
    for place in (*command_files.PLACES.values(),
                  f'{command_files.MAN}/nova-pci.1'):
        assert (share / place).is_file()
        folder = pathlib.PurePath('share', place).parent
        assert f'\n    {folder} = {folder}/*\n' in listed
