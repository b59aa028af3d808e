#!/usr/bin/env python3
"""Kills soma with SIGKILL at random moments while agents with side effects work, and holds it to its promises.

Each invocation runs steps that append a line to a file in its workspace (a shell command: not repeatable) and read it back (repeatable). The
model is a script, so every run is alike; the moment of the kill is not. After every kill the server starts again on the same data and must
go on by itself.

Promises checked at the end:
 * every invocation that was acknowledged has finished;
 * every event that a follower saw is in the journal, unchanged: nothing acknowledged is lost;
 * no step's line stands twice in the file: no effect is done twice;
 * a step whose result is a success stands there exactly once.

  tests/faults/kill_invocations.py [--kills 300] [--seed 1]
"""

import argparse
import json
import pathlib
import random
import shutil
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from kit.soma_process import Soma, read_sse, replay_file, session_id, wait_until

STEPS = 6
CONCURRENT = 4


def make_script(directory):
    turns = []
    for step in range(STEPS):
        command = f"echo step-{step} >> effects.log; sleep 0.0{random.Random(step).randint(1, 6)}"
        turns.append(
            [
                ("text", f"Step {step}."),
                ("tool", "shell", {"command": command}),
                ("tool", "file_operations", {"operation": "list", "path": "."}),
            ]
        )
    turns.append([("text", "All steps are done.")])
    return replay_file(directory, turns)


class Watcher(threading.Thread):
    """Invokes once and keeps every journal event that reaches the client, until the connection is cut."""

    def __init__(self, soma, harness, session):
        super().__init__(daemon=True)
        self.soma, self.harness, self.session = soma, harness, session
        self.acknowledged = threading.Event()
        self.run_id = None
        self.seen = {}

    def run(self):
        try:
            connection, response = self.soma.invoke(self.harness, "Do the steps.", self.session)
            if response.status != 200:
                return
            self.run_id = response.getheader("x-soma-run")
            self.acknowledged.set()
            follow = Follow(self.soma, self.run_id, self.seen)
            follow.start()
            for _ in read_sse(response):
                pass
            connection.close()
            follow.join(5)
        except OSError:
            pass
        finally:
            self.acknowledged.set()


class Follow(threading.Thread):
    def __init__(self, soma, run_id, seen):
        super().__init__(daemon=True)
        self.soma, self.run_id, self.seen = soma, run_id, seen

    def run(self):
        import http.client
        import urllib.parse

        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.soma.port, timeout=30)
            path = f"/api/runs/{urllib.parse.quote(urllib.parse.unquote(self.run_id), safe='')}/events?from=1"
            connection.request("GET", path, headers={"accept": "text/event-stream"})
            for identifier, _, data in read_sse(connection.getresponse()):
                self.seen[int(identifier)] = json.loads(data)
                if json.loads(data)["type"] == "invocation.finished":
                    break
            connection.close()
        except (OSError, http.client.HTTPException):
            pass


def check_session(soma, session, seen, problems):
    entry = soma.run_of(session)
    if entry is None:
        problems.append(f"{session}: acknowledged and gone")
        return
    events = {event["seq"]: event for event in soma.events(entry["runId"])}
    for seq, event in seen.items():
        if events.get(seq) != event:
            problems.append(f"{session}: event {seq} was acknowledged and is lost or changed")
    finished = [e for e in events.values() if e["type"] == "invocation.finished"]
    if len(finished) != 1 or finished[0]["body"]["stopReason"] != "end_turn":
        problems.append(f"{session}: finished {len(finished)} times: {[e['body'] for e in finished]}")
    log = pathlib.Path(soma.data) / "sessions" / entry["harnessId"] / session / "workspace/effects.log"
    lines = log.read_text().split() if log.exists() else []
    uses = {f"use-{step}-1": f"step-{step}" for step in range(STEPS)}
    results = {e["body"]["toolUseId"]: e["body"]["status"] for e in events.values() if e["type"] == "tool.result"}
    for use, line in uses.items():
        count = lines.count(line)
        if count > 1:
            problems.append(f"{session}: {line} was done {count} times")
        if results.get(use) == "success" and count != 1:
            problems.append(f"{session}: {line} has a success and was done {count} times")
        if use not in results:
            problems.append(f"{session}: {line} has no result")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    soma = Soma(arguments=["--log-level", "warning"]).start()
    script = make_script(soma.data)
    harness = soma.create_harness({"harnessName": "faults", "model": {"provider": "replay", "modelId": script}})["harnessId"]
    watchers = []
    began = time.monotonic()
    for _ in range(options.kills):
        batch = [Watcher(soma, harness, session_id()) for _ in range(CONCURRENT)]
        for watcher in batch:
            watcher.start()
        delay = chance.choice([0.005, 0.02, 0.05, 0.1, 0.2, 0.4]) * chance.random() * 2
        time.sleep(delay)
        soma.kill()
        for watcher in batch:
            watcher.join(30)
        watchers += [watcher for watcher in batch if watcher.run_id]
        soma.start()
    running = lambda: soma.request("GET", "/api/runs?kind=session&status=running&limit=1")[1]["runs"]
    idle = wait_until(lambda: not running(), timeout=300)
    problems = [] if idle else ["some invocations never finished"]
    for watcher in watchers:
        check_session(soma, watcher.session, watcher.seen, problems)
    soma.stop()
    for problem in problems[:20]:
        print("FAIL", problem)
    seconds = time.monotonic() - began
    events = sum(len(watcher.seen) for watcher in watchers)
    print(
        f"kill_invocations: {options.kills} kills, {len(watchers)} acknowledged invocations, {events} events seen by followers, "
        f"{len(problems)} problems, {seconds:.0f} s"
    )
    if not problems:
        shutil.rmtree(soma.data)
    return 1 if problems or not watchers else 0


if __name__ == "__main__":
    sys.exit(main())
