"""A soma command at a terminal of its own, typed at by a test."""

import fcntl
import os
import pty
import re
import select
import struct
import termios
import time

from somas import binary

DEADLINE_SECONDS = 60


class Typist:
    """A program on a terminal of its own, and what it printed."""

    def __init__(self, arguments):
        self.printed = self.unread = ""
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.environ.update({"TERM": "xterm", "NO_COLOR": "1"})
            os.execv(binary(), [binary(), *arguments])

    def until(self, pattern):
        """Reads until the pattern stands in what was printed behind the last one; what comes behind it is for the next."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not (found := re.search(pattern, self.unread)):
            if not self.reads(deadline, f"no {pattern!r}"):
                raise AssertionError(f"it ended without {pattern!r}: {self.unread!r}")
        text, self.unread = self.unread[: found.end()], self.unread[found.end() :]
        return text

    def reads(self, deadline, missing):
        """Takes what it prints next; False when it has ended."""
        readable, _, _ = select.select([self.terminal], [], [], max(0, deadline - time.monotonic()))
        if not readable:
            raise AssertionError(f"{missing} in {self.unread!r}")
        try:
            piece = os.read(self.terminal, 4096).decode("utf-8", "replace")
        except OSError:
            return False
        self.unread += piece
        self.printed += piece
        return bool(piece)

    def types(self, line):
        os.write(self.terminal, line.encode())

    def is_resized_to(self, columns, rows):
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def mode(self):
        """The terminal's settings, to be compared."""
        return termios.tcgetattr(self.terminal)

    def ends(self):
        """The exit code."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while self.reads(deadline, "no end"):
            pass
        os.close(self.terminal)
        return os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])
