# SPDX-License-Identifier: Apache-2.0

"""The kinds of cloud that the tests run in."""

import contextlib
import dataclasses
import os
from collections.abc import Iterator
from types import ModuleType

from cloud import bring_up
from cloud import layout
from cloud import rest
from cloud import settings

#: Without and with the devices in Placement, in this order: Nova refuses to
#: start again without, once Placement has the devices.
CHOICES = {'tracker': settings.Choice(),
           'placement': settings.Choice(in_placement=True)}

#: Whether modules run in all kinds that they can run in, however long.
ALL = bool(os.environ.get('NOVA_PCI_CLOUD_ALL'))


def of_module(module: ModuleType) -> tuple[str, ...]:
    """Return the kinds of cloud in which a module of tests runs.

    ``RUNS_IN`` of a module are those that it can run in, ``QUICK`` those that
    CI has time for; without them it runs in all.
    """
    kinds = getattr(module, 'RUNS_IN', tuple(CHOICES))
    return kinds if ALL else getattr(module, 'QUICK', kinds)


@contextlib.contextmanager
def novas_classes(place: layout.Layout, calls: rest.Rest,
                  choice: settings.Choice) -> Iterator[settings.Choice]:
    """Let Nova run with its own classes for a while."""
    without = dataclasses.replace(choice, nova_classes=True)
    bring_up.restart_nova(place, without, calls)
    yield without
    bring_up.restart_nova(place, choice, calls)
