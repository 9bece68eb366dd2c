# SPDX-License-Identifier: Apache-2.0

"""What a server asks of any host."""

import pytest
from nova import objects

from nova_pci_ext.planning import movers
from tests.integration.planning import recorded

pytestmark = pytest.mark.nova


def spec(fleet, alias='vf:1', **more):
    return fleet.spec(recorded.server(alias, **more))


def test_what_placement_chose_is_left_out():
    with recorded.fleet() as fleet:
        chosen = spec(fleet)
        (request,) = chosen.pci_requests.requests
        plain = dict(request.spec[0])
        request.spec = [{**plain, 'rp_uuids': 'u', 'parent_ifname': 'ens1'}]
        asked = movers.without_placement(chosen)
        assert asked.pci_requests.requests[0].spec == [plain]
        assert asked.requested_resources == []
        assert request.spec[0]['parent_ifname'] == 'ens1'


def test_equal_requests_are_of_one_kind():
    with recorded.fleet() as fleet:
        kinds = [movers.kind(each) for each in (
            spec(fleet), spec(fleet), spec(fleet, 'vf:2'),
            spec(fleet, **{'hw:numa_nodes': '1'}))]
        assert kinds[0] == kinds[1]
        assert len(set(kinds)) == 3
        assert movers.kind(spec(fleet), 's') != kinds[0]


@pytest.mark.parametrize(('field', 'value'), [
    ('project_id', 'p'), ('availability_zone', 'z'), ('is_bfv', True),
    ('scheduler_hints', {'different_host': ['s']}),
    ('image', objects.ImageMeta.from_dict({'properties': {
        'trait:CUSTOM_T': 'required'}}))])
def test_what_other_filters_look_at_makes_another_kind(field, value):
    with recorded.fleet() as fleet:
        other = spec(fleet)
        setattr(other, field, value)
        assert movers.kind(other) != movers.kind(spec(fleet))
