# SPDX-License-Identifier: Apache-2.0

"""One cloud for the whole walk: its services change, its servers stay."""

import dataclasses

import pytest

from cloud import bring_up
from cloud import layout
from cloud import processes
from cloud import rest
from tests.cloud import records as records_of
from tests.cloud import scene as scene_of
from tests.mixed import releases


def pytest_collection_modifyitems(items):
    for item in items:
        item.add_marker(pytest.mark.cloud)
        item.add_marker(pytest.mark.timeout(1800))


class Mixed:
    """The cloud as it is, and what brings it from one mixture to the next.

    :ivar scene: servers and ports, through REST
    :ivar records: what the services wrote
    :ivar servers: the ids of the servers that stay, the oldest first
    """

    def __init__(self, place):
        self.place = place
        self.calls = rest.Rest(place)
        self.scene = scene_of.Scene(self.calls, patience_s=300)
        self.records = records_of.Records(place)
        self.servers = []
        both = releases.Ours(scheduler=True, computes=True).of_process()
        self._now = {
            name: (release, both[name], '')
            for name, release in releases.FIRST.of_process().items()}

    def become(self, wanted, ours, more=''):
        """Restart what differs.

        The controllers are first when they are upgraded, and else the
        computes, which may have been too old for what comes.

        :param more: further lines of nova.conf of the controllers
        """
        whose = ours.of_process()
        after = {
            name: (release, whose[name],
                   more if name in releases.CONTROLLERS else '')
            for name, release in wanted.of_process().items()}
        changed = releases.changed(self._now, after)
        self.place = dataclasses.replace(
            self.place, others=releases.environments(wanted.of_process()))
        controllers = [name for name in changed
                       if name in releases.CONTROLLERS]
        computes = [name for name in changed if name not in controllers]
        is_upgrade = any(after[name][0] > self._now[name][0]
                         for name in controllers)
        for names in ((controllers, computes) if is_upgrade
                      else (computes, controllers)):
            if names:
                _, is_ours, lines = after[names[0]]
                bring_up.restart_nova(
                    self.place, releases.choice(is_ours=is_ours, more=lines),
                    self.calls, names)
        self._now = after

    def refusal(self, name, release, words):
        """Start a process with another release, and wait for its refusal.

        :param words: what its log has to say in the end
        """
        log = self.place.logs / f'{name}.log'
        since = log.stat().st_size
        processes.stop(self.place, [name])
        other = dataclasses.replace(self.place, others={
            **self.place.others, name: releases.environment(release)})

        def said():
            with log.open('rb') as lines:
                lines.seek(since)
                return words in lines.read().decode(errors='replace')
        try:
            bring_up.start(other, [name])
            rest.wait_until(words, said, 240)
        finally:
            processes.stop(self.place, [name])
            _, is_ours, lines = self._now[name]
            bring_up.restart_nova(
                self.place, releases.choice(is_ours=is_ours, more=lines),
                self.calls, [name])


@pytest.fixture(scope='session')
def mixed():
    """The running cloud, which ``python -m tests.mixed`` has started."""
    return Mixed(dataclasses.replace(
        layout.find_layout(),
        others=releases.environments(releases.FIRST.of_process())))
