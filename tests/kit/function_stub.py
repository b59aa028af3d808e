"""A server of functions on loopback, and the log of all that was asked of them.

Functions are `http://127.0.0.1:PORT/NAME`; the payload has a `tag` (whose execution asks) and a `step`. Each call is logged with the
idempotency key that came with it. An effect happens once for each key, as a careful payment service does it: a key that comes again
gets the answer of the first time.
"""

import http.server
import json
import random
import socketserver
import threading
import time


class Call:
    def __init__(self, name, key, payload, life):
        self.name, self.key, self.payload, self.life = name, key, payload, life
        self.tag, self.step = payload["tag"], payload["step"]


class FunctionStub(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """`answer(call, nth)` gives what a function answers to the nth key (from 0) of the call's tag and step. `life()` says in which life of
    the caller a call came."""

    daemon_threads = True
    request_queue_size = 512

    def __init__(self, answer, life, longest_s):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer, self.life, self.longest_s = answer, life, longest_s
        self.calls = {}  # (tag, step) → [Call, …] in the order they came
        self.effects = {}  # key → what was answered
        self.failures = []  # of handlers: bugs of the test itself
        self.lock = threading.Lock()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def url(self, name):
        return f"http://127.0.0.1:{self.server_port}/{name}"

    def keys(self, tag, step):
        """Different keys under which the step was asked for, in order."""
        with self.lock:
            return list(dict.fromkeys(call.key for call in self.calls.get((tag, step), [])))

    def calls_of(self, tag):
        with self.lock:
            return [call for (of, _), calls in self.calls.items() if of == tag for call in calls]

    def perform(self, call):
        with self.lock:
            calls = self.calls.setdefault((call.tag, call.step), [])
            nth = len({earlier.key for earlier in calls} - {call.key})
            calls.append(call)
            if call.key not in self.effects:
                self.effects[call.key] = self.answer(call, nth)
            return self.effects[call.key]

    def handle_error(self, request, client_address):
        pass  # the caller was killed while it was answered, which is what the test is about


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):
        payload = json.loads(self.rfile.read(int(self.headers["content-length"])))
        stub = self.server
        life = stub.life()
        # Half of the time passes before the effect, half after it: the caller's end may fall on either side.
        wait = stub.longest_s * random.random() / 2
        time.sleep(wait)
        try:
            call = Call(self.path.strip("/"), self.headers["x-soma-idempotency-key"], payload, life)
            answer = json.dumps(stub.perform(call)).encode()
        except Exception as bug:  # reported by the test at its end
            stub.failures.append(repr(bug))
            raise
        time.sleep(wait)
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass
