# SPDX-License-Identifier: Apache-2.0

"""How nova-scheduler reads NUMA topologies and asks ``NUMATopologyFilter``.

The topology of a host stays text until somebody looks, and is read once for
each text; who looks gets a copy, as Nova writes into topologies.

Nova's filter copies the whole request for each host.  That is for a guest
with a topology only, and not needed for it either where the fitting itself
(``numa_fitting``) works on copies.  What it says of a host is kept
(``numa_answers``).  And whatever it raises of one host, such
as of a topology that cannot be read, would end the request for all.
"""

import types
import typing
from collections.abc import Iterable

from nova.objects import numa
from nova.scheduler.filters import numa_topology_filter

from nova_pci_ext.novaobj import numa_fitting
from nova_pci_ext.novaobj import protocols
from nova_pci_ext.novaobj import row_objects
from nova_pci_ext.novaobj import wrapping
from nova_pci_ext.scheduler import host_cache
from nova_pci_ext.scheduler import host_notices
from nova_pci_ext.scheduler import numa_answers

Function = wrapping.Function


def install() -> None:
    """Wrap Nova's functions in this process, once."""
    numa_fitting.install()
    wrapping.install(HOOKS)


def _later(original: Function) -> Function:
    def read(text: str) -> protocols.NUMATopology:
        return typing.cast('protocols.NUMATopology', original(text))

    def make(text: str) -> protocols.NUMATopology:
        return host_cache.WORKER.topology(text, read)

    def obj_from_db_obj(db_obj: object) -> object:
        if type(db_obj) is not str:
            return original(db_obj)
        return row_objects.TopologyOfRow.of(db_obj, make)
    return obj_from_db_obj


def _know_pools(host_state: protocols.HostState) -> None:
    """Find what is kept of the pools of a host, if its row is text."""
    published = getattr(host_state.pci_stats, 'published', None)
    if published is not None:
        host_cache.WORKER.host(host_state, published)


class _Flavor(typing.Protocol):
    """``nova.objects.Flavor``."""

    extra_specs: object


class _Image(typing.Protocol):
    """``nova.objects.ImageMeta``."""

    properties: object


class _Spec(typing.Protocol):
    """A request, as far as the filter reads it."""

    numa_topology: object
    flavor: _Flavor
    image: _Image

    def __contains__(self, name: str, /) -> bool: ...


class _Filter(typing.Protocol):
    """Nova's filter."""

    def host_passes(self, host_state: protocols.HostState,
                    spec_obj: protocols.RequestSpec, /) -> bool | None: ...

    def _satisfies_cpu_policy(self, host_state: object, extra_specs: object,
                              image_props: object) -> bool: ...


class _Uncopied:
    """A request whose copy is the request itself."""

    __slots__ = ('_spec',)

    def __init__(self, spec: _Spec) -> None:
        self._spec = spec

    def obj_clone(self) -> '_Uncopied':
        """Return the same: nobody writes into it."""
        return self

    def __contains__(self, name: str) -> bool:
        return name in self._spec

    def __getattr__(self, name: str) -> object:
        return getattr(self._spec, name)


def _at_once(original: Function) -> Function:
    def host_passes(self: _Filter, host_state: protocols.HostState,
                    spec_obj: _Spec) -> object:
        if spec_obj.numa_topology:
            return _passes(original, self, host_state, spec_obj)
        asked = spec_obj.flavor.extra_specs, spec_obj.image.properties
        return (self._satisfies_cpu_policy(_THREADLESS, *asked)
                or self._satisfies_cpu_policy(host_state, *asked))
    return host_passes


def _passes(original: Function, novas: _Filter,
            host_state: protocols.HostState, spec_obj: _Spec) -> object:
    """Ask Nova's filter; what fails for one host refuses that host only.

    :returns: None, which is no, where it fails
    """
    try:
        # Whatever is asked of the pools uses what is kept of them.
        _know_pools(host_state)
        return original(novas, host_state, _Uncopied(spec_obj))
    except Exception as error:
        host_notices.WORKER.failed(
            host_state.host, 'Fitting a NUMA topology to', error)
        return None


def _of_all(original: Function) -> Function:
    def filter_all(self: _Filter, filter_obj_list: Iterable[
            protocols.HostState], spec_obj: protocols.RequestSpec) -> object:
        found = None
        # Another class may decide in any of its methods.
        if type(self) is numa_topology_filter.NUMATopologyFilter:
            found = numa_answers.filtered(self.host_passes, filter_obj_list,
                                          spec_obj)
        return (original(self, filter_obj_list, spec_obj)
                if found is None else found)
    return filter_all


#: Of all hosts it satisfies the fewest CPU policies; what it satisfies,
#: every host does, and nobody needs to look at its topology.
_THREADLESS = types.SimpleNamespace(
    numa_topology=types.SimpleNamespace(has_threads=False))


#: (where, name, what makes ours of Nova's function)
HOOKS: tuple[wrapping.Wrapping, ...] = (
    (numa.NUMATopology, 'obj_from_db_obj', _later),
    (numa_topology_filter.NUMATopologyFilter, 'host_passes', _at_once),
    (numa_topology_filter.NUMATopologyFilter, 'filter_all', _of_all),
)
