"""Starts and stops a real soma for black-box tests, and speaks its HTTP API with the standard library alone."""

import http.client
import json
import os
import pathlib
import signal
import subprocess
import tempfile
import time
import urllib.parse
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
OPEN_STATUSES = ("running", "waiting", "queued")


def binary():
    return os.environ.get("SOMA_BIN", str(ROOT / "build/release/soma"))


def session_id():
    return str(uuid.uuid4())


class Soma:
    """One server process on loopback. `data` outlives kills, so that a restart finds it again."""

    def __init__(self, data=None, arguments=(), environment=None):
        self.data = data or tempfile.mkdtemp(prefix="soma-test-")
        self.arguments = list(arguments)
        self.environment = environment or {}
        self.process = None
        self.port = 0
        self.info = {}

    def start(self, ready_timeout=30):
        log = open(pathlib.Path(self.data) / "server.log", "ab")
        command = [binary(), "serve", "--json", "--data-directory", self.data, "--port", str(self.port)] + self.arguments
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=log, env={**os.environ, **self.environment}, start_new_session=True
        )
        log.close()
        # The one line on stdout comes when the server is ready; a process that dies first closes the pipe.
        line = self.process.stdout.readline()
        if not line:
            self.process.wait(ready_timeout)
            raise RuntimeError(f"soma did not start (exit {self.process.returncode}): {self.log_tail()}")
        self.info = json.loads(line)
        if "url" not in self.info and self.port:
            # Between two lives the system may have lent the port to somebody's outgoing connection: any other is as good.
            self.process.wait(ready_timeout)
            self.process.stdout.close()
            self.port = 0
            return self.start(ready_timeout)
        if "url" not in self.info:
            raise RuntimeError(f"soma did not start: {line.decode()} {self.log_tail()}")
        self.port = urllib.parse.urlparse(self.info["url"]).port
        return self

    def log_tail(self):
        text = (pathlib.Path(self.data) / "server.log").read_text(errors="replace")
        return text[-2000:]

    def kill(self):
        """SIGKILL, at once."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()

    def stop(self, timeout=20):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise
        if self.process and self.process.stdout:
            self.process.stdout.close()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def request(self, method, path, body=None, headers=None, timeout=60):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            data = None if body is None else (body if isinstance(body, bytes) else json.dumps(body).encode())
            connection.request(method, path, data, {"content-type": "application/json", **(headers or {})})
            response = connection.getresponse()
            text = response.read()
            try:
                return response.status, json.loads(text)
            except ValueError:
                return response.status, text
        finally:
            connection.close()

    def create_harness(self, config):
        status, body = self.request("POST", "/harnesses", config)
        if status != 201:
            raise RuntimeError(f"create: {status} {body}")
        return body["harness"]

    def invoke(self, harness, prompt, session=None, headers=None, timeout=60, **overrides):
        """Opens the stream of an invocation: (connection, response). The caller closes the connection."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        body = {"messages": [{"role": "user", "content": [{"text": prompt}]}], **overrides}
        connection.request(
            "POST",
            f"/harnesses/invoke?harnessArn={urllib.parse.quote(harness)}",
            json.dumps(body),
            {
                "content-type": "application/json",
                "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id": session or session_id(),
                **(headers or {}),
            },
        )
        return connection, connection.getresponse()

    def events(self, run, first=1):
        """The whole journal of a run."""
        events = []
        while True:
            status, body = self.request("GET", f"/api/runs/{urllib.parse.quote(run, safe='')}/events?from={first}")
            if status != 200:
                raise RuntimeError(f"events: {status} {body}")
            if not body["events"]:
                return events
            events += body["events"]
            first = body["next"]

    def run_of(self, session):
        token = ""
        while token is not None:
            body = self.request("GET", f"/api/sessions?limit=1000&nextToken={urllib.parse.quote(token, safe='')}")[1]
            for entry in body["sessions"]:
                if entry["sessionId"] == session:
                    return entry
            token = body.get("nextToken")
        return None


def read_sse(response):
    """(id, event, data) as they come; ends when the stream ends or is cut."""
    fields = {}
    while True:
        try:
            line = response.readline()
        except (OSError, http.client.HTTPException):
            return
        if not line:
            return
        line = line.decode().rstrip("\r\n")
        if not line:
            if "data" in fields:
                yield fields.get("id", ""), fields.get("event", "message"), fields["data"]
            fields = {}
        elif not line.startswith(":"):
            name, _, value = line.partition(": ")
            fields[name] = fields[name] + "\n" + value if name == "data" and name in fields else value


def replay_file(directory, turns, name="script.jsonl"):
    """Writes a model script: each turn is a list of blocks, ("text", "…") or ("tool", name, input)."""
    lines = []
    for number, blocks in enumerate(turns):
        lines.append({"messageStart": {"role": "assistant"}})
        uses = False
        for index, block in enumerate(blocks):
            if block[0] == "text":
                lines.append({"contentBlockDelta": {"contentBlockIndex": index, "delta": {"text": block[1]}}})
            elif block[0] == "wait":
                lines.append({"wait": {"ms": block[1]}})
                continue
            else:
                uses = True
                start = {"toolUse": {"toolUseId": f"use-{number}-{index}", "name": block[1]}}
                lines.append({"contentBlockStart": {"contentBlockIndex": index, "start": start}})
                delta = {"toolUse": {"input": json.dumps(block[2])}}
                lines.append({"contentBlockDelta": {"contentBlockIndex": index, "delta": delta}})
            lines.append({"contentBlockStop": {"contentBlockIndex": index}})
        lines.append({"messageStop": {"stopReason": "tool_use" if uses else "end_turn"}})
        usage = {"inputTokens": 10, "outputTokens": 5, "totalTokens": 15}
        lines.append({"metadata": {"usage": usage, "metrics": {"latencyMs": 1}}})
    path = pathlib.Path(directory) / name
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return str(path)


def open_runs(list_runs, kinds):
    """Ids of the runs that are not over; `list_runs(query)` gives the runs of one page and the next page's token.

    A run that changes from one open status to another between the lists of the two is on neither. So where they are empty each run is
    looked at once more, by itself: a list of all shows it in one status or the other, and what is newer than the list was begun by an
    older one that was open.
    """
    found = set()
    for kind in kinds:
        for status in OPEN_STATUSES:
            found |= {run["runId"] for run in list_runs({"kind": kind, "status": status, "limit": 1000})[0]}
    for kind in kinds if not found else ():
        token = ""
        while token is not None:
            runs, token = list_runs({"kind": kind, "limit": 1000, **({"nextToken": token} if token else {})})
            found |= {run["runId"] for run in runs if run["status"] in OPEN_STATUSES}
    return found


def wait_until(condition, timeout=60, interval=0.02):
    """Polls an outside process: the only way to see a state that it does not stream."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(interval)
    return None
