#!/usr/bin/env python3
"""Kills soma with SIGKILL at random moments while memories are written, and holds them to their promises.

Clients (memory_situations.py) say things with client tokens, write and delete records, delete events, have people forgotten, talk to a
harness that remembers, and run a workflow whose task writes to memory. What was cut is asked again with the same token. After every kill
the server starts again on the same data; what was acknowledged since the kill before is looked up at once, and some of what is older.

Promises checked at the end:
 * every event and record that was acknowledged is there, exactly once and unchanged;
 * nothing comes back that was acknowledged as deleted or forgotten, and what is forgotten leaves no record behind;
 * no consolidation is lost or done twice: a second memory that hears the same without a kill has the same records, text for text;
 * every invocation of the harness that finished is one event of its memory, and every execution that succeeded is one.

  tests/faults/kill_memory.py [--kills 60] [--seed N]
"""

import argparse
import collections
import http.client
import json
import pathlib
import random
import shutil
import sys
import threading
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from faults.memory_situations import CLIENTS, STRATEGIES
from kit.soma_process import Soma, open_runs, wait_until

LONGEST_ROUND_S = 0.6
SETTLE_S = 120
LOOKED_UP_AGAIN = 20  # of what is older, after each kill
SHOWN_PROBLEMS = 20


class Cut(Exception):
    """The server was killed before it answered."""


class Memories:
    """One memory, over the API. Every call raises Cut when the server goes away."""

    def __init__(self, world, identifier):
        self.world, self.id = world, identifier

    def call(self, method, path, body=None):
        return self.world.request(method, f"/memories/{self.id}{path}", body)

    def own(self, method, path, **query):
        return self.world.request(method, f"/api/memories/{self.id}{path}" + (f"?{urllib.parse.urlencode(query)}" if query else ""))

    def pages(self, path, member, body=None):
        """Every element of a list."""
        found, token = [], {}
        while True:
            status, page = self.call("POST", path, {**(body or {}), "maxResults": 50, **token})
            if status != 200:
                raise RuntimeError(f"{path}: {status} {page}")
            found += page[member]
            if not page.get("nextToken"):
                return found
            token = {"nextToken": page["nextToken"]}

    def event_path(self, actor, session, event):
        return f"/actor/{actor}/sessions/{session}/events/{urllib.parse.quote(event)}"

    def events_of(self, actor):
        sessions = self.pages(f"/actor/{actor}/sessions", "sessionSummaries")
        return [event for one in sessions for event in self.pages(f"/actor/{actor}/sessions/{one['sessionId']}", "events")]

    def texts_below(self, path):
        """Texts of records by their namespace, as often as they are there."""
        found = collections.defaultdict(collections.Counter)
        for record in self.pages("/memoryRecords", "memoryRecordSummaries", {"namespacePath": path}):
            found[record["namespaces"][0]][record["content"]["text"]] += 1
        return found


class World:
    """The server and its killer, the clients, and what they were told."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.alive, self.over = threading.Event(), threading.Event()
        self.lock = threading.Lock()
        self.local = threading.local()
        self.life = 0
        self.events = {}  # id → what was acknowledged: {"actor", "session", "body"}
        self.deleted_events = {}
        self.records = {}  # id → {"text", "namespace"}
        self.deleted_records = set()
        self.doomed = set()  # somebody has asked for the end of these: gone or not, until that is answered
        self.fresh = []  # acknowledged since the last look: ("event" or "record", id)
        self.problems = []
        self.counts = collections.Counter()
        self.soma = Soma(arguments=["--log-level", "error"])
        self.clients = []

    def count(self, name, more=1):
        with self.lock:
            self.counts[name] += more

    def problem(self, what):
        with self.lock:
            self.problems.append(what)

    # ---- the API

    def request(self, method, path, body=None, headers=None, timeout=30):
        """On the thread's own connection, for as long as the server lives that it leads to."""
        life = self.life
        if getattr(self.local, "life", None) != life:
            self.local.connection = http.client.HTTPConnection("127.0.0.1", self.soma.port, timeout=timeout)
            self.local.life = life
        try:
            data = None if body is None else json.dumps(body)
            self.local.connection.request(method, path, data, {"content-type": "application/json", **(headers or {})})
            response = self.local.connection.getresponse()
            status, answer = response.status, json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError) as cut:
            self.local.life = None
            raise Cut from cut
        if status >= 500:  # it is being started or shut down; a client would try again
            self.count(f"status {status}")
            raise Cut
        return status, answer

    def insist(self, method, path, body=None, headers=None):
        """Asks until there is an answer, over as many lives as it takes: (status, body, how often it was cut)."""
        cuts = 0
        while True:
            self.alive.wait(SETTLE_S)
            try:
                return *self.request(method, path, body, headers), cuts
            except Cut:
                cuts += 1
                self.count("requests cut")
                time.sleep(0.005)

    # ---- what was acknowledged

    def acknowledge_event(self, identifier, event):
        with self.lock:
            self.events[identifier] = event
            self.fresh.append(("event", identifier))

    def acknowledge_record(self, identifier, record):
        with self.lock:
            self.records[identifier] = record
            self.fresh.append(("record", identifier))

    def acknowledge_deletion(self, identifier):
        with self.lock:
            if identifier in self.events:
                self.deleted_events[identifier] = self.events.pop(identifier)
            self.records.pop(identifier, None)
            self.deleted_records.add(identifier)

    # ---- rounds

    def create(self):
        body = {"name": "kills", "eventExpiryDuration": 30, "memoryStrategies": STRATEGIES, "clientToken": "k" * 40}
        status, made = self.soma.request("POST", "/memories/create", body)
        if status != 202:
            raise RuntimeError(f"no memory: {made}")
        self.memory = Memories(self, made["memory"]["id"])

    def staff(self):
        for client in CLIENTS:
            for number in range(client.how_many):
                one = client(self, number)
                one.prepare()
                self.clients.append(one)
        self.threads = [threading.Thread(target=self._on_duty, args=(one,), daemon=True) for one in self.clients]
        for thread in self.threads:
            thread.start()

    def _on_duty(self, client):
        while not self.over.is_set():
            try:
                client.act()
                time.sleep(client.pause_s * client.chance.random())
            except Exception as bug:  # of the test itself, or an answer that no client expects
                self.problem(f"{client.name}: {bug!r}")
                return

    def round(self):
        self.alive.set()
        # A quarter of the kills come while the server is still busy with its start.
        longest = self.chance.choice([0.04, LONGEST_ROUND_S, LONGEST_ROUND_S, LONGEST_ROUND_S])
        time.sleep(longest * self.chance.random())
        self.alive.clear()
        self.soma.kill()
        self.life += 1
        self.soma.start()
        self.look()

    def look(self):
        """What was acknowledged before the kill, and some of what is older."""
        with self.lock:
            fresh, self.fresh = self.fresh, []
            known = [("event", one) for one in self.events] + [("record", one) for one in self.records]
            gone = list(self.deleted_events)
        for kind, identifier in fresh + self.chance.sample(known, min(LOOKED_UP_AGAIN, len(known))):
            (self._look_for_event if kind == "event" else self._look_for_record)(identifier)
        for identifier in self.chance.sample(gone, min(LOOKED_UP_AGAIN, len(gone))):
            event = self.deleted_events[identifier]
            status, _ = self.memory.call("GET", self.memory.event_path(event["actor"], event["session"], identifier))
            if status != 404:
                self.problem(f"event {identifier} was deleted and came back after kill {self.life}")

    def _look_for_event(self, identifier):
        event = self.events.get(identifier)
        if event is None or identifier in self.doomed:
            return
        status, body = self.memory.call("GET", self.memory.event_path(event["actor"], event["session"], identifier))
        if status != 200 or body["event"]["payload"] != event["body"]["payload"]:
            self.problem(f"event {identifier} of {event['actor']} was acknowledged, after kill {self.life} it is {status} {body}")

    def _look_for_record(self, identifier):
        record = self.records.get(identifier)
        if record is None or identifier in self.doomed:
            return
        status, body = self.memory.call("GET", f"/memoryRecord/{identifier}")
        if status != 200 or body["memoryRecord"]["content"]["text"] != record["text"]:
            self.problem(f"record {identifier} was acknowledged, after kill {self.life} it is {status} {body}")

    def settle(self):
        """The clients end what they have begun; then runs and consolidations do."""
        self.alive.set()
        self.over.set()
        for thread in self.threads:
            thread.join(SETTLE_S)
            if thread.is_alive():
                self.problem("a client did not get its last answer")
        if not wait_until(lambda: not self._open_runs(), timeout=SETTLE_S, interval=0.1):
            self.problem(f"not over after {SETTLE_S} s: {self._open_runs()}")
        began = time.monotonic()
        self.counts["consolidations that waited"] = self.request("GET", "/api/memories")[1]["statistics"]["waiting"]
        for memory in self._memories():
            status, body = self.soma.request("POST", f"/api/memories/{memory['id']}/settle", timeout=SETTLE_S)
            if status != 200:
                self.problem(f"{memory['name']} does not settle: {status} {body}")
            failed = Memories(self, memory["id"]).pages("/extractionJobs", "jobs")
            if failed:
                self.problem(f"{memory['name']}: {len(failed)} consolidations were given up: {failed[0]}")
        self.counts["seconds until they were done"] = round(time.monotonic() - began)

    def _open_runs(self):
        def page(query):
            body = self.request("GET", f"/api/runs?{urllib.parse.urlencode(query)}")[1]
            return body["runs"], body.get("nextToken")

        return open_runs(page, ("session", "execution"))

    def _memories(self):
        return self.request("GET", "/api/memories")[1]["memories"]

    def managed_memory(self):
        [found] = [one for one in self._memories() if one["id"] != self.memory.id and one.get("managedByResourceArn")]
        return Memories(self, found["id"])

    # ---- at the end

    def check(self):
        self.look()
        self._check_events()
        self._check_records()
        for client in self.clients:
            for what in client.check():
                self.problem(f"{client.name}: {what}")

    def _check_events(self):
        there = collections.Counter()
        for entry in self.memory.pages("/actors", "actorSummaries"):
            for event in self.memory.events_of(entry["actorId"]):
                there[event["eventId"]] += 1
                # What was cut was asked again until it was answered; the workflow's events are its client's to check.
                if event["eventId"] not in self.events and entry["actorId"] != "flow":
                    self.problem(f"event {event['eventId']} of {entry['actorId']} was never acknowledged, or was deleted")
        for identifier, event in self.events.items():
            if there[identifier] != 1:
                self.problem(f"event {identifier} of {event['actor']} is listed {there[identifier]} times")
        for identifier in self.deleted_events:
            if there[identifier]:
                self.problem(f"event {identifier} was deleted and is listed")

    def _check_records(self):
        there = collections.Counter(one["memoryRecordId"] for one in self.memory.pages("/memoryRecords", "memoryRecordSummaries", {"namespacePath": "/"}))
        self.counts["records"] = sum(there.values())
        for identifier in self.records:
            if there[identifier] != 1:
                self.problem(f"record {identifier} is listed {there[identifier]} times")
        for identifier in self.deleted_records:
            if there[identifier]:
                self.problem(f"record {identifier} was deleted and is listed")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    options = parser.parse_args()
    world = World(options.seed)
    world.soma.start()
    world.create()
    world.staff()
    began = time.monotonic()
    while world.life < options.kills:
        world.round()
    world.settle()
    world.check()
    world.soma.stop()
    for problem in world.problems[:SHOWN_PROBLEMS]:
        print("FAIL", problem)
    acknowledged = len(world.events) + len(world.deleted_events) + world.counts["forgotten events"]
    print(", ".join(f"{count} {name}" for name, count in sorted(world.counts.items())))
    print(
        f"kill_memory: {world.life} kills, {acknowledged} acknowledged events, {world.counts['records']} records, "
        f"{len(world.problems)} problems, seed {options.seed}, {time.monotonic() - began:.0f} s"
    )
    if world.problems:
        print("data:", world.soma.data)
    else:
        shutil.rmtree(world.soma.data)
    # A run in which nothing happened proves nothing.
    idle = [name for name in ("deleted events", "forgotten events", "finished invocations", "executions") if not world.counts[name]]
    return 1 if world.problems or not acknowledged or idle else 0


if __name__ == "__main__":
    sys.exit(main())
