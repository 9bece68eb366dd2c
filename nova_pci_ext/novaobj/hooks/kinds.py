# SPDX-License-Identifier: Apache-2.0

"""What a hook is: one attribute of Nova that we lean on, and how."""

import dataclasses
import enum
from collections.abc import Iterator
from collections.abc import Mapping


class Use(enum.StrEnum):
    """How we lean on an attribute."""

    #: A method of a class in whose place ours stands: ours takes what
    #: Nova's takes.
    REPLACED = 'replaced'
    #: A method that ours wraps, with exactly these parameters.
    WRAPPED = 'wrapped'
    #: A method that a subclass of ours overrides: it takes what Nova's takes.
    OVERRIDDEN = 'overridden'
    #: A function, method or class that we call with these parameters.
    CALLED = 'called'
    #: A value: a constant, a field, an attribute of an object, a module.
    READ = 'read'
    #: A name that Nova's own code has to use, or ours is never asked.
    ASKED_BY_NOVA = 'asked for by Nova'


class Part(enum.StrEnum):
    """Which of our processes lean on it."""

    SCHEDULER = 'nova-scheduler'
    COMPUTE = 'nova-compute'
    LIBVIRT = 'the libvirt driver'
    RECORDED = 'the recorded driver'
    API = 'nova-api'
    #: Once it has imported its controllers.
    FLAVORS = 'nova-api, for flavors'
    CONDUCTOR = 'nova-conductor'
    EXPLAIN = 'nova-pci explain'
    DEVICES = 'nova-pci check and devices'
    AUDIT = 'nova-pci audit'


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """One attribute of Nova.

    :ivar owner: a module, or ``module:Class``, or ``module:Class.method``
    :ivar name: the attribute
    :ivar parameters: see ``Owner.members``
    :ivar ours: ``module:Class`` of ours that stands for or inherits from it
    """

    owner: str
    name: str
    use: Use
    parts: frozenset[Part]
    parameters: str | None = None
    ours: str | None = None
    why: str

    @property
    def path(self) -> str:
        """The name under which Python knows it."""
        return f'{self.owner.replace(":", ".")}.{self.name}'


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Attributes of one module, class or function of Nova.

    :ivar path: as ``Hook.owner``
    :ivar members: name to parameters. Of a wrapped method these are all that
        it has; of others those that we pass, the ones after ``*`` by name;
        None where nothing is passed or nothing can be. One that is passed
        by place and has two names in the releases of Nova is ``a|b``
    :ivar why: what for, in a few words
    """

    path: str
    use: Use
    parts: frozenset[Part]
    members: Mapping[str, str | None]
    why: str
    ours: str | None = None

    def hooks(self) -> Iterator[Hook]:
        """Yield the attributes one by one."""
        for name, parameters in self.members.items():
            yield Hook(owner=self.path, name=name, use=self.use,
                       parts=self.parts, parameters=parameters,
                       ours=self.ours, why=self.why)


def names(text: str) -> dict[str, None]:
    """Return members of which nothing but the name matters."""
    return dict.fromkeys(text.split())
