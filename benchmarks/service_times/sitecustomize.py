# SPDX-License-Identifier: Apache-2.0

"""Write down how long two functions of Nova's services take.

Python imports this module when it starts with this folder in ``PYTHONPATH``;
``benchmarks/cloud.py`` starts the services so.  Each call appends a line with
the name and the seconds to the file that ``NOVA_PCI_TIMES`` names.
"""

import functools
import os
import time

import wrapt

PATH = os.environ.get('NOVA_PCI_TIMES')


def _time(owner, name, label):
    function = getattr(owner, name)

    @functools.wraps(function)
    def timed(*args, **kwargs):
        begin = time.perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            spent = time.perf_counter() - begin
            with open(PATH, 'a', encoding='ascii') as lines:
                lines.write(f'{label} {spent:.6f}\n')
    setattr(owner, name, timed)


if PATH:
    @wrapt.when_imported('nova.scheduler.manager')
    def _scheduler(module):
        _time(module.SchedulerManager, 'select_destinations', 'scheduling')

    @wrapt.when_imported('nova.compute.resource_tracker')
    def _compute(module):
        _time(module.ResourceTracker, 'instance_claim', 'claim')
