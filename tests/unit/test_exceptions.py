# SPDX-License-Identifier: Apache-2.0

"""The errors in words."""

import pytest

from nova_pci_ext import exceptions


@pytest.mark.parametrize(('error', 'text'), [
    (exceptions.AddressError('81:00'),
     "expected a PCI address such as 0000:81:00.1, got '81:00'"),
    (exceptions.ConfigError('[pci] alias[0].name', 'is missing'),
     '[pci] alias[0].name: is missing'),
    (exceptions.ConfigError('[pci] alias[0].name', 'is missing', 'add it'),
     '[pci] alias[0].name: is missing; add it'),
    (exceptions.DiscoveryError('/sys\n', 'is not a folder'),
     '/sys\\n: is not a folder'),
    (exceptions.ClaimError('0000:81:00.0', 'claim', 'claimed', 'u1',
                           'legal only for a device that is available',
                           conflict='state'),
     'cannot claim device 0000:81:00.0, which is claimed by instance u1: '
     'legal only for a device that is available'),
    (exceptions.ClaimError('0000:81:00.0', 'free', 'available', None,
                           'nobody has it', conflict='state'),
     'cannot free device 0000:81:00.0, which is available: nobody has it'),
    (exceptions.BindingError('p1', 'vif_details.vlan', 'Neutron',
                             'expected a number'),
     'port p1: vif_details.vlan: expected a number (set by Neutron)'),
], ids=lambda value: getattr(type(value), '__name__', None))
def test_words(error, text):
    assert str(error) == text


def test_all_faults_of_a_configuration_one_a_line():
    errors = exceptions.ConfigErrors('faults in nova.conf', [
        exceptions.ConfigError('a', 'is wrong'),
        exceptions.ConfigError('b', 'is wrong too')])
    assert str(errors) == 'a: is wrong\nb: is wrong too'
    assert isinstance(errors, exceptions.PciExtError)
