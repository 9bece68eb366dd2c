# SPDX-License-Identifier: Apache-2.0

"""What stands in for the services that are not here: Neutron and Glance."""

from collections.abc import Iterable

import fixtures
import nova.conf
from nova.tests import fixtures as nova_fixtures

from nova_pci_ext.quickstart import neutron

IMAGE_ID = '9d3a4e5c-3f0b-4a6e-9b7e-2f4f6d1c8a10'
#: As in the article of 2014.
IMAGE_NAME = 'new1'


class StandIns(fixtures.Fixture):
    """Nova's test fixtures for Neutron and Glance, outside of a test.

    They expect a test case for changing attributes and options; this
    fixture offers the three methods of it that they call.

    :ivar network: the Neutron stand-in
    :ivar image: the Glance stand-in
    """

    def __init__(self, physnets: Iterable[str]) -> None:
        super().__init__()
        self._physnets = physnets

    def _setUp(self) -> None:
        self.network = self.useFixture(
            neutron.SriovNeutron(self, self._physnets))
        self.image = self.useFixture(nova_fixtures.GlanceFixture(self))
        self.image.create(None, {
            **self.image.image1, 'id': IMAGE_ID, 'name': IMAGE_NAME})

    def stub_out(self, name: str, value: object) -> None:
        """Replace an attribute until the fixture is cleaned up."""
        self.useFixture(fixtures.MonkeyPatch(name, value))

    def flags(self, group: str | None = None, **values: object) -> None:
        """Override options until the fixture is cleaned up."""
        for name, value in values.items():
            nova.conf.CONF.set_override(name, value, group)
            self.addCleanup(nova.conf.CONF.clear_override, name, group)
