# SPDX-License-Identifier: Apache-2.0

"""Count the modules that have no test at the mirrored path.

The test of ``nova_pci_ext/matching/rules.py`` is ``matching/test_rules.py``
in one of the folders below ``tests`` that have the tree of the package.
``python -m tools.count_mirrored`` names the modules without one;
``tests/unit/test_mirrored.py`` holds their number down.
"""

import ast
import pathlib
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).parents[1]
FOLDERS = ('unit', 'functional', 'integration', 'property')


def modules(root: pathlib.Path = ROOT) -> list[pathlib.PurePath]:
    """Return the modules of the package, by their places in it."""
    package = root / 'nova_pci_ext'
    return [path.relative_to(package) for path in sorted(
        package.rglob('*.py')) if path.name != '__init__.py']


def without_test(root: pathlib.Path = ROOT) -> list[pathlib.PurePath]:
    """Return the modules that no folder has a test of."""
    return [module for module in modules(root) if not any(
        (root / 'tests' / folder / module.parent
         / f'test_{module.name}').exists() for folder in FOLDERS)]


def decides(module: pathlib.PurePath, root: pathlib.Path = ROOT) -> bool:
    """Whether any function of a module does more than stand there."""
    tree = ast.parse((root / 'nova_pci_ext' / module).read_text())
    return any(map(_does_something, _functions(tree)))


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            yield node


def _does_something(function: ast.FunctionDef) -> bool:
    return not all(isinstance(line, ast.Expr)
                   and isinstance(line.value, ast.Constant)
                   for line in function.body)


def main() -> None:
    missing = without_test()
    for module in missing:
        print(module, '' if decides(module) else '(types or data only)')
    print(f'all: {len(missing)} of {len(modules())}')


if __name__ == '__main__':
    main()
