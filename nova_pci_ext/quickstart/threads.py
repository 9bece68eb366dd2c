# SPDX-License-Identifier: Apache-2.0

"""Native threads for Nova; to be called before anything else of it loads."""

import os


def use_threads() -> None:
    """Keep Nova from patching the process for eventlet.

    Nova decides when it is first imported. Its test fixtures ask the
    environment only; its services, from Nova 34 on, ask this function of
    Nova's, which sets up oslo.service as well.
    """
    os.environ['OS_NOVA_DISABLE_EVENTLET_PATCHING'] = 'true'
    from nova import monkey_patch
    monkey_patch.patch(backend='threading')
    # At its end a pool is joined worker by worker, and an idle worker looks
    # up only this often: one second each, for some dozens of them. Nova's
    # own tests lower the same number.
    from futurist import _thread
    _thread.ThreadWorker.MAX_IDLE_FOR = 0.05
