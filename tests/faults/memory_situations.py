"""Who writes to memory while kill_memory.py kills the server: each client does one small thing after another, and asks until it is answered.

A client has `act()`, one thing; `check()`, what is wrong with what it left behind; and numbers: how many of its kind there are, how long it
rests at most.
"""

import json
import random
import uuid

from kit.soma_process import replay_file, session_id

FIRST_SECOND = 1_767_225_600  # when the first event of each actor happened; each is a minute after the one before
STRATEGIES = [
    {"semanticMemoryStrategy": {"name": "facts", "namespaceTemplates": ["/facts/{actorId}/"]}},
    {"summaryMemoryStrategy": {"name": "topics", "namespaceTemplates": ["/topics/{actorId}/{sessionId}/"]}},
    {"userPreferenceMemoryStrategy": {"name": "tastes", "namespaceTemplates": ["/tastes/{actorId}/"]}},
    {
        "episodicMemoryStrategy": {
            "name": "episodes",
            "namespaceTemplates": ["/episodes/{actorId}/{sessionId}/"],
            "reflectionConfiguration": {"namespaceTemplates": ["/episodes/{actorId}/"]},
        }
    },
]
PLACES = ("Lisbon", "Oslo", "Quito", "Turin", "Kyoto", "Tunis", "Perth", "Ghent")
THINGS = ("sour cherries", "long meetings", "night trains", "open offices", "rye bread", "musicals", "window seats", "cold tea")
ROOMS = ("study", "cellar", "greenhouse", "attic", "kitchen", "stable", "library", "chapel")
APPROACHES = ("sympathetic", "confrontational", "indirect")
COMMANDS = ("the order", "the tour", "the invoice", "the lease", "the repair", "the recital")


def message(role, text):
    return {"conversational": {"role": role, "content": {"text": text}}}


def conversation(chance, number):
    """The messages of one event: a fact, a taste, an episode with a tool, or a turn to something else."""
    place, thing, room = chance.choice(PLACES), chance.choice(THINGS), chance.choice(ROOMS)
    kind = number % 4
    if kind == 0:
        return [message("USER", f"I bought {number + 2} lamps in {place} in {1990 + number % 30}."), message("ASSISTANT", "That is a lot of lamps.")]
    if kind == 1:
        taste = "love" if THINGS.index(thing) % 2 else "can't stand"  # always: who changes their mind twice within one look is heard once
        return [message("USER", f"I {taste} {thing}."), message("USER", f"By the way, {chance.choice(COMMANDS)} of {place} costs {number * 7 + 11} euros.")]
    if kind == 2:
        # What is counted is as it would be without a kill, whenever the strategy looked: the same values come again and again, in turn. One
        # that luck made frequent for a while would leave a record, or not.
        approach = APPROACHES[number // 4 % len(APPROACHES)]
        answer = "admits that the case was empty" if approach == "sympathetic" else "refuses and walks out"
        arguments = {"witness": "porter", "approach": approach}
        call = {"tool": "interrogate_witness", "arguments": arguments, "status": "success"}
        call["result"] = f"The porter {answer}."
        return [message("USER", f"Question the porter of {place} about the {room}."), message("TOOL", json.dumps(call))]
    return [message("USER", f"Now to something else: the {room} in {place} has {number + 3} windows."), message("ASSISTANT", f"Noted: {number + 3} windows.")]


class Client:
    """One of those who do things, with a chance of its own: the same seed says the same."""

    how_many, pause_s = 1, 0.06

    def __init__(self, world, number):
        self.world, self.number = world, number
        self.name = f"{type(self).__name__.lower()}-{number}"
        self.chance = random.Random(f"{world.chance.random()}{self.name}")

    def prepare(self):
        """Before the first kill."""

    def check(self):
        return []

    def say(self, actor, session, number, payload):
        """The id of an event that was acknowledged."""
        body = {
            "actorId": actor,
            "sessionId": session,
            "eventTimestamp": FIRST_SECOND + 60 * number,
            "payload": payload,
            "metadata": {"tag": {"stringValue": f"{actor}/{number}"}},
            "clientToken": f"{actor}-{number}-{uuid.UUID(int=self.chance.getrandbits(128))}",
        }
        return self.send(body, actor, session)

    def send(self, body, actor, session):
        path = f"/memories/{self.world.memory.id}/events"
        status, answer, cuts = self.world.insist("POST", path, body)
        if status != 201:
            raise RuntimeError(f"an event was refused: {status} {answer}")
        identifier = answer["event"]["eventId"]
        # Somebody who lost the answer asks again; here also somebody who did not.
        if cuts or self.chance.random() < 0.1:
            again = self.world.insist("POST", path, body)[1]["event"]["eventId"]
            if again != identifier:
                self.world.problem(f"{actor}: the same token made {identifier} and {again}")
            self.world.count("repeated events")
        self.world.acknowledge_event(identifier, {"actor": actor, "session": session, "body": body})
        return identifier


class Teller(Client):
    """Says things in one session after another. What becomes of them is compared with a memory that saw no kill."""

    how_many = 3
    session_events = 9

    def __init__(self, world, number):
        super().__init__(world, number)
        self.said = []

    def act(self):
        number = len(self.said)
        session = f"session-{number // self.session_events}"
        identifier = self.say(self.name, session, number, conversation(self.chance, number))
        self.said.append(self.world.events[identifier]["body"])

    def check(self):
        """All at once, in the same order: the strategies find the same."""
        world = self.world
        body = {"name": f"quiet_{self.number}", "eventExpiryDuration": 30, "memoryStrategies": STRATEGIES}
        made = world.request("POST", "/memories/create", body)[1]["memory"]
        quiet = type(world.memory)(world, made["id"])
        for said in self.said:
            quiet.call("POST", "/events", said)
        quiet.own("POST", "/settle")
        problems = []
        for root in ("facts", "topics", "tastes", "episodes"):
            path = f"/{root}/{self.name}"
            ours, theirs = world.memory.texts_below(path), quiet.texts_below(path)
            world.count(f"records compared, {root}", sum(sum(texts.values()) for texts in theirs.values()))
            if not theirs:
                problems.append(f"nothing was remembered below {path}")
            for name in sorted(ours.keys() | theirs.keys()):
                missing, more = theirs[name] - ours[name], ours[name] - theirs[name]
                if missing or more:
                    problems.append(f"{name}: lacks {dict(list(missing.items())[:2])}, has more than it should {dict(list(more.items())[:2])}")
        return problems


class Eraser(Client):
    """Says things and deletes some of them."""

    how_many = 2

    def __init__(self, world, number):
        super().__init__(world, number)
        self.number_said, self.left = 0, []
        self.erased = []

    def act(self):
        number = self.number_said
        self.number_said += 1
        session = f"session-{number // 20}"
        self.left.append((session, self.say(self.name, session, number, [message("USER", f"The word of the day is word{number}x{self.number}.")])))
        if self.chance.random() < 0.5:
            self._erase(*self.left.pop(self.chance.randrange(len(self.left))))

    def _erase(self, session, identifier):
        memory = self.world.memory
        self.world.doomed.add(identifier)
        status, answer, cuts = self.world.insist("DELETE", f"/memories/{memory.id}{memory.event_path(self.name, session, identifier)}")
        if status != 200 and not (status == 404 and cuts):
            raise RuntimeError(f"an event was not deleted: {status} {answer}")
        self.world.acknowledge_deletion(identifier)
        self.erased.append(identifier)
        self.world.count("deleted events")

    def check(self):
        found = set()
        for query in ("word of the day", *(f"word{number}x{self.number}" for number in range(self.number_said))):
            turns = self.world.memory.own("GET", "/recall", actorId=self.name, query=query, limit=100)[1]["turns"]
            found |= {turn["eventId"] for turn in turns}
        problems = [f"event {one} was deleted and is recalled" for one in self.erased if one in found]
        return problems + [f"event {one} is there and is not recalled" for _, one in self.left if one not in found]


class Forgetter(Client):
    """Somebody says things, has records, and is forgotten."""

    how_many = 2

    def __init__(self, world, number):
        super().__init__(world, number)
        self.forgotten = []

    def act(self):
        actor = f"{self.name}-{len(self.forgotten)}"
        said = [self.say(actor, "only", number, conversation(self.chance, number)) for number in range(self.chance.randint(2, 6))]
        memory = self.world.memory
        self.world.doomed.update(said)
        status, answer, _ = self.world.insist("DELETE", f"/api/memories/{memory.id}/actors/{actor}")
        if status != 200:
            raise RuntimeError(f"{actor} was not forgotten: {status} {answer}")
        with self.world.lock:
            for identifier in said:
                self.world.events.pop(identifier, None)
        self.world.count("forgotten events", len(said))
        self.forgotten.append(actor)
        # What a kill cut short may be half done, an actor that was forgotten is not.
        self._look(self.chance.choice(self.forgotten))

    def _look(self, actor):
        memory = self.world.memory
        status, answer, _ = self.world.insist("POST", f"/memories/{memory.id}/actor/{actor}/sessions", {})
        if status != 200 or answer["sessionSummaries"]:
            self.world.problem(f"{actor} was forgotten and has sessions: {status} {answer}")
        for root in ("facts", "topics", "tastes", "episodes"):
            status, answer, _ = self.world.insist("POST", f"/memories/{memory.id}/memoryRecords", {"namespacePath": f"/{root}/{actor}"})
            if status != 200 or answer["memoryRecordSummaries"]:
                self.world.problem(f"{actor} was forgotten and has records: {status} {str(answer)[:300]}")

    def check(self):
        for actor in self.forgotten:
            self._look(actor)
        return []


class Writer(Client):
    """Writes batches of records and deletes some."""

    how_many = 2
    batch = 5

    def __init__(self, world, number):
        super().__init__(world, number)
        self.batches, self.left = 0, []

    def act(self):
        self.batches += 1
        place = f"/notes/{self.name}/"
        records = [
            {
                "requestIdentifier": f"note-{index}",
                "namespaces": [place],
                "content": {"text": f"Note {index} of batch {self.batches} of {self.name}."},
                "timestamp": FIRST_SECOND + self.batches,
            }
            for index in range(self.batch)
        ]
        token = f"{self.name}-{self.batches}-{uuid.UUID(int=self.chance.getrandbits(128))}"
        path = f"/memories/{self.world.memory.id}/memoryRecords"
        status, answer, cuts = self.world.insist("POST", f"{path}/batchCreate", {"records": records, "clientToken": token})
        if status != 201 or answer["failedRecords"]:
            raise RuntimeError(f"a batch was refused: {status} {answer}")
        if cuts:
            self.world.count("repeated batches")
        for made, wanted in zip(answer["successfulRecords"], records, strict=True):
            self.world.acknowledge_record(made["memoryRecordId"], {"text": wanted["content"]["text"], "namespace": place})
            self.left.append(made["memoryRecordId"])
        if self.chance.random() < 0.5:
            self._delete(path, [self.left.pop(self.chance.randrange(len(self.left))) for _ in range(3)])

    def _delete(self, path, identifiers):
        self.world.doomed.update(identifiers)
        status, answer, cuts = self.world.insist("POST", f"{path}/batchDelete", {"records": [{"memoryRecordId": one} for one in identifiers]})
        if status != 200 or (answer["failedRecords"] and not cuts):
            raise RuntimeError(f"records were not deleted: {status} {answer}")
        for identifier in identifiers:
            self.world.acknowledge_deletion(identifier)
        self.world.count("deleted records", len(identifiers))

    def check(self):
        """Nothing but what was acknowledged: a batch that was repeated is one batch."""
        found = self.world.memory.texts_below(f"/notes/{self.name}")
        count = sum(sum(texts.values()) for texts in found.values())
        return [] if count == len(self.left) else [f"{count} records are there, {len(self.left)} were acknowledged"]


class Invoker(Client):
    """Talks to a harness that remembers."""

    how_many, pause_s = 2, 0.1
    harness = "remembering"

    def __init__(self, world, number):
        super().__init__(world, number)
        self.sessions = []
        self.prompts = 0

    def prepare(self):
        if self.number == 0:
            turns = [[("text", "The safe of the study is open."), ("wait", 5), ("text", "So it is.")]]
            model = {"provider": "replay", "modelId": replay_file(self.world.soma.data, turns, "remembering.jsonl")}
            strategies = {"strategies": ["SEMANTIC", "SUMMARIZATION", "USER_PREFERENCE", "EPISODIC"]}
            self.world.soma.create_harness({"harnessName": self.harness, "model": model, "memory": {"managedMemoryConfiguration": strategies}})

    def act(self):
        """Not repeated: an invocation that was cut goes on by itself."""
        self.world.alive.wait(5)
        if not self.sessions or self.chance.random() < 0.7:
            self.sessions.append(session_id())
        self.prompts += 1
        prompt = f"I love {self.chance.choice(THINGS)}. Look into safe {self.prompts} of {self.name}."
        try:
            connection, response = self.world.soma.invoke(self.harness, prompt, self.sessions[-1], timeout=20)
            response.read()
            connection.close()
        except Exception as cut:  # whatever a killed server looks like to a client
            if not isinstance(cut, OSError) and type(cut).__module__ != "http.client":
                raise
            self.world.count("invocations cut")

    def check(self):
        memory = self.world.managed_memory()
        problems = []
        for session in self.sessions:
            entry = self.world.soma.run_of(session)
            events = self.world.soma.events(entry["runId"]) if entry else []
            finished = sum(event["type"] == "invocation.finished" for event in events)
            kept = sorted(event["body"]["eventId"] for event in events if event["type"] == "memory.kept")
            failures = [event["body"] for event in events if event["type"] == "memory.failed"]
            there = sorted(event["eventId"] for event in memory.pages(f"/actor/default/sessions/{session}", "events"))
            self.world.count("finished invocations", finished)
            if len(there) != finished or there != kept or failures:
                problems.append(f"session {session}: {finished} invocations finished, memory has {there}, the journal kept {kept}, failed {failures}")
        return problems


class Starter(Client):
    """Runs a workflow whose task writes to memory."""

    how_many, pause_s = 1, 0.1
    role = "arn:aws:iam::000000000000:role/soma"

    def __init__(self, world, number):
        super().__init__(world, number)
        self.names = []

    def step(self, operation, body, repeated=""):
        """The answer; nothing when it is this error, after a cut: what was asked the first time was done."""
        headers = {"content-type": "application/x-amz-json-1.0", "x-amz-target": f"AWSStepFunctions.{operation}"}
        status, answer, cuts = self.world.insist("POST", "/", body, headers)
        if cuts and answer.get("__type") == repeated:
            return {}
        if status != 200:
            raise RuntimeError(f"{operation}: {status} {answer}")
        return answer

    def prepare(self):
        self.world.alive.set()
        parameters = {"Memory": self.world.memory.id, "ActorId": "flow", "SessionId.$": "$.name", "Text.$": "$.text"}
        state = {"Type": "Task", "Resource": "arn:soma:states:::memory:createEvent", "Parameters": parameters, "End": True}
        definition = {"StartAt": "Keep", "States": {"Keep": state}}
        made = self.step("CreateStateMachine", {"name": "keep", "definition": json.dumps(definition), "roleArn": self.role})
        self.machine = made["stateMachineArn"]

    def act(self):
        name = f"flow-{len(self.names)}"
        said = json.dumps({"name": name, "text": f"Crate {len(self.names)} stands in {self.chance.choice(PLACES)}."})
        self.step("StartExecution", {"stateMachineArn": self.machine, "name": name, "input": said}, "ExecutionAlreadyExists")
        self.names.append(name)

    def check(self):
        problems = []
        for name in self.names:
            view = self.step("DescribeExecution", {"executionArn": f"{self.machine.replace(':stateMachine:', ':execution:')}:{name}"})
            there = [event["eventId"] for event in self.world.memory.pages(f"/actor/flow/sessions/{name}", "events")]
            told = json.loads(view.get("output") or "{}").get("EventId")
            self.world.count("executions")
            if view["status"] != "SUCCEEDED" or there != [told]:
                problems.append(f"{name} is {view['status']} and told {told}; memory has {there}")
        return problems


CLIENTS = (Teller, Eraser, Forgetter, Writer, Invoker, Starter)
