# SPDX-License-Identifier: Apache-2.0

"""Nova's whitelist and our filter on the same texts and the same hosts.

The number of hosts is small here, and ``NOVA_PCI_PARITY_EXAMPLES`` sets it:
``tox -e parity`` compares more than 50,000 entries.
"""

import collections
import contextlib
import json
import logging
import os
import random
from unittest import mock

import nova.conf
import pytest
from hypothesis import given
from hypothesis import HealthCheck
from hypothesis import seed
from hypothesis import settings
from hypothesis import strategies as st
from nova.pci import devspec

from nova_pci_ext import exceptions
from nova_pci_ext import parsing
from nova_pci_ext.compute import device_filter
from nova_pci_ext.configuration import pci_ext
from nova_pci_ext.exceptions import Fault
from tests import novas_own
from tests.property import spec_scenes

pytestmark = [pytest.mark.property, pytest.mark.nova]

EXAMPLES = int(os.environ.get('NOVA_PCI_PARITY_EXAMPLES', '700'))
PARITY = settings(max_examples=EXAMPLES, deadline=None, database=None,
                  suppress_health_check=list(HealthCheck))
CONF = nova.conf.CONF
WHITELIST = novas_own.module('nova.pci.whitelist').Whitelist


def make_scene(number):
    """Make a host and up to six texts from the seed ``number``."""
    rng = random.Random(number)
    host = spec_scenes.make_host(rng)
    return host, [json.dumps(spec_scenes.make_entry(rng, host))
                  for _ in range(rng.randint(1, 6))]


@pytest.fixture(params=[True, False], ids=['strict', 'lenient'])
def strict(request):
    pci_ext.register_opts(CONF)
    CONF.set_override('strict', request.param, 'pci_ext')
    # A filter logs each interface that is missing.
    logging.disable(logging.WARNING)
    yield request.param
    logging.disable(logging.NOTSET)
    CONF.clear_override('strict', 'pci_ext')


@contextlib.contextmanager
def nova_on(host):
    """Let Nova ask the host that was drawn instead of this machine."""
    def is_pf(*parts):
        return '{}:{}:{}.{}'.format(*parts) in pfs

    def netdev(name):
        found = host.netdevs.get(str(name))
        return str(found) if found else None, str(found) in pfs

    pfs = {str(pf): ids for pf, ids in host.pfs.items()}
    with mock.patch.multiple(
        'nova.pci.utils', is_physical_function=is_pf,
        get_function_by_ifname=netdev,
        get_vf_product_id_by_pf_addr=lambda pf: pfs[pf][1],
        get_pci_ids_by_pci_addr=lambda pf: next(
            (device['vendor_id'], device['product_id'])
            for device in host.devices if device['address'] == pf)
    ), mock.patch.object(
        # Nova asks for the VFs of a remote-managed PF by str() of this
        # class, which has none: every such address would be refused.
        devspec.PciAddressSpec, '__str__',
        lambda spec: f'{spec.domain}:{spec.bus}:{spec.slot}.{spec.func}'
    ):
        yield


def build(make, texts):
    """Return what was built; None where the texts are refused."""
    try:
        return make(texts)
    except Exception:
        # Nova also dies of AttributeError, TypeError and the like.
        return None


def plain(tags):
    """Render tags as they are compared: by their text, whatever the case."""
    return {key: value if value is None else str(value).lower()
            for key, value in tags.items()}


def answers(whole, host):
    """Return the index of the entry that takes each device."""
    order = {id(spec): index for index, spec in enumerate(whole.specs)}
    found = [whole.device_assignable(dict(device))
             for device in host.devices]
    return [None if spec is None else order[id(spec)] for spec in found]


def test_nova_and_we_agree(strict):
    seen = collections.Counter()

    @seed(20261123)
    @PARITY
    @given(st.integers(0, 2**63))
    def agree(number):
        host, texts = make_scene(number)
        seen['hosts'] += 1

        class OurFilter(device_filter.DeviceFilter):
            pass

        OurFilter.host = host

        with nova_on(host):
            common = []
            for text in texts:
                pair = (build(WHITELIST, [text]),
                        build(OurFilter, [text]))
                accepted = pair[0] is not None, pair[1] is not None
                seen[accepted] += 1
                if accepted == (True, True):
                    common.append(text)
                elif accepted == (True, False):
                    assert strict, text
                    assert classes(text), text
                    assert Fault.REFUSED not in classes(text), text
                else:
                    assert accepted == (False, False), text
            theirs, ours_ = WHITELIST(common), OurFilter(common)
            assert ([plain(spec.get_tags()) for spec in theirs.specs]
                    == [plain(spec.get_tags()) for spec in ours_.specs])
            assert answers(theirs, host) == answers(ours_, host), common

    agree()
    print(f'hosts, then entries by (Nova accepts, we accept): {dict(seen)}')


def classes(text):
    """Return the classes of the faults that make us refuse a text."""
    with pytest.raises(exceptions.ConfigErrors) as caught:
        parsing.parse_device_spec(text)
    return {fault.fault for fault in caught.value.exceptions}
