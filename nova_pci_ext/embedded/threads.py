#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

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
