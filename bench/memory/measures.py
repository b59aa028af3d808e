"""The measures of memories. Each returns plain figures; none decides whether they are good."""

import http.client
import json
import pathlib
import sys
import time
import urllib.parse

import kit
import measures as harness
from memory import peers, texts

sys.path.insert(0, str(peers.SOURCES))
from scoring import TOP, milliseconds, recall  # noqa: E402  (the path is set just above)

LEVELS = (1, 64)  # clients at once
WARM = 50
BATCH = 100  # records, or messages of an event: what the API takes at most
ANSWER_S = 60
FOUND_S = 30
IDLE_S = 1.0
SESSIONS_OF_ACTOR = 8
STRATEGIES = {
    "facts": {"semanticMemoryStrategy": {"name": "facts", "namespaceTemplates": ["/facts/{actorId}/"]}},
    "preferences": {"userPreferenceMemoryStrategy": {"name": "tastes", "namespaceTemplates": ["/preferences/{actorId}/"]}},
    "summaries": {"summaryMemoryStrategy": {"name": "topics", "namespaceTemplates": ["/summaries/{actorId}/{sessionId}/"]}},
    "episodes": {
        "episodicMemoryStrategy": {
            "name": "episodes",
            "namespaceTemplates": ["/episodes/{actorId}/{sessionId}/"],
            "reflectionConfiguration": {"namespaceTemplates": ["/episodes/{actorId}/"]},
        }
    },
}


class Server(kit.Server):
    """With one kept-alive connection of the measuring program's own: its work, some 0.2 ms a request, is in the figures."""

    def __init__(self, name):
        super().__init__(name)
        self.connection = None

    def call(self, method, path, body=None):
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_S)
        data = None if body is None else json.dumps(body)
        self.connection.request(method, path, data, {"content-type": "application/json"})
        response = self.connection.getresponse()
        answer = json.loads(response.read())
        if response.status >= 300:
            raise RuntimeError(f"{method} {path}: {response.status} {answer}")
        return answer

    def memory(self, name, strategies=()):
        body = {"name": name, "eventExpiryDuration": 30, "memoryStrategies": [STRATEGIES[one] for one in strategies]}
        return f"/memories/{self.call('POST', '/memories/create', body)['memory']['id']}"

    def say(self, memory, actor, session, messages, at):
        payload = [{"conversational": {"role": role, "content": {"text": text}}} for role, text in messages]
        self.call("POST", f"{memory}/events", {"actorId": actor, "sessionId": session, "eventTimestamp": at, "payload": payload})

    def retrieve(self, memory, path, question):
        body = {"namespacePath": path, "searchCriteria": {"searchQuery": question, "topK": TOP}}
        return self.call("POST", f"{memory}/retrieve", body)["memoryRecordSummaries"]

    def recall(self, memory, actor, question):
        query = urllib.parse.urlencode({"actorId": actor, "query": question, "limit": TOP})
        return self.call("GET", f"/api{memory}/recall?{query}")["turns"]

    def disk_bytes(self):
        return sum(file.stat().st_size for file in pathlib.Path(self.data).glob("memory.db*"))


# ---- events: how many are acknowledged


def level(exchanges, at_once):
    failed = [one for one in exchanges if one["error"] or one["status"] != 201]
    if failed:
        raise RuntimeError(f"{len(failed)} of {len(exchanges)} events failed: {failed[0]['status']} {failed[0]['error'][:300]}")
    seconds = max(one["begin"] + one["end"] for one in exchanges) / 1e6
    return {"atOnce": at_once, "seconds": seconds, "ms": [one["end"] / 1000 for one in exchanges]}


def soma_events(sizes, text):
    """{"kept": [level, …], "consolidated": […]}: of a memory without strategies, and of one that consolidates meanwhile."""
    made = {}
    with Server("memory-events") as server:
        for kind, strategies in (("kept", ()), ("consolidated", STRATEGIES)):
            path = f"{server.memory(kind, strategies)}/events"
            # No sessionId: each event begins a session of its own, so that none grows with the measurement.
            payload = [{"conversational": {"role": "USER", "content": {"text": text}}}]
            body = {"actorId": "anna", "eventTimestamp": 1_767_225_600, "payload": payload}
            server.load(path, body, sessions=4, at_once=4, requests=WARM)
            made[kind] = [
                level(server.load(path, body, sessions=at_once, at_once=at_once, requests=max(1, count // at_once)), at_once)
                for at_once, count in zip(LEVELS, sizes["events"])
            ]
    return {**made, "syncUs": harness.disk_syncs()}


def events(sizes, text):
    return [soma_events(sizes, text) for _ in range(sizes["rounds"])]


# ---- from an event to its records


def until_found(server, memory, actor, session, number):
    """Milliseconds from the acknowledgement of an event until each strategy's record of it is found, by strategy."""
    # A fact, a preference, and an episode that ends: what is still going on waits for its end, and is not measured.
    word = f"zorba{number}x"
    call = {"tool": "interrogate_witness", "arguments": {"witness": word, "approach": "calm"}, "status": "success", "result": f"The {word} porter admits it."}
    said = [("USER", f"I love {word} cherries from Lisbon."), ("USER", f"Question the {word} porter about the study."), ("TOOL", json.dumps(call)), ("USER", "Thanks, that's all for tonight.")]
    server.say(memory, actor, session, said, 1_767_225_600 + number * 60)
    acknowledged = time.perf_counter()
    found = {}
    while len(found) < len(STRATEGIES):
        for strategy in [one for one in STRATEGIES if one not in found]:
            if any(word in one["content"]["text"] for one in server.retrieve(memory, f"/{strategy}/{actor}", word)):
                found[strategy] = (time.perf_counter() - acknowledged) * 1000
        if time.perf_counter() - acknowledged > FOUND_S:
            raise RuntimeError(f"after {FOUND_S} s only {sorted(found)} know of {word}")
    return found


def consolidation(sizes):
    """[{strategy: ms, …}, …], one event after another, each a session of its own: a summary chooses among what a longer one said."""
    with Server("memory-consolidation") as server:
        memory = server.memory("consolidation", STRATEGIES)
        return [until_found(server, memory, f"actor-{number // SESSIONS_OF_ACTOR}", f"session-{number}", number) for number in range(sizes["consolidations"])]


# ---- records: how fast they are found, what they cost


def retrieval(of_texts, questions):
    with Server("memory-records") as server:
        memory = server.memory("records")
        time.sleep(IDLE_S)
        rss, disk = server.rss_kb(), server.disk_bytes()
        for first in range(0, len(of_texts), BATCH):
            records = [
                {"requestIdentifier": str(number), "namespaces": ["/all/"], "content": {"text": text}, "timestamp": 1_767_225_600}
                for number, text in enumerate(of_texts[first : first + BATCH])
            ]
            server.call("POST", f"{memory}/memoryRecords/batchCreate", {"records": records})
        begin = time.perf_counter()
        server.retrieve(memory, "/all/", questions[0])
        first_ms = (time.perf_counter() - begin) * 1000
        times = milliseconds(lambda question: server.retrieve(memory, "/all/", question), questions)
        time.sleep(IDLE_S)
        whole = server.rss_kb()
        server.stop()  # the log is written into the file
        made = {"records": len(of_texts), "firstMs": first_ms, "ms": times, "bytesOfDisk": server.disk_bytes() - disk}
        return {**made, "rssKb": whole - rss, "wholeRssKb": whole}


# ---- recall: what was said about a question


class Conversations:
    """Puts each list of turns into a memory as an actor of its own, and asks about it."""

    def __init__(self, server):
        self.server, self.actors = server, 0
        self.memory = server.memory("recall")

    def make_search(self, turns):
        self.actors += 1
        actor, names = f"actor-{self.actors}", {}
        for number, (session, at, some) in enumerate(self._events(turns)):
            self.server.say(self.memory, actor, session, [("USER", turn["text"]) for turn in some], at)
            names.update({(session, turn["text"]): turn["id"] for turn in some})
        return lambda question: [names[turn["sessionId"], turn["text"]] for turn in self.server.recall(self.memory, actor, question)]

    @staticmethod
    def _events(turns):
        """(session, when, turns), of one session each and as long as an event may be. Conversations that are together keep their own sessions."""
        sessions = {}
        for turn in turns:
            sessions.setdefault((turn["id"].rpartition("/")[0].replace("/", "-") + turn["session"], turn["at"]), []).append(turn)
        for (session, at), said in sessions.items():
            for first in range(0, len(said), BATCH):
                yield session, at, said[first : first + BATCH]


def recalled(plan):
    if not plan["locomo"]:
        return None
    with Server("memory-recall") as server:
        return recall(plan, Conversations(server).make_search)


def all_of(sizes, without_peers):
    """Steps by key; the peers work on the same plan in the same run."""
    path = texts.plan(sizes)
    plan = json.loads(path.read_text())
    steps = {
        "events": lambda: events(sizes, plan["texts"][0]),
        "consolidation": lambda: consolidation(sizes),
        "retrieve": lambda: [retrieval(plan["texts"][: one["records"]], one["questions"]) for one in plan["sizes"]],
        "recall": lambda: recalled(plan),
    }
    if not without_peers:
        steps["peers"] = lambda: {key: peers.run(key, path) for key in peers.PROGRAMS}
    return steps
