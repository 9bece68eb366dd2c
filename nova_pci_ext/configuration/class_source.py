# SPDX-License-Identifier: Apache-2.0

"""Classes, looked for in the text of their modules, which nobody imports."""

import ast
import dataclasses
import importlib.machinery
import importlib.util
import pathlib
from collections.abc import Iterator
from collections.abc import Mapping

_ROOT = 'builtins.object'


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ClassSource:
    """A class as it is written.

    :ivar path: with the module that it is written in
    :ivar bases: paths of its bases; those without one are left out
    """

    path: str
    bases: tuple[str, ...]


def find(path: str) -> ClassSource | None:
    """Find a class under any of its names.

    :param path: module and name, such as ``nova.virt.libvirt.LibvirtDriver``
    :returns: None where nothing is there, or no class
    """
    seen: set[str] = set()
    while path not in seen:
        seen.add(path)
        module, _, name = path.rpartition('.')
        names = _names(module)
        found = names.get(name)
        if isinstance(found, ast.ClassDef):
            return ClassSource(
                path=path, bases=tuple(filter(None, (
                    _path(base, names, module) for base in found.bases))))
        if not found:
            return None
        path = found
    return None


def is_subclass(path: str, base: str) -> bool:
    """Whether a class is another, or may be made of it.

    A base that is not found is believed to be the right one.
    """
    found = find(path)
    if found is None or found.path == base:
        return True
    return any(is_subclass(each, base) for each in found.bases
               if each != _ROOT)


def _names(module: str) -> Mapping[str, ast.ClassDef | str]:
    """Return the names at the top of a module.

    Each is a class, or the path of what it stands for.
    """
    file = _file(module)
    if file is None:
        return {}
    found: dict[str, ast.ClassDef | str] = {'object': _ROOT}
    for node in ast.parse(file.read_bytes()).body:
        if isinstance(node, ast.ClassDef):
            found[node.name] = node
        elif isinstance(node, ast.Assign):
            path = _path(node.value, found, module)
            found.update((target.id, path or '') for target in node.targets
                         if isinstance(target, ast.Name))
        else:
            found.update(_imported(node))
    return found


def _imported(node: ast.stmt) -> Iterator[tuple[str, str]]:
    match node:
        case ast.ImportFrom(module=str(module), names=names):
            for each in names:
                yield each.asname or each.name, f'{module}.{each.name}'
        case ast.Import(names=names):
            for each in names:
                top = each.name.partition('.')[0]
                yield each.asname or top, each.name if each.asname else top


def _path(node: ast.expr, names: Mapping[str, ast.ClassDef | str],
          module: str) -> str | None:
    """Return the path that an expression with dots stands for."""
    match node:
        case ast.Name(id=name):
            found = names.get(name)
            return (f'{module}.{name}' if isinstance(found, ast.ClassDef)
                    else found)
        case ast.Attribute(value=value, attr=name):
            before = _path(value, names, module)
            return before and f'{before}.{name}'
    return None


def _file(module: str) -> pathlib.Path | None:
    """Find the file of a module; its packages are not run."""
    top, *below = module.split('.')
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        return None
    name = top
    for part in below:
        if spec is None or spec.submodule_search_locations is None:
            return None
        name = f'{name}.{part}'
        spec = importlib.machinery.PathFinder.find_spec(
            name, list(spec.submodule_search_locations))
    if spec is None or not (spec.origin or '').endswith('.py'):
        return None
    return pathlib.Path(str(spec.origin))
