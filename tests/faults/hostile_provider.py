#!/usr/bin/env python3
"""A model's service that misbehaves in every way that one on the network can, in four APIs, against a real server.

Each case is asked once over HTTP and once by `soma invoke`. It must end within its time, with an error (or a stop reason) that says what
happened in the stream, in the journal and in the exit code; afterwards the same session must answer, and what soma then sends must be what
a service takes (each call with its result, no id twice). Effects are lines in a workspace file. The server's memory stays under
BOUND_MB at its peak, also while floods come in.

  tests/faults/hostile_provider.py [--only PART-OF-A-NAME] [--keep]
"""

import argparse
import concurrent.futures
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from faults.hostile_cases import CASES
from kit.dialects import DIALECTS, answer, pairing_problems
from kit.provider_stub import ProviderStub
from kit.soma_process import Soma, binary, read_sse, session_id

# A call with ten megabytes of arguments is in a dozen places at once: the stream, the journal's events, the history, the next request.
BOUND_MB = 640
LATEST_S = 240  # nothing waits so long: a flood is work, which a busy machine does slowly
FLOODS_AT_ONCE = 2
STOPS_AT_A_LIMIT = 5  # soma invoke's exit code

problems = []
checks = 0


def check(condition, what):
    global checks
    checks += 1
    if not condition:
        problems.append(what)


def memory_mb(soma, name="VmHWM"):
    """Resident at most; with "VmRSS" now."""
    for line in pathlib.Path(f"/proc/{soma.process.pid}/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) / 1024
    return 0


class Service:
    """The stub's side: a key is CASE-API-WAY; once the test has declared it well, it answers plainly."""

    def __init__(self):
        self.cases = {case.name: case for case in CASES}
        self.well = set()
        self.last_request = {}
        self.trapped = []
        self.stub = ProviderStub(self.serve)
        self.trap = ProviderStub(self.caught)  # where redirects lead to: nobody is to come

    def caught(self, reply):
        self.trapped.append(reply.path)

    def serve(self, reply):
        self.last_request[reply.key] = (reply.dialect, reply.body)
        if reply.key in self.well:
            reply.head()
            reply.send(answer(reply.dialect, [("text", "Fine.")]))
            return
        reply.trap = self.trap.base("trap")
        self.cases[reply.key.rpartition("-")[0].rpartition("-")[0]].misbehave(reply)


def create(soma, service, case, api, key):
    dialect = DIALECTS[api]
    model = {"provider": dialect.provider, "modelId": "m", "apiBase": service.stub.base(key), "idleTimeoutSeconds": case.silence}
    model.update(dialect.options)
    config = {"harnessName": "h_" + re.sub(r"\W", "_", key)[-38:], "model": model | {"apiKeyArn": "env:HOSTILE_KEY"}}
    created = soma.create_harness({**config, **case.config})
    return created["harnessId"], created["harnessName"]


def ask_over_http(soma, harness, session):
    connection, response = soma.invoke(harness, "Go.", session, timeout=LATEST_S)
    error, stop = "", ""
    for _, name, data in read_sse(response):
        body = json.loads(data)[name]
        if name in ("runtimeClientError", "internalServerException"):
            error = body["message"]
        elif name == "messageStop":
            stop = body["stopReason"]
    connection.close()
    return error, stop


def ask_by_command(soma, name, session):
    command = [binary(), "invoke", "--harness", name, "--session-id", session, "--prompt", "Go.", "--json", "--endpoint", soma.info["url"]]
    try:
        done = subprocess.run(command, capture_output=True, timeout=LATEST_S, cwd=soma.data)
    except subprocess.TimeoutExpired:
        return f"took longer than {LATEST_S} s", "", -1
    try:
        printed = json.loads(done.stdout)
    except ValueError:
        printed = {}
    error = printed.get("error", {}).get("message", "")
    return error, printed.get("stopReason", ""), done.returncode


def run_case(soma, service, case, api, way):
    key = f"{case.name}-{api}-{way}"
    harness, name = create(soma, service, case, api, key)
    session = session_id()
    began = time.monotonic()
    if way == "http":
        error, stop = ask_over_http(soma, harness, session)
    else:
        error, stop, code = ask_by_command(soma, name, session)
        wanted = 1 if case.error else 0 if case.stop == "end_turn" else STOPS_AT_A_LIMIT
        check(code == wanted, f"{key}: soma invoke ended with {code}, not {wanted} ({error})")
    seconds = time.monotonic() - began
    check(seconds < LATEST_S, f"{key}: took {seconds:.0f} s")
    if case.error:
        check(re.search(case.error, error), f"{key}: the error does not say '{case.error}': {error[:300]!r} (stop {stop})")
        check(len(error) < 5000, f"{key}: an error of {len(error)} characters")
    else:
        check(not error and stop == case.stop, f"{key}: {case.stop} expected, but it ended with {stop} {error[:300]!r}")
    asked = service.stub.requests(key)
    check(case.requests is None or asked in case.requests, f"{key}: {asked} requests, {case.requests} expected")
    entry = soma.run_of(session)
    check_journal(soma, key, case, entry, stop)
    afterwards(soma, service, key, harness, session)
    effects = pathlib.Path(soma.data) / "sessions" / entry["harnessId"] / session / "workspace/effects"
    count = len(effects.read_text().split()) if effects.exists() else 0
    check(count == case.effects, f"{key}: {count} effects, {case.effects} expected")
    return seconds


def check_journal(soma, key, case, entry, stop):
    events = soma.events(entry["runId"])
    ends = [event["body"] for event in events if event["type"] == "invocation.finished"]
    check(len(ends) == 1, f"{key}: {len(ends)} ends in the journal")
    if not ends:
        return
    if case.error:
        told = ends[0].get("error", {})
        check(re.search(case.error, told.get("message", "") + told.get("hint", "")), f"{key}: the journal's error: {told}")
        check(told.get("code"), f"{key}: an error without a code")
    else:
        check(ends[0]["stopReason"] == case.stop, f"{key}: the journal's stop is {ends[0]['stopReason']}")
    for name, figure in (ends[0]["usage"] | {"costUsd": ends[0].get("costUsd", -1)}).items():
        check(0 <= figure <= 1e15, f"{key}: {name} is {figure}")


def afterwards(soma, service, key, harness, session):
    service.well.add(key)
    error, stop = ask_over_http(soma, harness, session)
    check(stop == "end_turn" and not error, f"{key}: afterwards the session answers with {stop} {error[:300]!r}")
    dialect, body = service.last_request.get(key, (None, None))
    if body is not None:
        for problem in pairing_problems(dialect, body):
            problems.append(f"{key}: the next request has {problem}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="")
    parser.add_argument("--keep", action="store_true", help="keep the data directory")
    options = parser.parse_args()
    service = Service()
    data = tempfile.mkdtemp(prefix="soma-hostile-")
    prices = [
        {"provider": dialect.provider, "modelId": "m", "inputUsdPerMillion": 3, "outputUsdPerMillion": 15, "source": "this test"}
        for dialect in {dialect.provider: dialect for dialect in DIALECTS.values()}.values()
    ]
    table = {"date": "2026-01-01", "currency": "USD", "models": prices}
    (pathlib.Path(data) / "prices.json").write_text(json.dumps(table))
    soma = Soma(data, arguments=["--log-level", "error"], environment={"HOSTILE_KEY": "key-that-must-not-leave"}).start()
    began = time.monotonic()
    before = memory_mb(soma)
    # The long waits first; what fills memory a few at a time.
    jobs = [(case, api, way) for case in CASES for api in case.apis for way in case.ways if options.only in f"{case.name}-{api}-{way}"]
    pools = {True: concurrent.futures.ThreadPoolExecutor(FLOODS_AT_ONCE), False: concurrent.futures.ThreadPoolExecutor(40)}
    running = {pools[job[0].flood].submit(run_case, soma, service, *job): job for job in jobs}
    slowest = (0, "")
    for done in concurrent.futures.as_completed(running):
        case, api, way = running[done]
        try:
            slowest = max(slowest, (done.result(), f"{case.name}-{api}-{way}"))
        except Exception as bug:  # one case's, told with the others
            problems.append(f"{case.name}-{api}-{way}: {bug!r}")
    check(soma.process.poll() is None, "the server is gone")
    peak, after = memory_mb(soma), memory_mb(soma, "VmRSS")
    check(peak < BOUND_MB, f"the server's memory went from {before:.0f} to {peak:.0f} MB")
    check(not service.trapped, f"a redirect was followed: {service.trapped}")
    log = soma.log_tail()
    check("key-that-must-not-leave" not in log, "the key is in the server's log")
    soma.stop()
    problems.extend(f"the stub: {failure}" for failure in service.stub.failures)
    for problem in problems:
        print("FAIL", problem)
    print(
        f"hostile_provider: {len(CASES)} kinds of misbehaviour, {len(jobs)} conversations, {checks} checks, {len(problems)} problems, "
        f"resident at most {peak:.0f} MB and {after:.0f} MB at the end, slowest {slowest[1]} {slowest[0]:.0f} s, {time.monotonic() - began:.0f} s"
    )
    if problems or options.keep:
        print("data:", soma.data)
    else:
        shutil.rmtree(soma.data)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
