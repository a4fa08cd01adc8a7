"""Processes that work for another: each ends by itself, with its own code, and none outlives who needs it.

Who starts a process has the kernel end it (`ends_with_starter`). Workers that a library starts for us watch
by themselves (`end_with`). Neither looks at a pipe: that closes while its process is still ending.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import threading
from collections.abc import Callable

_SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG, <linux/prctl.h>
_LIBC = ctypes.CDLL(None, use_errno=True)


def ends_with_starter(signum: int = signal.SIGKILL) -> Callable[[], None]:
    """For `preexec_fn`: the new process gets `signum` once the one that starts it is gone, killed too.

    The kernel looks at the thread that starts it, which must be one that lasts: the main one, or an event loop's.
    """
    starter = os.getpid()

    def ask_the_kernel() -> None:
        if _LIBC.prctl(_SET_PARENT_DEATH_SIGNAL, signum, 0, 0, 0):
            raise OSError(ctypes.get_errno(), "prctl")
        if os.getppid() != starter:  # gone between the fork and the line above
            os._exit(1)

    return ask_the_kernel


def end_with(starter: int) -> None:
    """End this process once `starter`, the id of another, is gone. For workers, as their initializer."""
    try:
        end = os.pidfd_open(starter)
    except ProcessLookupError:
        os._exit(1)

    def wait() -> None:
        gone = select.poll()
        gone.register(end, select.POLLIN)
        gone.poll()
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=wait, name="ends with its starter", daemon=True).start()
