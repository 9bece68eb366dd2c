# SPDX-License-Identifier: Apache-2.0

"""Nova's alias and flavor parsers and ours on the same texts.

``NOVA_PCI_PARITY_EXAMPLES`` sets the number of configurations.
"""

import collections
import json
import os
import random

import nova.conf
import nova.objects.instance_pci_requests
import pytest
from hypothesis import given
from hypothesis import HealthCheck
from hypothesis import seed
from hypothesis import settings
from hypothesis import strategies as st
from nova.pci import request

from nova_pci_ext import exceptions
from nova_pci_ext import parsing
from nova_pci_ext.exceptions import Fault

pytestmark = [pytest.mark.property, pytest.mark.nova]

EXAMPLES = int(os.environ.get('NOVA_PCI_PARITY_EXAMPLES', '700'))
PARITY = settings(max_examples=EXAMPLES, deadline=None, database=None,
                  suppress_health_check=list(HealthCheck))
CONF = nova.conf.CONF
USUAL = {
    'name': ('a1', 'a2', ' a1 '),
    'vendor_id': ('8086', '15b3', '15B3'),
    'product_id': ('1520', '0443'),
    'device_type': ('type-PCI', 'type-PF', 'type-VF'),
    'numa_policy': ('required', 'preferred', 'legacy', 'socket'),
    'resource_class': ('GPU_VF', 'CUSTOM_A'),
    'traits': ('blue, big', ''),
    'live_migratable': ('yes', 'no', 'True'),
}
ODD = ('', ' ', 'a:b', 'a,b', 'x' * 257, 8086, None, [], {}, True, '80861',
       '\uff18\uff10\uff18\uff16', '8086\n', '*', 'vdpa', 'maybe', 'pci',
       'r' * 300, 'a,,b', '0x8086', '-1')
SLIPS = ('prodct_id', 'Vendor_ID', 'capability_type', 'dev_type', 'label')
NAMES = ('a1', 'a2', ' a1 ', 'a3', '')
COUNTS = ('1', '2', ' 3 ', '0', '-1', '', 'one', '+2', '1_0', '\uff12', '01',
          '1:2', '70000')


def make_alias(rng):
    keys = ['name', 'vendor_id', 'product_id']
    keys += rng.sample(list(USUAL)[3:], rng.randint(0, 3))
    if rng.random() < 0.2:
        keys.remove(rng.choice(keys))
    entry = {key: rng.choice(USUAL[key] if rng.random() < 0.95 else ODD)
             for key in keys}
    if rng.random() < 0.1:
        entry[rng.choice(SLIPS)] = rng.choice(('pci', '1520'))
    return json.dumps(entry)


def make_flavor(rng):
    return ','.join(
        f'{rng.choice(NAMES[:3] if rng.random() < 0.9 else NAMES)}'
        f':{rng.choice(COUNTS[:3] if rng.random() < 0.8 else COUNTS)}'
        if rng.random() < 0.95 else rng.choice(NAMES)
        for _ in range(rng.randint(1, 3)))


def nova_reads(texts, flavor):
    """Return Nova's aliases and requests, each None where it refuses."""
    CONF.set_override('alias', texts, 'pci')
    request.get_alias_from_config.cache_clear()
    try:
        aliases = request.get_alias_from_config()
    except Exception:
        return None, None
    finally:
        CONF.clear_override('alias', 'pci')
    try:
        return aliases, request._translate_alias_to_requests(flavor)
    except Exception:
        return aliases, None


def we_read(texts, placement, strict=True):
    faults = parsing.Faults(strict=strict)
    aliases = parsing.parse_aliases(
        parsing.option_values('alias', texts), faults,
        pci_in_placement=placement)
    return aliases, faults


def as_nova(alias):
    """Render one of our aliases as Nova keeps it, ids in lower case."""
    specs = []
    for entry in alias.entries:
        spec = {'vendor_id': entry.vendor_id, 'product_id': entry.product_id,
                'dev_type': entry.dev_type and entry.dev_type.value,
                'resource_class': entry.resource_class,
                'traits': entry.traits,
                'live_migratable': entry.live_migratable
                if entry.live_migratable is None
                else str(entry.live_migratable).lower()}
        specs.append({key: value for key, value in spec.items()
                      if value is not None})
    return alias.numa_policy.value, specs


def lower_ids(aliases):
    """Drop what only Nova keeps, and the case of ids."""
    return {name: (policy, [
        {key: value.lower() if key.endswith('_id') else value
         for key, value in spec.items() if key != 'capability_type'}
        for spec in specs]) for name, (policy, specs) in aliases.items()}


@pytest.fixture(params=[False, True], ids=['no placement', 'placement'])
def placement(request):
    CONF.set_override('pci_in_placement', request.param, 'filter_scheduler')
    yield request.param
    CONF.clear_override('pci_in_placement', 'filter_scheduler')


def test_nova_and_we_read_the_same_aliases(placement):
    seen = collections.Counter()

    @seed(20261123)
    @PARITY
    @given(st.integers(0, 2**63))
    def agree(number):
        rng = random.Random(number)
        texts = [make_alias(rng) for _ in range(rng.randint(1, 3))]
        flavor = make_flavor(rng)
        theirs, requests = nova_reads(texts, flavor)
        _, faults = we_read(texts, placement)
        seen[theirs is not None, not faults.errors] += 1
        classes = {fault.fault for fault in faults.errors}
        assert (theirs is None) == (Fault.REFUSED in classes), texts
        if theirs is not None:
            lenient, _ = we_read(texts, placement, strict=False)
            assert {name: as_nova(alias) for name, alias in lenient.items()
                    } == lower_ids(theirs), texts
        if requests is not None:
            check_flavor(flavor, requests)

    agree()
    print(f'(Nova accepts, we accept): {dict(seen)}')


def check_flavor(flavor, requests):
    """Compare a flavor that Nova accepts with our reading of it."""
    try:
        counts = parsing.parse_flavor_alias(flavor)
    except exceptions.ConfigErrors as exc:
        assert {fault.fault for fault in exc.exceptions} == {Fault.COUNT}
    else:
        assert [(each.name, each.count) for each in counts] == [
            (each.alias_name, each.count) for each in requests]


def test_what_we_take_from_a_flavor_nova_takes_too():
    @seed(20261123)
    @PARITY
    @given(st.integers(0, 2**63))
    def agree(number):
        flavor = make_flavor(random.Random(number))
        try:
            counts = parsing.parse_flavor_alias(flavor)
        except exceptions.ConfigErrors:
            return
        aliases = [json.dumps({'name': name, 'vendor_id': '8086',
                               'product_id': '1520'})
                   for name in sorted({each.name for each in counts})]
        requests = nova_reads(aliases, flavor)[1]
        assert [(each.name, each.count) for each in counts] == [
            (each.alias_name, each.count) for each in requests]

    agree()
