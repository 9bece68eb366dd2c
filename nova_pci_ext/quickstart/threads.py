# SPDX-License-Identifier: Apache-2.0

"""Which threads Nova runs on; to be asked before anything else of it loads.

The table of hooks cannot be asked here, for it loads Nova.
"""

import inspect
import os
import sys

_WITHOUT_EVENTLET = 'OS_NOVA_DISABLE_EVENTLET_PATCHING'


def prefer_native() -> None:
    """Ask for native threads, as a service of a Nova with a choice does."""
    from nova import monkey_patch
    if has_choice():
        monkey_patch.patch(backend='threading')


def has_choice() -> bool:
    """Whether Nova is told on which threads to run: Nova 33 and later.

    The others go by the environment: Nova 31 when this module is imported,
    Nova 32 when its function is called.
    """
    from nova import monkey_patch
    return hasattr(monkey_patch, 'patch') and (
        'backend' in inspect.signature(monkey_patch.patch).parameters)


def use_threads() -> None:
    """Keep Nova from patching the process for eventlet, if it can do without.

    Nova decides when it is first imported. Its test fixtures ask the
    environment only. The nova-compute of a Nova without a choice runs on
    eventlet alone, and it is patched here; a process that has Nova already
    stays as it is.
    """
    was_loaded = 'nova' in sys.modules
    os.environ[_WITHOUT_EVENTLET] = 'true'
    prefer_native()
    if not has_choice() and not was_loaded:
        from nova import monkey_patch
        del os.environ[_WITHOUT_EVENTLET]
        getattr(monkey_patch, 'patch', monkey_patch._monkey_patch)()
    # At its end a pool is joined worker by worker, and an idle worker looks
    # up only this often: one second each, for some dozens of them. Nova's
    # own tests lower the same number.
    from futurist import _thread
    _thread.ThreadWorker.MAX_IDLE_FOR = 0.05
