#!/usr/bin/env python3
"""Kills soma with SIGKILL at random moments while sessions wait for approvals, ask sub-agents, compact their context and stream.

In each round sessions of all four situations (kill_situations.py) are at work in one server, which is killed and started again on the same
data; it must go on by itself. The model's service is in this process: it looks at every request that it gets (calls and results paired, no
id twice), and effects are lines in workspace files.

Promises checked at the end, for every session that was acknowledged:
 * it finished, exactly once, with the answer that the model gave, and no call has two results;
 * an effect of a call with a success is there exactly once, of an unknown outcome at most once, of a refused call never;
 * an answer to an approval that was acknowledged is the one in the journal, and nothing that asks runs without one;
 * a sub-agent's call has one child session, and its caller has the child's answer;
 * the task and pinned results are in every request after a compaction;
 * a client that follows a stream that was cut sees one final answer.

  tests/faults/kill_rounds.py [--rounds 500] [--seed N] [--only approvals|subagents|compaction|streams]
"""

import argparse
import http.client
import json
import pathlib
import random
import re
import shutil
import sys
import threading
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from faults.kill_situations import SITUATIONS
from kit.dialects import DIALECTS, pairing_problems
from kit.provider_stub import ProviderStub
from kit.soma_process import Soma, open_runs, read_sse, session_id, wait_until

AT_WORK = 3  # sessions of each situation that are not over, at every moment
LONGEST_ROUND_S = 0.35
SETTLE_S = 180
MAX_MODEL_ATTEMPTS = 16  # kMaxModelAttempts
SHOWN_PROBLEMS = 10
SHOWN_EVENTS = 80


class Session:
    def __init__(self, situation, api, harness_id):
        self.situation, self.api, self.harness_id = situation, api, harness_id
        self.id = session_id()
        self.tag = "t" + self.id[:8]
        self.run_id = f"session/{harness_id}/{self.id}"
        self.acknowledged = False


class World:
    """The server and its killer, the model's service, and what was acknowledged."""

    def __init__(self, seed, situations):
        self.chance = random.Random(seed)
        self.situations = {situation.name: situation for situation in situations}
        self.stub = ProviderStub(self._respond)
        self.soma = Soma(arguments=["--log-level", "warning"])
        self.sessions = []
        self.starters = []
        self.harnesses = {}
        self.counts = {}
        self.answers = {}  # approval id → (tag, decision), acknowledged
        self.request_problems = []
        self.lock = threading.Lock()
        self.alive = threading.Event()

    # ---- the model's service

    def _respond(self, reply):
        tag = re.search(r"t[0-9a-f]{8}", json.dumps(reply.body)).group()
        reply.problem = lambda what: self._request_problem(tag, reply, what)
        for what in pairing_problems(reply.dialect, reply.body):
            reply.problem(what)
        self.count("requests")
        self.situations[reply.key.partition("-")[0]].respond(reply, tag)

    def _request_problem(self, tag, reply, what):
        with self.lock:
            self.request_problems.append((tag, f"request {reply.number} of {reply.key}: {what}"))

    def count(self, name, more=1):
        with self.lock:
            self.counts[name] = self.counts.get(name, 0) + more

    # ---- sessions

    def create(self, situation, api):
        key = f"{situation.name}-{api}"
        dialect = DIALECTS[api]
        model = {"provider": dialect.provider, "modelId": "m", "apiBase": self.stub.base(key), "apiKeyArn": "env:STUB_KEY"}
        model.update(dialect.options | getattr(situation, "model", {}))
        config = {"harnessName": f"{situation.name}_{api}", "model": model, **situation.config}
        if situation.name == "subagents":
            child = self.soma.create_harness({**config, "harnessName": f"child_{api}"})
            config["tools"] = [{"type": "harness", "name": "helper", "config": {"harness": child["harnessName"]}}]
        self.harnesses[situation.name, api] = self.soma.create_harness(config)["harnessId"]

    def top_up(self):
        """Starts sessions until enough of each situation are at work. The answer to the request is the acknowledgement."""
        at_work = self.running()
        for situation in self.situations.values():
            mine = [session for session in self.sessions if session.situation is situation and session.run_id in at_work]
            for _ in range(AT_WORK - len(mine)):
                api = self.chance.choice(sorted(DIALECTS))
                session = Session(situation, api, self.harnesses[situation.name, api])
                self.sessions.append(session)
                self.starters.append(threading.Thread(target=self._start, args=(session,), daemon=True))
                self.starters[-1].start()

    def _start(self, session):
        try:
            prompt = f"{session.situation.prompt} {session.tag}"
            headers = {"x-soma-client-token": session.tag}
            connection, response = self.soma.invoke(session.harness_id, prompt, session.id, headers, timeout=10)
            session.acknowledged = response.status == 200
            if response.status != 200:
                self._request_problem_of(session, f"invoke: {response.status} {response.read()[:300]}")
            connection.close()
        except (OSError, http.client.HTTPException):
            pass  # the kill came first: it may have begun or not

    def _request_problem_of(self, session, what):
        with self.lock:
            self.request_problems.append((session.tag, what))

    def running(self):
        def page(query):
            body = self.soma.request("GET", f"/api/runs?{urllib.parse.urlencode(query)}")[1]
            return body["runs"], body.get("nextToken")

        return open_runs(page, ("session",))

    # ---- approvals

    def approver(self, patient):
        """Answers what waits while the server lives; some of it only in a later round."""
        while self.alive.is_set():
            try:
                waiting = self.soma.request("GET", "/api/approvals", timeout=5)[1]["approvals"]
            except (OSError, http.client.HTTPException, TypeError, KeyError):
                continue  # killed, or slow; as long as it is to live somebody has to answer
            for approval in waiting:
                if patient or self.chance.random() < 0.5:
                    self._answer(approval)
            time.sleep(0.02)

    def _answer(self, approval):
        decision = "approve" if self.chance.random() < 0.7 else "deny"
        step = approval["toolUseId"].rpartition("-")[2]
        tag = approval["toolUseId"].rpartition("-")[0]
        if step in self.effects_at(approval["harnessId"], approval["sessionId"]):
            self._request_problem_of(Named(tag), f"{approval['toolUseId']} ran before it was allowed")
        path = f"/api/sessions/{approval['harnessId']}/{approval['sessionId']}/approvals/{approval['approvalId']}"
        try:
            status, body = self.soma.request("POST", path, {"decision": decision, "inputHash": approval["inputHash"]}, timeout=5)
        except (OSError, http.client.HTTPException):
            self.count("answers cut by a kill")
            return
        if status == 200:
            with self.lock:
                self.answers[approval["approvalId"]] = (tag, decision)
        elif status != 409:  # another answer came first
            self._request_problem_of(Named(tag), f"the answer to {approval['approvalId']}: {status} {body}")

    def acknowledged(self, tag):
        with self.lock:
            return {approval: decision for approval, (of, decision) in self.answers.items() if of == tag}

    # ---- what is there

    def effects_at(self, harness_id, session):
        file = pathlib.Path(self.soma.data) / "sessions" / harness_id / session / "workspace/effects"
        return file.read_text().split() if file.exists() else []

    def effects(self, session):
        return self.effects_at(session.harness_id, session.id)

    def follow_again(self, session):
        """What a client sees that repeats its request, which attaches to the same invocation: the last message's text, and the ends of all."""
        headers = {"x-soma-client-token": session.tag}
        prompt = f"{session.situation.prompt} {session.tag}"
        connection, response = self.soma.invoke(session.harness_id, prompt, session.id, headers)
        text, stops = "", []
        for _, name, data in read_sse(response):
            body = json.loads(data)[name]
            if name == "messageStart":
                text = ""
            elif name == "contentBlockDelta":
                text += body["delta"].get("text", "")
            elif name == "messageStop":
                stops.append(body["stopReason"])
        connection.close()
        return text, stops

    # ---- rounds

    def round(self, patient=False):
        self.alive.set()
        approver = threading.Thread(target=self.approver, args=(patient,), daemon=True)
        approver.start()
        self.top_up()
        # A third of the kills come while the server is still busy with its start.
        time.sleep(self.chance.choice([0.03, LONGEST_ROUND_S, LONGEST_ROUND_S]) * self.chance.random())
        self.alive.clear()
        self.soma.kill()
        approver.join()
        self.soma.start()

    def settle(self):
        self.alive.set()
        for starter in self.starters:
            starter.join()
        approver = threading.Thread(target=self.approver, args=(True,), daemon=True)
        approver.start()
        done = wait_until(lambda: not self.running(), timeout=SETTLE_S, interval=0.2)
        self.alive.clear()
        approver.join()
        return done

    def check(self):
        """(session, problem) pairs."""
        found = [(tag, what) for tag, what in self.request_problems]
        for session in self.sessions:
            status, body = self.soma.request("GET", f"/api/sessions/{session.harness_id}/{session.id}")
            if status == 404 and not session.acknowledged:
                continue
            if status != 200:
                found.append((session.tag, f"acknowledged and gone: {status} {body}"))
                continue
            self.count(session.situation.name)
            events = self.soma.events(session.run_id)
            ends = [event["body"] for event in events if event["type"] == "invocation.finished"]
            if given_up(ends, events):
                self.count("given up")
                continue
            if len(ends) != 1 or ends[0]["stopReason"] != "end_turn":
                found.append((session.tag, f"finished {len(ends)} times: {json.dumps(ends)[:400]}"))
            self.count("resumptions", sum(event["type"] == "invocation.resumed" for event in events))
            found += [(session.tag, problem) for problem in session.situation.check(self, session, events)]
        return found

    def show(self, tag):
        session = next((session for session in self.sessions if session.tag == tag), None)
        if session is None:
            return
        print(f"events of {session.run_id}:")
        events = [event for event in self.soma.events(session.run_id) if event["type"] != "stream"]
        for event in events[:SHOWN_EVENTS]:
            print("  ", event["seq"], event["type"], json.dumps(event["body"])[:300])


def given_up(ends, events):
    """Whether the invocation ended as soma documents it: one model call was cut by MAX_MODEL_ATTEMPTS kills in a row."""
    if len(ends) != 1 or f"cut off {MAX_MODEL_ATTEMPTS} times" not in ends[0].get("error", {}).get("message", ""):
        return False
    calls = [event["body"]["callId"] for event in events if event["type"] == "model.intent"]
    return calls.count(calls[-1]) == MAX_MODEL_ATTEMPTS


class Named:
    """A session of which only the tag is known."""

    def __init__(self, tag):
        self.tag = tag


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=500)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--only", action="append", default=[])
    options = parser.parse_args()
    print(f"kill_rounds: seed {options.seed}", flush=True)
    world = World(options.seed, [situation for situation in SITUATIONS if not options.only or situation.name in options.only])
    world.soma.environment = {"STUB_KEY": "stub-key"}
    world.soma.start()
    for situation in world.situations.values():
        for api in DIALECTS:
            world.create(situation, api)
    began = time.monotonic()
    for _ in range(options.rounds):
        world.round()
    killed = time.monotonic() - began
    problems = [] if world.settle() else [("", f"not over after {SETTLE_S} s: {sorted(world.running())}")]
    problems += world.check()
    problems += [("", f"the stub: {failure}") for failure in world.stub.failures]
    if "compaction" in world.situations and not world.counts.get("compactions"):
        problems.append(("", "nothing was compacted"))
    for tag, problem in problems[:SHOWN_PROBLEMS]:
        print("FAIL", tag, problem)
    for tag in list(dict.fromkeys(tag for tag, _ in problems))[:3]:
        world.show(tag)
    world.soma.stop()
    sessions = sum(world.counts.get(name, 0) for name in world.situations)
    print(", ".join(f"{count} {name}" for name, count in sorted(world.counts.items())))
    seconds = time.monotonic() - began
    print(
        f"kill_rounds: {options.rounds} rounds, {sessions} sessions, {len(problems)} problems, seed {options.seed}, "
        f"{killed:.0f} s of kills, {seconds:.0f} s"
    )
    if problems:
        print("data:", world.soma.data)
    else:
        shutil.rmtree(world.soma.data)
    return 1 if problems or not sessions else 0


if __name__ == "__main__":
    sys.exit(main())
