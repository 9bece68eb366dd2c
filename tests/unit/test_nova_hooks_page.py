# SPDX-License-Identifier: Apache-2.0

"""The page of what of Nova we lean on is drawn from the table."""

from nova_pci_ext.novaobj import hooks
from tools import nova_hooks


def test_the_page_is_up_to_date():
    """Else: python -m tools.nova_hooks."""
    assert nova_hooks.TABLES.read_text() == nova_hooks.render()


def test_the_page_has_every_attribute():
    written = nova_hooks.TABLES.read_text()
    assert [hook.path for hook in hooks.TABLE if not (
        f'``{hook.name}``' in written or f'``{hook.name}(' in written)] == []


def test_every_use_has_a_section():
    assert set(nova_hooks.SECTIONS) == set(hooks.Use)
