# SPDX-License-Identifier: Apache-2.0

"""The table of hooks against the installed Nova, and Novas that lack one."""

import ast
import dis
import importlib
import importlib.util
import inspect
import pathlib
import types

import pytest
from nova import objects

from nova_pci_ext import exceptions
from nova_pci_ext import install
from nova_pci_ext.novaobj import hooks
from nova_pci_ext.novaobj.hooks import attributes
from nova_pci_ext.novaobj.hooks import Use

pytestmark = pytest.mark.nova
objects.register_all()

PACKAGE = pathlib.Path(install.__file__).parent


@pytest.fixture(autouse=True)
def original_classes(monkeypatch):
    """Nova's own classes, whatever other tests have installed."""
    for module, name, _ in install.REPLACEMENTS:
        spec = importlib.util.find_spec(module)
        fresh = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(fresh)
        monkeypatch.setattr(f'{module}.{name}', getattr(fresh, name))


def test_this_nova_has_all_of_it():
    install.check()
    assert list(hooks.faults(hooks.TABLE)) == []


class Gone:
    """In the place of an attribute: there is none."""

    def __get__(self, instance, owner=None):
        raise AttributeError


def take_away(hook, monkeypatch):
    """Make a Nova that lacks one attribute."""
    owner = hooks.resolve(hook.owner)
    if hook.use is Use.ASKED_BY_NOVA:
        above, _, name = hook.owner.replace(':', '.').rpartition('.')
        monkeypatch.setattr(f'{above}.{name}', lambda *_: None)
    elif isinstance(owner, types.ModuleType):
        monkeypatch.delattr(owner, hook.name)
    elif hook.name.removeprefix('_obj_') in getattr(owner, 'fields', {}):
        left = {name: field for name, field in owner.fields.items()
                if name != hook.name.removeprefix('_obj_')}
        monkeypatch.setattr(owner, 'fields', left)
        drop_setters(owner, hook.name, monkeypatch)
        monkeypatch.setattr(owner, hook.name, Gone(), raising=False)
    else:
        if issubclass(owner, dict):
            monkeypatch.setattr(owner, '__init__', lambda self: None)
        drop_setters(owner, hook.name, monkeypatch)
        monkeypatch.setattr(owner, hook.name, Gone(), raising=False)


def drop_setters(owner, name, monkeypatch):
    """Take away the methods that give an object an attribute."""
    for base in owner.__mro__:
        for method, value in list(vars(base).items()):
            if inspect.isfunction(value) and any(
                    each.opname == 'STORE_ATTR' and each.argval == name
                    for each in dis.get_instructions(inspect.unwrap(value))):
                monkeypatch.setattr(base, method, lambda *_: None)


@pytest.mark.parametrize('hook', hooks.TABLE, ids=lambda hook: (
    f'{hook.use.name.lower()}-{hook.path}'))
def test_a_nova_without_it_is_refused(hook, monkeypatch):
    take_away(hook, monkeypatch)
    monkeypatch.setattr(hooks, 'TABLE', (hook,))
    with pytest.raises(exceptions.InstallError) as caught:
        install.check()
    assert str(caught.value) == (
        f'{hook.owner.replace(":", ".")} does not use {hook.name} in this '
        'Nova' if hook.use is Use.ASKED_BY_NOVA
        else f'{hook.path} does not exist in this Nova')


def test_many_faults_are_one_line(monkeypatch):
    for name in ('create', 'claim', 'allocate', 'update_device'):
        monkeypatch.setattr(f'nova.objects.pci_device.PciDevice.{name}',
                            Gone())
    with pytest.raises(exceptions.InstallError) as caught:
        install.check()
    place = 'nova.objects.pci_device.PciDevice'
    assert str(caught.value) == (
        f'{place}.create does not exist in this Nova; '
        f'{place}.update_device does not exist in this Nova; '
        f'{place}.claim does not exist in this Nova; and 1 more')


def other(self, ports):
    """A method of Nova after a change."""


@pytest.mark.parametrize('place, message', [
    pytest.param(
        'nova.network.neutron.API._unbind_ports',
        'takes self, ports in this Nova, expected self, context, ports, '
        'neutron, port_client, detach', id='wrapped'),
    pytest.param(
        'nova.pci.manager.PciDevTracker.save',
        'takes self, ports in this Nova, ours takes self, context',
        id='replaced'),
    pytest.param(
        'nova.pci.manager.PciDevTracker.prune',
        'takes self, ports in this Nova, ours takes nothing, for it does not '
        'exist', id='replaced, and new'),
    pytest.param(
        'nova.virt.libvirt.vif.LibvirtGenericVIFDriver.plug',
        'takes self, ports in this Nova, ours takes self, instance, vif',
        id='overridden'),
    pytest.param(
        'nova.virt.libvirt.designer.set_vif_bandwidth_config',
        'takes self, ports in this Nova, we pass conf, flavor', id='called'),
    pytest.param(
        'nova.objects.pci_device.PciDevice.claim',
        'takes self, ports in this Nova, we pass instance_uuid',
        id='called on an object'),
])
def test_another_signature_is_refused(place, message, monkeypatch):
    monkeypatch.setattr(place, other, raising=False)
    with pytest.raises(exceptions.InstallError) as caught:
        install.check()
    assert str(caught.value) == f'{place} {message}'


def test_only_the_parts_of_a_process_are_asked_for(monkeypatch):
    monkeypatch.setattr('nova.virt.fake.FakeDriver.spawn', Gone())
    install.check(hooks.Part.SCHEDULER, hooks.Part.COMPUTE)
    with pytest.raises(exceptions.InstallError):
        install.check(hooks.Part.RECORDED)


def test_a_class_that_somebody_else_replaced(monkeypatch):
    monkeypatch.setattr('nova.pci.stats.PciDeviceStats', type(
        'Stats', (), {'__module__': 'other'}))
    with pytest.raises(exceptions.InstallError) as caught:
        install.check()
    assert str(caught.value) == (
        'nova.pci.stats.PciDeviceStats was already replaced by other.Stats')


def test_ours_has_what_stands_in_the_place_of_novas():
    missing = [hook.path for hook in hooks.TABLE if hook.ours
               and not attributes.has(hooks.resolve(hook.ours), hook.name)]
    assert missing == []


# The table and the code.

# An embedded Nova with its test fixtures is not a service of a cloud.
FREE = {'quickstart'}


def modules_of_nova(tree):
    """Return the names that a module of ours gives to modules of Nova."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module.split('.')[
                0] == 'nova':
            for each in node.names:
                found[each.asname or each.name] = f'{node.module}.{each.name}'
    return found


def used(path):
    """Yield (module of Nova, attribute) of all that a file names."""
    tree = ast.parse(path.read_text())
    names = modules_of_nova(tree)
    for node in ast.walk(tree):
        if (isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id in names):
            yield names[node.value.id], node.attr


def known():
    """What the table says of modules."""
    # The check of the version names the one itself; to import the other is
    # to decide about threads.
    listed = {('nova.version', 'version_string'),
              ('nova.cmd.compute', 'main'), ('nova.cmd.conductor', 'main'),
              ('nova.monkey_patch', 'patch'),
              ('nova.api.openstack.wsgi_app', 'init_application')}
    for hook in hooks.TABLE:
        listed.add((hook.owner, hook.name))
        if hook.owner.startswith('nova.objects.'):
            listed.add(('nova.objects', hook.name))
        module, _, inner = hook.owner.partition(':')
        if inner:
            name = inner.split('.')[0]
            listed |= {(module, name), (module.rpartition('.')[0], name)}
    return listed


def test_the_table_has_all_that_our_code_names():
    missing = {}
    listed = known()
    for path in sorted(PACKAGE.rglob('*.py')):
        where = path.relative_to(PACKAGE)
        if where.parts[0] not in FREE:
            for place in set(used(path)) - listed:
                missing.setdefault(place, []).append(str(where))
    assert missing == {}


def our_classes():
    """Yield the classes of the package that inherit from Nova's."""
    for path in sorted(PACKAGE.rglob('*.py')):
        where = path.relative_to(PACKAGE.parent).with_suffix('')
        if where.parts[1] in FREE | {'cli'} or 'nova' not in path.read_text():
            continue
        module = importlib.import_module('.'.join(where.parts))
        for found in vars(module).values():
            if inspect.isclass(found) and found.__module__ == module.__name__:
                yield found


def overridden(ours):
    """Yield what a class of ours takes the place of in a class of Nova."""
    theirs = [base for base in ours.__mro__
              if base.__module__.startswith('nova.')]
    for base in ours.__mro__:
        if attributes.is_ours(base):
            for name, method in vars(base).items():
                if callable(method) and any(
                        name in vars(each) for each in theirs):
                    yield name


def test_the_table_has_all_that_our_classes_override():
    listed = {hook.name for hook in hooks.TABLE
              if hook.use is Use.OVERRIDDEN}
    missing = {f'{ours.__qualname__}.{name}'
               for ours in our_classes() for name in overridden(ours)
               if name not in listed}
    assert missing == set()
