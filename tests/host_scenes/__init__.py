# SPDX-License-Identifier: Apache-2.0

"""Whole hosts, drawn as trees: what is said of them, and what is not.

Of the healthy ones an expert would wave every warning away, so nothing is
said of them.
"""

from tests.host_scenes import disks
from tests.host_scenes import guests
from tests.host_scenes import networks
from tests.host_scenes.registry import plain_host
from tests.host_scenes.registry import SCENES

__all__ = ['SCENES', 'disks', 'guests', 'networks', 'plain_host']
