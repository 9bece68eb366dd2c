# SPDX-License-Identifier: Apache-2.0

"""The weighers of a nova-scheduler, on hosts of which few change.

``nova.weights.BaseWeightHandler`` asks every weigher for every host.  Here a
weight is asked for again when the host changed; what is done with the weights
is the same, and ``tests/integration/scheduler/test_packing.py`` compares it.
"""

import pathlib
import tempfile

import nova.conf
from nova import weights as nova_weights
from nova.scheduler import weights as scheduler_weights

from cloud import settings
from nova_pci_ext.matching.places import places
from nova_pci_ext.scheduler import weights

#: What nova.conf says of filters and weighers, by the name of a way.
WAYS = {
    'as shipped': settings.OURS,
    'alone': 'weight_classes = '
             'nova_pci_ext.scheduler.weights.PciFitWeigher\n',
    "Nova's": 'pci_weight_multiplier = 100.0\n'}


def configure(way, ways=WAYS):
    """Have Nova read a nova.conf with what a way says."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / 'nova.conf'
        path.write_text(f'[filter_scheduler]\n{ways[way]}')
        nova.conf.CONF([], project='nova', default_config_files=[str(path)])


def load():
    """Return the weighers of the configuration, as the host manager does."""
    handler = scheduler_weights.HostWeightHandler()
    return [cls() for cls in handler.get_matching_classes(
        nova.conf.CONF.filter_scheduler.weight_classes)]


class Chain:
    """Chooses among hosts.

    No host is in an aggregate, and no server in a group: the weights of all
    weighers but ours depend on the host, and on whether the server asks for
    devices.

    :ivar ours: our weigher, None without it
    """

    def __init__(self, hosts):
        self._hosts = hosts
        self._weighers = load()
        self.ours = next((weigher for weigher in self._weighers if isinstance(
            weigher, weights.PciFitWeigher)), None)
        # By weigher, and whether devices are asked for.
        self._raw = {}

    def change(self, number):
        """Forget the weights of a host."""
        for found in self._raw.values():
            found.pop(number, None)

    def best(self, numbers, scores, spec):
        """Return the number of the host that Nova would take.

        :param numbers: of the hosts that passed the filters, in the order
            that Nova has them in
        :param scores: of our weigher, by number
        """
        totals = [0.0] * len(numbers)
        for weigher in self._weighers:
            raw = (places([scores[number] for number in numbers])
                   if weigher is self.ours else
                   self._weights(weigher, numbers, spec))
            multiplier = weigher.weight_multiplier(self._hosts[numbers[0]])
            totals = [total + multiplier * weight for total, weight in zip(
                totals, nova_weights.normalize(
                    raw, weigher.minval, weigher.maxval), strict=True)]
        # Of equal hosts Nova takes the first.
        return numbers[max(range(len(numbers)), key=totals.__getitem__)]

    def _weights(self, weigher, numbers, spec):
        known = self._raw.setdefault(
            (weigher, bool(spec.pci_requests.requests)), {})
        for number in numbers:
            if number not in known:
                known[number] = weigher._weigh_object(self._hosts[number],
                                                      spec)
        return [known[number] for number in numbers]
