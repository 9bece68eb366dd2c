# SPDX-License-Identifier: Apache-2.0

"""Nova's objects of rows, made again of what changed in them.

Nova's scheduler reads the rows of all hosts for every request, and checks
and converts each column of each, although few of them changed.  Here a row is
compared with what it was, and what is the same is not converted again.  What
differs is converted by the field of Nova's object, or the row is read by
Nova's code, where a column is not a field or means more than its value.
"""

import dataclasses
import typing
from collections.abc import Callable
from collections.abc import Mapping

from nova_pci_ext.model.verifying import KEPT
from nova_pci_ext.novaobj import copies
from nova_pci_ext.novaobj import kept
from nova_pci_ext.novaobj import protocols
from nova_pci_ext.novaobj import row_objects

Read = Callable[..., object]
Columns = Mapping[str, object]
#: Attributes of an object that says which of its fields are set.
_BLANK = frozenset(('_changed_fields', '_context', '_obj_version'))
_SESSION = '_sa_instance_state'
# What is made of a text takes more than the text.
_TEXT = 4
_SIMPLE = (int, str, float, bool, type(None))


_Reader = Callable[..., protocols.VersionedObject]


class _Field(typing.Protocol):
    """A field of a versioned object."""

    def coerce(self, obj: object, attr: str, value: object, /) -> object: ...

    def to_primitive(self, obj: object, attr: str, value: object, /,
                     ) -> object: ...


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What one class of rows is like.

    :ivar key: column by which a row is known again, unique
    :ivar plain: columns whose value becomes the field of their name, whatever
        the rest of the row says
    :ivar texts: attributes that are made of their columns each time, and not
        kept: by column, a function that is given the text and all columns.
        It returns the attributes, or None where Nova's code has to read the
        row
    :ivar is_plain: whether what Nova makes of a row is only of its columns
    :ivar size: bytes that an object and its columns take, about, without
        those of texts
    """

    key: str
    plain: frozenset[str]
    texts: Mapping[str, Callable[[object, Columns], Columns | None]]
    is_plain: Callable[[Columns], bool]
    size: int


class Entry:
    """A row that was read.

    :ivar state: its columns without texts, and the attributes that were made
        of them; replaced as one, never changed
    """

    __slots__ = ('mutable', 'state')

    def __init__(self, columns: Columns, attributes: Columns) -> None:
        self.state = columns, attributes
        #: Attributes of which each object has copies of its own.
        self.mutable = tuple(name for name, value in attributes.items()
                             if not _is_value(value))


class KeptRows:
    """Reads rows of one class.

    Threads may share one: at worst a row is read once more.

    :param kind: of the rows
    :param rows: returns where entries are kept, by key
    """

    def __init__(self, kind: Kind,
                 rows: Callable[[], kept.Kept[Entry]]) -> None:
        self._kind = kind
        self._rows = rows

    def read(self, novas: Read, context: object,
             found: protocols.VersionedObject, row: object) -> object:
        """Do as ``_from_db_object``, with what is known of the row.

        :param novas: Nova's function
        :param found: a new object, or one that is renewed, which is left to
            Nova
        """
        columns = row if type(row) is dict else getattr(row, '__dict__', {})
        key = columns.get(self._kind.key)
        if not _BLANK.issuperset(vars(found)) or type(key) is not str:
            return novas(context, found, row)
        rows = self._rows()
        entry = rows.find(key)
        made = self._again(entry, found, columns) if entry else None
        if made is None:
            novas(context, found, row)
            made_of = self._entry(found, columns)
            if made_of is not None:
                rows.keep(key, made_of, self._kind.size + _TEXT * sum(
                    len(value) for value in made_of.state[0].values()
                    if type(value) is str))
            return found
        vars(found).update(made, _changed_fields=set(), _context=context)
        if KEPT.report is not None:
            return KEPT.verified(
                'the row of a host', found, typing.cast('_Reader', novas),
                context, type(found)(), row, content=_content)
        return found

    def _again(self, entry: Entry, found: protocols.VersionedObject,
               columns: Columns) -> Columns | None:
        """Return the attributes of an object, None where Nova has to read."""
        known, attributes = entry.state
        texts = self._kind.texts
        if len(columns) != len(known) + len(texts) + (_SESSION in columns):
            return None
        changed = [name for name, value in known.items()
                   if name not in columns or columns[name] != value]
        if changed:
            if not self._kind.plain.issuperset(changed):
                return None
            attributes = {**attributes, **{
                f'_obj_{name}': _field(found, name).coerce(
                    found, name, columns[name]) for name in changed}}
            entry.state = ({**known, **{name: columns[name]
                                        for name in changed}}, attributes)
        made = dict(attributes)
        for name in entry.mutable:
            made[name] = copies.copied_value(made[name])
        for name, make in texts.items():
            of_text = make(columns.get(name), columns)
            if of_text is None:
                return None
            made.update(of_text)
        return made

    def _entry(self, found: protocols.VersionedObject,
               columns: Columns) -> Entry | None:
        """Return what Nova made of a row, if it is what the columns say."""
        left = {'_changed_fields', '_context'}
        for name, make in self._kind.texts.items():
            of_text = make(columns.get(name), columns)
            if of_text is None:
                return None
            left.update(of_text)
        if not self._kind.is_plain(columns):
            return None
        return Entry(
            {name: value for name, value in columns.items()
             if name not in self._kind.texts and name != _SESSION},
            {name: copies.copied_value(value)
             for name, value in vars(found).items() if name not in left})


def _content(found: protocols.VersionedObject) -> object:
    """Return what has to be equal of two objects of a row."""
    return found._changed_fields, {
        name: _primitive(found, name) for name in found.fields
        if f'_obj_{name}' in vars(found)}


def _primitive(found: protocols.VersionedObject, name: str) -> object:
    """Return the value of a field, its text where nobody looked at it."""
    value = getattr(found, name)
    unread = row_objects.row(value)
    return (_field(found, name).to_primitive(found, name, value)
            if unread is None else unread[0])


def _field(found: protocols.VersionedObject, name: str) -> _Field:
    return typing.cast('_Field', found.fields[name])


def _is_value(value: object) -> bool:
    """Whether nobody can change a value."""
    return type(value) in _SIMPLE or not isinstance(
        value, copies.CHANGEABLE)
