"""The four situations of kill_rounds.py: what the model says in each, and what must be true of a session afterwards.

A model's answer follows from the request alone (the calls of the newest turn, or their number), so that a question that is asked again gets
the same answer. Every call's id is TAG-STEP; every effect is the line STEP in the file `effects` of the workspace.
"""

import json
import time

from kit.dialects import answer

UNKNOWN = "took effect is unknown"  # what soma says about a call that a kill cut
MARK = "SUMMARISE-FOR-THE-TEST"  # in the system prompt of the requests for a summary


def append(step, more=""):
    return json.dumps({"command": f"echo {step} >> effects; echo did {step}{more}"})


def calls_of(reply):
    return [identifier for _, _, calls, _ in reply.dialect.conversation(reply.body) for identifier, _ in calls]


def step_of(reply):
    """The number of the newest call's step, 0 without calls: TAG-3 is step 3, TAG-3b too."""
    calls = calls_of(reply)
    return int(calls[-1].rpartition("-")[2].rstrip("b")) if calls else 0


def say(reply, *blocks):
    reply.head()
    reply.send(answer(reply.dialect, blocks, (len(json.dumps(reply.body)) // 3, 5)))


class Effects:
    """Compares a workspace's file with the results that the journal has of its calls."""

    def __init__(self, world, lines, events):
        self.world = world
        self.lines = lines
        self.results = {}
        self.problems = []
        for event in events:
            if event["type"] == "tool.result":
                use = event["body"]["toolUseId"]
                if use in self.results:
                    self.problems.append(f"{use} has two results")
                self.results[use] = event["body"]

    def unknown(self, use):
        return use in self.results and UNKNOWN in json.dumps(self.results[use]["content"])

    def check(self, use, step, may_run=True):
        """Once with a success, at most once when it is unknown, never otherwise."""
        count = self.lines.count(step)
        result = self.results.get(use)
        if result is None:
            self.problems.append(f"{use} has no result")
        elif not may_run:
            if count or result["status"] == "success":
                self.problems.append(f"{use} must not run: {count} times, {result['status']}")
        elif self.unknown(use):
            self.world.count("calls of unknown outcome")
            if count > 1:
                self.problems.append(f"{use}, of unknown outcome, was done {count} times")
        elif result["status"] != "success" or count != 1:
            self.problems.append(f"{use} was done {count} times, its result is {json.dumps(result['content'])[:200]}")


class Approvals:
    """Two parallel calls and one more wait for a person; some answers are cut by the kill."""

    name = "approvals"
    config = {"approvals": {"rules": [{"tool": "shell", "decision": "ask"}]}}
    prompt = "Do what is to be allowed."

    def respond(self, reply, tag):
        step = step_of(reply)
        if step == 0:
            say(reply, ("text", "Two."), ("tool", f"{tag}-1", "shell", append("1")), ("tool", f"{tag}-1b", "shell", append("1b")))
        elif step == 1:
            say(reply, ("tool", f"{tag}-2", "shell", append("2")))
        else:
            say(reply, ("text", f"All done, {tag}."))

    def check(self, world, session, events):
        effects = Effects(world, world.effects(session), events)
        problems = effects.problems
        asked, answered = {}, {}
        for event in events:
            body = event["body"]
            if event["type"] == "approval.requested":
                if body["toolUseId"] in asked.values():
                    problems.append(f"{body['toolUseId']} was asked about twice")
                asked[body["approvalId"]] = body["toolUseId"]
            elif event["type"] == "approval.answered":
                if body["approvalId"] in answered:
                    problems.append(f"{body['approvalId']} was answered twice")
                answered[body["approvalId"]] = body["decision"]
        for approval, decision in world.acknowledged(session.tag).items():
            if answered.get(approval) != decision:
                problems.append(f"{approval}: '{decision}' was acknowledged, the journal has {answered.get(approval)}")
        for step in ("1", "1b", "2"):
            use = f"{session.tag}-{step}"
            decisions = [answered.get(approval) for approval, asked_use in asked.items() if asked_use == use]
            effects.check(use, step, may_run=decisions == ["approve"])
        return problems


class SubAgents:
    """Two parallel calls of another harness, whose shell appends in its own workspace."""

    name = "subagents"
    prompt = "Have it done."

    def __init__(self):
        self.config = {}  # the tool is configured with the child's name (kill_rounds.World.create)

    def respond(self, reply, tag):
        prompt = json.dumps(reply.body)
        child = next((f"{tag}-{step}" for step in ("1b", "1") if f"Child {tag}-{step}." in prompt and "Have it done." not in prompt), None)
        if child is not None:
            if calls_of(reply):
                say(reply, ("text", f"Child done {child}"))
            else:
                step = child.rpartition("-")[2]
                say(reply, ("tool", f"{child}-0", "shell", append(step, "; sleep 0.02")))
        elif not calls_of(reply):
            tasks = [("tool", f"{tag}-{step}", "helper", json.dumps({"prompt": f"Child {tag}-{step}."})) for step in ("1", "1b")]
            say(reply, ("text", "Two."), *tasks)
        else:
            say(reply, ("text", f"All done, {tag}."))

    def check(self, world, session, events):
        problems = []
        results = Effects(world, [], events)
        problems += results.problems
        started = [event["body"] for event in events if event["type"] == "subagent.started"]
        tree = world.soma.request("GET", f"/api/sessions/{session.harness_id}/{session.id}/tree")[1]
        children = tree.get("root", {}).get("children", [])
        if len(children) > 2:
            problems.append(f"{len(children)} child sessions for two calls")
        for step in ("1", "1b"):
            use = f"{session.tag}-{step}"
            runs = {body["runId"] for body in started if body["toolUseId"] == use}
            if len(runs) != 1:
                problems.append(f"{use} has the child runs {runs}")
                continue
            result = results.results.get(use, {})
            if f"Child done {use}" not in json.dumps(result.get("content")):
                problems.append(f"{use}: the caller got {json.dumps(result)[:300]}")
            child = runs.pop()
            child_events = world.soma.events(child)
            parts = child.split("/")
            lines = world.effects_at(parts[1], parts[2])
            effects = Effects(world, lines, child_events)
            effects.check(f"{use}-0", step)
            problems += effects.problems
            ends = [event for event in child_events if event["type"] == "invocation.finished"]
            if len(ends) != 1:
                problems.append(f"{child} finished {len(ends)} times")
        return problems


class Compaction:
    """A long conversation in a small window: a slow model summarises, and what is pinned stays."""

    name = "compaction"
    steps = 8
    prompt = "Follow the TASK to its end."

    def __init__(self):
        summarization = {"summaryRatio": 0.5, "preserveRecentMessages": 2, "summarizationSystemPrompt": MARK}
        self.config = {
            "truncation": {
                "strategy": "summarization",
                "config": {"summarization": summarization},
                "pinnedTools": ["file_*"],
            }
        }
        self.model = {"contextWindow": 8192, "maxTokens": 512}

    def respond(self, reply, tag):
        if MARK in json.dumps(reply.body):
            time.sleep(0.05)
            say(reply, ("text", f"Summary of {tag}."))
            return
        step = step_of(reply)
        self._look(reply, tag, step)
        if step == 0:
            # A kill may have cut this: then the result of the next names the file all the same.
            command = {"operation": "create", "path": f"PINNED-{tag}", "content": f"PINNED-{tag}"}
            say(reply, ("tool", f"{tag}-1", "file_operations", json.dumps(command)))
        elif step == 1:
            say(reply, ("tool", f"{tag}-2", "file_operations", json.dumps({"operation": "view", "path": f"PINNED-{tag}"})))
        elif step < self.steps:
            filling = "; head -c 6000 /dev/zero | tr '\\0' x"
            say(reply, ("tool", f"{tag}-{step + 1}", "shell", append(str(step + 1), filling)))
        else:
            say(reply, ("text", f"All done, {tag}."))

    @staticmethod
    def _look(reply, tag, step):
        texts = [text for role, text, _, _ in reply.dialect.conversation(reply.body) if role == "user"]
        if not any(f"TASK to its end. {tag}" in text for text in texts):
            reply.problem("the task is not in the request")
        if step >= 2 and not any(f"PINNED-{tag}" in text for text in texts):
            reply.problem("the pinned result is not in the request")

    def check(self, world, session, events):
        effects = Effects(world, world.effects(session), events)
        for step in range(3, self.steps + 1):
            effects.check(f"{session.tag}-{step}", str(step))
        world.count("compactions", sum(event["type"] == "context.compacted" for event in events))
        return effects.problems


class Streams:
    """The model speaks slowly; what it had said when the kill came is said again, once."""

    name = "streams"
    config = {}
    prompt = "Tell me slowly."
    words = [f"word{number} " for number in range(15)]

    def respond(self, reply, tag):
        dialect, called = reply.dialect, bool(calls_of(reply))
        reply.head()
        reply.send(dialect.begin())
        for word in self.words:
            reply.send(dialect.text(0, word))
            time.sleep(0.005)
        blocks = [] if called else [("tool", f"{tag}-1", "shell", append("1"))]
        for block in blocks:
            reply.send(dialect.tool(1, *block[1:]))
        reply.send(dialect.end("ended" if called else "called"))

    def check(self, world, session, events):
        effects = Effects(world, world.effects(session), events)
        effects.check(f"{session.tag}-1", "1")
        messages = [event["body"]["message"] for event in events if event["type"] == "model.result"]
        texts = ["".join(block.get("text", "") for block in message["content"]) for message in messages]
        if texts != ["".join(self.words)] * 2:
            effects.problems.append(f"the model's messages are {texts}")
        # A message whose end was durable before the call's result was streamed a second time after a kill between the two.
        text, stops = world.follow_again(session)
        if text != "".join(self.words) or stops.count("end_turn") != 1 or stops.count("tool_use") != 1:
            effects.problems.append(f"a client that follows sees the ends {stops} and the answer {text!r}")
        return effects.problems


SITUATIONS = (Approvals(), SubAgents(), Compaction(), Streams())
