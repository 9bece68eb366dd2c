# SPDX-License-Identifier: Apache-2.0

"""What every versioned object of Nova can do, as far as we ask it."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Protocol
from typing import Self
from typing import TypeAlias

#: Nova's RequestContext: passed on to Nova and never looked at.
Context: TypeAlias = object

#: Nova's ImageMeta: likewise.
ImageMeta: TypeAlias = object


class VersionedObject(Protocol):
    """``NovaObject``.

    ``name in obj`` and ``obj_attr_is_set`` tell whether a field is set;
    reading one that is not may load it, set it or fail.
    """

    @property
    def fields(self) -> Mapping[str, object]:
        """Name of each field to its type."""

    @property
    def _changed_fields(self) -> set[str]:
        """Names of the fields that differ from the row."""

    def __contains__(self, name: str, /) -> bool: ...

    def obj_attr_is_set(self, attrname: str) -> bool:
        """Whether a field is set."""

    def obj_clone(self) -> Self:
        """Return a copy that shares nothing."""

    def obj_to_primitive(self) -> object:
        """Return what is serialised."""

    def obj_alternate_context(
            self, context: Context) -> AbstractContextManager[None]:
        """Let the object use another context for a while."""
