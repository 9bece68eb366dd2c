# SPDX-License-Identifier: Apache-2.0

"""Count the functions that have ``Any`` in their signature.

``python -m tools.count_any`` prints the number for each package;
``tests/unit/test_any.py`` holds it down.
"""

import ast
import collections
import pathlib
from collections.abc import Iterator

PACKAGE = pathlib.Path(__file__).parents[1] / 'nova_pci_ext'


def count(root: pathlib.Path = PACKAGE) -> tuple[
        collections.Counter[str], collections.Counter[str]]:
    """Return the functions with ``Any`` of each package, and all of them."""
    vague: collections.Counter[str] = collections.Counter()
    total: collections.Counter[str] = collections.Counter()
    for path in sorted(root.rglob('*.py')):
        place = path.relative_to(root).parts[0].removesuffix('.py')
        tree = ast.parse(path.read_text())
        names = {'Any', *_aliases(tree)}
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                total[place] += 1
                vague[place] += any(map(
                    lambda each: _mentions(each, names), _annotations(node)))
    return vague, total


def _aliases(tree: ast.Module) -> Iterator[str]:
    """Yield the names that a module gives to types made of ``Any``."""
    for node in tree.body:
        value, target = None, None
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            value, target = node.value, node.targets[0]
        elif isinstance(node, ast.AnnAssign):
            value, target = node.value, node.target
        if (value is not None and isinstance(target, ast.Name)
                and not isinstance(value, ast.Call)
                and _mentions(value, {'Any'})):
            yield target.id


def _annotations(node: ast.FunctionDef | ast.AsyncFunctionDef,
                 ) -> Iterator[ast.expr]:
    arguments = node.args
    for each in (*arguments.posonlyargs, *arguments.args,
                 *arguments.kwonlyargs, arguments.vararg, arguments.kwarg):
        if each is not None and each.annotation is not None:
            yield each.annotation
    if node.returns is not None:
        yield node.returns


def _mentions(found: ast.expr, names: set[str]) -> bool:
    for node in ast.walk(found):
        if isinstance(node, ast.Name) and node.id in names:
            return True
        if isinstance(node, ast.Attribute) and node.attr == 'Any':
            return True
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            try:
                quoted = ast.parse(node.value, mode='eval')
            except SyntaxError:
                continue
            if _mentions(quoted.body, names):
                return True
    return False


def main() -> None:
    vague, total = count()
    for place in sorted(total):
        print(f'{place}: {vague[place]} of {total[place]}')
    print(f'all: {vague.total()} of {total.total()}')


if __name__ == '__main__':
    main()
