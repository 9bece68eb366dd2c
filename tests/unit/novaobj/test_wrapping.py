# SPDX-License-Identifier: Apache-2.0

"""Functions of Nova are wrapped once."""

import types

from nova_pci_ext.novaobj import wrapping


def test_a_second_call_does_nothing():
    holder = types.SimpleNamespace(answer=lambda: 1)
    novas = holder.answer
    hooks = [(holder, 'answer', lambda original: lambda: original() + 1)]
    wrapping.install(hooks)
    wrapping.install(hooks)
    assert holder.answer() == 2
    assert wrapping.original(holder.answer) is novas
