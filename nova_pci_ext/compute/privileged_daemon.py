# SPDX-License-Identifier: Apache-2.0

"""Nova's privileged daemon, started before anybody waits for a change.

Nova starts it with the first call that needs it.  That loads Nova in another
process: some seconds, and the longer the busier the host is.  The first device
that a server gives back after a restart of nova-compute would wait for that.
"""

import threading
from collections.abc import Callable

from oslo_log import log as logging

from nova_pci_ext.compute import privileged
from nova_pci_ext.compute.bounded import Permit
from nova_pci_ext.model.printable import printable

LOG = logging.getLogger(__name__)
#: The part of what somebody waits for work that is for the daemon's answer;
#: the rest is for the changes.
_SHARE = .5


class Daemon:
    """Whether the daemon can be asked for a change.

    :param ask: returns when the daemon has answered, and starts it if it does
        not run
    """

    def __init__(self, ask: Callable[[], object] = privileged.answer) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._said: str | None = None

    def start(self) -> threading.Thread:
        """Begin to ask it, unless an earlier question waits for its answer.

        :returns: what waits for the answer
        """
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(
                    target=self._run, daemon=True, name='pci-ext-daemon')
                self._thread.start()
            return self._thread

    def lacks(self, timeout_s: float) -> str | None:
        """Return why it cannot be asked for anything, None if it can.

        :param timeout_s: how long its answer is waited for
        """
        thread = self.start()
        thread.join(timeout_s)
        if thread.is_alive():
            return "Nova's privileged daemon has not answered yet"
        return self._said

    def lacks_for(self, permit: Permit) -> str | None:
        """Return the same for work that somebody waits for."""
        return self.lacks(permit.left_s * _SHARE)

    def _run(self) -> None:
        said = None
        try:
            self._ask()
        except Exception as exc:  # it is what lacks() returns
            said = ("Nova's privileged daemon cannot be asked: "
                    f'{str(exc) or type(exc).__name__}')
            if said != self._said:
                LOG.warning('%s; what servers leave on PCI devices is not put '
                            'right', printable(said))
        self._said = said


#: The one of this process.
DAEMON = Daemon()
