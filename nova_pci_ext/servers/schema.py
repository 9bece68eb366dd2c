# SPDX-License-Identifier: Apache-2.0

"""The JSON Schema of what is told of a server; needs no Nova."""

import importlib.resources
import json


def load() -> dict[str, object]:
    """Return the schema."""
    text = (importlib.resources.files(__package__) / 'schemas'
            / 'server.json').read_text('utf-8')
    found: dict[str, object] = json.loads(text)
    return found
