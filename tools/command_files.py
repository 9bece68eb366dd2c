# SPDX-License-Identifier: Apache-2.0

"""Write the completions and manual pages of ``nova-pci`` below a folder.

``make dist`` runs it before it builds, with ``share`` at the top of the tree:
``setup.cfg`` puts what is there into the wheel. All comes from the parsers of
the commands, so nothing of it is kept in git.
"""

import argparse
import pathlib
import shutil
import sys
import tempfile
from collections.abc import Iterator

from sphinx.cmd import build

from nova_pci_ext.cli import application
from nova_pci_ext.cli import completion

SHARE = pathlib.Path(__file__).parents[1] / 'share'
PLACES = {'bash': 'bash-completion/completions/nova-pci',
          'zsh': 'zsh/site-functions/_nova-pci',
          'fish': 'fish/vendor_completions.d/nova-pci.fish'}
MAN = 'man/man1'
_CONF = """\
project = 'nova-pci-ext'
extensions = ['cliff.sphinxext']
man_pages = {pages!r}
"""
_PAGE = """\
:orphan:

{title}
{line}

.. autoprogram-cliff:: nova_pci_ext.cli
   :command: {command}
   :application: nova-pci

See also
--------

:manpage:`nova-pci(1)`
"""
_WHOLE = """\
nova-pci
========

Synopsis
--------

``nova-pci [--version] [-v | -q] [--debug] COMMAND [OPTIONS]``

Description
-----------

{description} Each command has a page of its own; ``nova-pci COMMAND --help``
says the same.

{commands}

Exit status
-----------

0, or 1 for an answer that is a "no" or has warnings, or 2 for a fault of the
input; each page says what they mean there. Without a command ``nova-pci``
prints its help, with 0.

Environment
-----------

``NO_COLOR``
    no colours, even on a terminal

``FORCE_COLOR``
    colours, even in a pipe

``COLUMNS``
    how wide lines may be
"""


def write(share: pathlib.Path) -> None:
    """Write all files anew.

    :param share: what becomes ``share`` of the prefix
    """
    shutil.rmtree(share, ignore_errors=True)
    for shell, place in PLACES.items():
        path = share / place
        path.parent.mkdir(parents=True)
        path.write_text(completion_text(shell))
    app = application.NovaPci()
    found = dict(completion.commands(app))
    with tempfile.TemporaryDirectory() as work:
        _write_manual(pathlib.Path(work), share / MAN, app, found)


def completion_text(shell: str) -> str:
    """Return the text of the file of a shell."""
    app = application.NovaPci()
    return completion.text(shell, app.parser, app.NAME,
                           completion.commands(app))


def _write_manual(work: pathlib.Path, target: pathlib.Path,
                  app: application.NovaPci,
                  found: dict[str, argparse.ArgumentParser]) -> None:
    lines = {name: (parser.description or '').split('\n')[0]
             for name, parser in found.items()}
    pages = [('index', app.NAME, 'PCI devices for OpenStack Nova', '', 1), *(
        (name, f'{app.NAME}-{name}', line.rstrip('.'), '', 1)
        for name, line in lines.items() if name in ours())]
    (work / 'conf.py').write_text(_CONF.format(pages=pages))
    (work / 'index.rst').write_text(_WHOLE.format(
        description=app.parser.description, commands='\n\n'.join(
            f':manpage:`nova-pci-{name}(1)`\n    {lines[name]}'
            for name in ours())))
    for name in ours():
        title = f'{app.NAME} {name}'
        (work / f'{name}.rst').write_text(_PAGE.format(
            title=title, line='=' * len(title), command=name))
    status = build.main(['-q', '-b', 'man', str(work), str(work / 'man')])
    if status:
        raise SystemExit(status)
    target.mkdir(parents=True)
    for page in sorted((work / 'man').glob('*.1')):
        (target / page.name).write_text(page.read_text())


def ours() -> Iterator[str]:
    """Yield the commands that are ours, in their order."""
    app = application.NovaPci()
    return (name for name, _ in sorted(app.command_manager)
            if name not in ('help', 'complete'))


if __name__ == '__main__':
    write(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else SHARE)
