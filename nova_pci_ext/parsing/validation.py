# SPDX-License-Identifier: Apache-2.0

"""JSON Schema as its standard has it, where Python's ``re`` differs.

In a schema ``$`` is the end of the text; Python's lets a line end follow.
"""

import re
from collections.abc import Iterator

import jsonschema


def _match(validator: object, pattern: str, instance: object, schema: object,
           ) -> Iterator[jsonschema.ValidationError]:
    """Match the whole text; all patterns of ours stand for one."""
    if isinstance(instance, str) and not re.fullmatch(pattern, instance):
        yield jsonschema.ValidationError(
            f'{instance!r} does not match {pattern!r}')


#: Validates the schemas of this package.
Validator = jsonschema.validators.extend(
    jsonschema.Draft202012Validator, {'pattern': _match})
