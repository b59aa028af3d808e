"""A model's service on loopback that says whatever a test wants: bytes are the test's, HTTP is only read.

Addresses are `http://127.0.0.1:PORT/KEY`; the key says which conversation asks, and each request is answered by `handler(reply)` on a
thread of its own.
"""

import json
import pathlib
import socket
import struct
import threading
import time

from kit.dialects import dialect_of


class Reply:
    """One request, and the connection to answer it on. The connection is closed when the handler returns."""

    def __init__(self, connection, head, body, number):
        self.connection = connection
        lines = head.decode("latin-1").split("\r\n")
        self.path = lines[0].split(" ")[1]
        self.headers = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
        self.key = self.path.split("/")[1]
        self.dialect = dialect_of(self.path)
        self.body = json.loads(body) if body else None
        self.number = number  # of the key's requests, from 1

    def head(self, status=200, content_type="text/event-stream", headers=()):
        lines = [f"HTTP/1.1 {status} x", f"content-type: {content_type}", "connection: close", *headers]
        self.send(("\r\n".join(lines) + "\r\n\r\n").encode())

    def send(self, data):
        self.connection.sendall(data)

    def reset(self):
        """Ends the connection as a crash of the far side does."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def until_read(self, seconds=30):
        """Until the client, which is on this machine, has taken all that was sent: the kernel tells how much waits at the client's end."""
        ports = [f"{self.connection.getpeername()[1]:04X}", f"{self.connection.getsockname()[1]:04X}"]
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            rows = [line.split() for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]]
            waiting = [row[4].partition(":")[2] for row in rows if [row[1][-4:], row[2][-4:]] == ports]
            if not any(int(bytes_waiting, 16) for bytes_waiting in waiting):
                return
            time.sleep(0.005)

    def hold(self, seconds=30):
        """Until the client goes away. True when it did."""
        self.connection.settimeout(seconds)
        try:
            return not self.connection.recv(1)
        except TimeoutError:
            return False
        except OSError:
            return True


class ProviderStub:
    def __init__(self, handler):
        self.handler = handler
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self.listener.getsockname()[1]
        self.counts = {}
        self.lock = threading.Lock()
        self.connections = 0
        self.failures = []  # of handlers: bugs of the test itself
        threading.Thread(target=self._accept, daemon=True).start()

    def base(self, key):
        return f"http://127.0.0.1:{self.port}/{key}"

    def requests(self, key):
        with self.lock:
            return self.counts.get(key, 0)

    def close(self):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection:
            try:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                request = self._read(connection)
                if request is None:
                    return
                key = request[0].split(b" ", 2)[1].split(b"/")[1].decode()
                with self.lock:
                    self.counts[key] = number = self.counts.get(key, 0) + 1
                self.handler(Reply(connection, *request, number))
            except OSError:
                pass  # the client went away, which is often what the test is about
            except Exception as bug:  # reported by the test at its end
                self.failures.append(repr(bug))

    @staticmethod
    def _read(connection):
        data = b""
        while b"\r\n\r\n" not in data:
            piece = connection.recv(65536)
            if not piece:
                return None
            data += piece
        head, _, rest = data.partition(b"\r\n\r\n")
        length = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
        pieces = [rest]
        missing = length - len(rest)
        while missing > 0:
            pieces.append(connection.recv(1 << 20))
            if not pieces[-1]:
                return None
            missing -= len(pieces[-1])
        return head, b"".join(pieces)
