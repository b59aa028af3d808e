"""A small client of the Chrome DevTools Protocol over a WebSocket."""

import contextlib
import itertools
import json

import websockets.exceptions
import websockets.sync.client


class Devtools:
    """ConnectionError with the status when the server refuses; a refused command is a RuntimeError."""

    def __init__(self, endpoint):
        self.open = contextlib.ExitStack()
        try:
            connecting = websockets.sync.client.connect(endpoint, max_size=None, proxy=None)
            self.socket = self.open.enter_context(connecting)
        except websockets.exceptions.InvalidStatus as refused:
            raise ConnectionError(str(refused.response.status_code)) from refused
        self.numbers = itertools.count(1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.open.close()

    def call(self, method, session=None, **parameters):
        message = {"id": next(self.numbers), "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        self.socket.send(json.dumps(message))
        while True:
            said = json.loads(self.socket.recv(timeout=60))
            if said.get("id") != message["id"]:
                continue
            if "error" in said:
                raise RuntimeError(said["error"]["message"])
            return said["result"]

    def end(self):
        """(code, reason) with which the server closes."""
        try:
            while True:
                self.socket.recv(timeout=60)
        except websockets.exceptions.ConnectionClosed as closed:
            return closed.rcvd.code, closed.rcvd.reason
