"""soma's own routes of memories: recall, changes, watching, forgetting."""

import http.client
import json
import unittest
import urllib.parse

from memories import MemoryCase, record, semantic
from soma_process import read_sse


class OwnTest(MemoryCase):
    def watch(self, memory, headers=None, **query):
        """The stream of a memory's changes: an iterator of (id, event, data)."""
        connection = http.client.HTTPConnection("127.0.0.1", self.soma.port, timeout=30)
        self.addCleanup(connection.close)
        path = f"/api/memories/{memory['id']}/watch?{urllib.parse.urlencode(query)}"
        connection.request("GET", path, headers=headers or {})
        response = connection.getresponse()
        self.assertEqual(response.status, 200)
        self.assertTrue(response.getheader("content-type").startswith("text/event-stream"))
        return read_sse(response)

    def test_memories_are_listed_by_name(self):
        memory = self.create(semantic(), description="words")
        status, body = self.soma.request("GET", "/api/memories")
        self.assertEqual(status, 200)
        [found] = [entry for entry in body["memories"] if entry["id"] == memory["id"]]
        self.assertEqual((found["name"], found["description"]), (memory["name"], "words"))
        self.assertRegex(found["createdAt"], r"^\d{4}-\d\d-\d\dT")
        self.assertEqual(self.own(memory)["memory"], found)
        self.assertGreaterEqual(body["statistics"]["memories"], 1)

    def test_what_was_said_itself_is_recalled(self):
        memory = self.create()
        self.say(memory, "The safe is behind the bookcase.", session="one", second=0)
        self.say(memory, "The safe is open.", session="two", second=1)
        turns = self.own(memory, "/recall", actorId="anna", query="behind the bookcase")["turns"]
        self.assertEqual((turns[0]["text"], turns[0]["role"]), ("The safe is behind the bookcase.", "USER"))
        turns = self.own(memory, "/recall", actorId="anna", query="safe", sessionId="two")["turns"]
        self.assertEqual([turn["sessionId"] for turn in turns], ["two"])

    def test_changes_are_read_from_where_one_was(self):
        memory = self.create()
        event = self.say(memory, "first")
        first = self.own(memory, "/changes")
        self.assertEqual([entry["eventId"] for entry in first["events"]], [event["eventId"]])
        self.write(memory, record("one", "Second."))
        second = self.own(memory, "/changes", after=first["next"])
        self.assertEqual(second["events"], [])
        self.assertEqual([entry["content"]["text"] for entry in second["records"]], ["Second."])
        self.assertEqual(self.own(memory, "/changes", after=second["next"])["next"], second["next"])

    def test_a_watcher_sees_what_happens_and_goes_on_where_it_was(self):
        memory = self.create(semantic())
        event = self.say(memory, "I live in Lisbon.")
        stream = self.watch(memory, after=0)
        number, name, data = next(stream)
        self.assertEqual((name, json.loads(data)["eventId"]), ("event", event["eventId"]))
        _, name, data = next(stream)
        self.assertEqual(name, "record")
        self.assertIn("Lisbon", json.loads(data)["content"]["text"])
        resumed = self.watch(memory, {"last-event-id": number}, after=0)
        self.assertEqual(next(resumed)[1], "record")

    def test_a_watcher_sees_only_what_is_new_unless_it_says_otherwise(self):
        memory = self.create()
        self.say(memory, "old", second=0)
        stream = self.watch(memory)
        new = self.say(memory, "new", second=1)
        self.assertEqual(json.loads(next(stream)[2])["eventId"], new["eventId"])

    def test_one_memorys_watcher_does_not_see_another(self):
        memory, other = self.create(), self.create()
        stream = self.watch(memory)
        self.say(other, "elsewhere")
        mine = self.say(memory, "here")
        self.assertEqual(json.loads(next(stream)[2])["eventId"], mine["eventId"])

    def test_a_watch_ends_with_its_memory(self):
        memory = self.create()
        stream = self.watch(memory)
        self.control.delete_memory(memoryId=memory["id"])
        self.assertEqual(list(stream), [])

    def test_a_watch_ends_with_the_server(self):
        memory = self.create()
        stream = self.watch(memory)
        self.soma.stop()
        self.assertEqual(list(stream), [])
        self.soma.start()
        self.connect()

    def test_what_cannot_be_asked_is_refused(self):
        memory = self.create()
        for path in (
            "/recall?query=a",
            "/recall?actorId=anna",
            "/recall?actorId=a%20b&query=a",
            "/recall?actorId=anna&query=a&limit=101",
            "/watch?after=-1",
            "/changes?after=first",
            "/changes?limit=101",
        ):
            with self.subTest(path):
                status, body = self.soma.request("GET", f"/api/memories/{memory['id']}{path}")
                self.assertEqual((status, body["code"]), (400, "ValidationException"))
        self.assertEqual(self.soma.request("GET", "/api/memories/nobody-0123456789/watch")[0], 404)

    def test_an_actor_is_forgotten(self):
        memory = self.create(semantic())
        for actor in ("team/anna", "bea"):
            self.say(memory, "I live in Lisbon.", actor=actor)
        self.settle(memory)
        actor = urllib.parse.quote("team/anna", safe="")
        forgotten = self.own(memory, f"/actors/{actor}", "DELETE")["forgotten"]
        self.assertEqual(forgotten["events"], 1)
        self.assertGreaterEqual(forgotten["records"], 1)
        self.assertEqual(self.records(memory, namespace="/facts/team/anna/"), [])
        self.assertTrue(self.records(memory, namespace="/facts/bea/"))
        actors = self.data.list_actors(memoryId=memory["id"])["actorSummaries"]
        self.assertEqual([entry["actorId"] for entry in actors], ["bea"])
        self.assertEqual(self.own(memory, "/recall", actorId="team/anna", query="Lisbon")["turns"], [])


if __name__ == "__main__":
    unittest.main()
