"""Memories through boto3: each operation, pages, filters, refusals, and what a kill leaves."""

import contextlib
import io
import subprocess
import unittest

import manual
from memories import FACTS, MemoryCase, at, record, said, semantic
from somas import new_name

INVALID, NOT_FOUND = "ValidationException", "ResourceNotFoundException"
NOBODY = "nobody-0123456789"
NO_RECORD = "mem-00000000-0000-0000-0000-000000000000"


class ControlTest(MemoryCase):
    def test_a_memory_is_made_found_changed_and_deleted(self):
        made = self.create(semantic(), description="words", indexedKeys=[{"key": "topic", "type": "STRING"}])
        self.assertEqual((made["status"], made["eventExpiryDuration"]), ("ACTIVE", 30))
        [facts] = made["strategies"]
        self.assertEqual((facts["type"], facts["status"]), ("SEMANTIC", "ACTIVE"))
        self.assertEqual((facts["namespaces"], facts["namespaceTemplates"]), ([FACTS], [FACTS]))
        self.assertEqual(self.control.get_memory(memoryId=made["id"])["memory"], made)
        episodic = {
            "name": "Tries",
            "namespaceTemplates": ["/tries/{actorId}/{sessionId}/"],
            "reflectionConfiguration": {"namespaceTemplates": ["/tries/{actorId}/"]},
        }
        changed = self.control.update_memory(
            memoryId=made["id"],
            description="other words",
            eventExpiryDuration=60,
            addIndexedKeys=[{"key": "rank", "type": "NUMBER"}],
            memoryStrategies={
                "addMemoryStrategies": [{"episodicMemoryStrategy": episodic}],
                "modifyMemoryStrategies": [
                    {"memoryStrategyId": facts["strategyId"], "description": "What is true"}
                ],
            },
        )["memory"]
        self.assertEqual((changed["description"], changed["eventExpiryDuration"]), ("other words", 60))
        self.assertEqual([key["key"] for key in changed["indexedKeys"]], ["topic", "rank"])
        by_name = {entry["name"]: entry for entry in changed["strategies"]}
        self.assertEqual(by_name["Facts"]["description"], "What is true")
        reflections = by_name["Tries"]["configuration"]["reflection"]["episodicReflectionConfiguration"]
        self.assertEqual(reflections["namespaceTemplates"], ["/tries/{actorId}/"])
        less = self.control.update_memory(
            memoryId=made["id"],
            memoryStrategies={"deleteMemoryStrategies": [{"memoryStrategyId": facts["strategyId"]}]},
        )["memory"]
        self.assertEqual([entry["name"] for entry in less["strategies"]], ["Tries"])
        gone = self.control.delete_memory(memoryId=made["id"])
        self.assertEqual((gone["memoryId"], gone["status"]), (made["id"], "DELETING"))
        self.assertEqual(self.refused(self.control.get_memory, memoryId=made["id"])[0], NOT_FOUND)

    def test_memories_are_listed_in_pages(self):
        made = [self.create()["id"] for _ in range(3)]
        pages = self.control.get_paginator("list_memories").paginate(PaginationConfig={"PageSize": 2})
        listed = [memory["id"] for page in pages for memory in page["memories"]]
        self.assertEqual([name for name in listed if name in made], made)
        self.assertEqual(len(self.control.list_memories(maxResults=1)["memories"]), 1)

    def test_a_repeated_create_is_the_same_memory(self):
        more = {"name": new_name("m"), "eventExpiryDuration": 30, "clientToken": new_name("token")}
        first = self.control.create_memory(**more)["memory"]
        self.assertEqual(self.control.create_memory(**more)["memory"]["id"], first["id"])

    def test_a_name_that_is_taken_already_exists(self):
        made = self.create()
        code, message = self.refused(self.control.create_memory, name=made["name"], eventExpiryDuration=30)
        self.assertEqual(code, INVALID)
        self.assertIn("already exists", message)

    def test_both_views_are_the_whole(self):
        made = self.create(semantic())
        for view in ("full", "without_decryption"):
            self.assertEqual(self.control.get_memory(memoryId=made["id"], view=view)["memory"], made)
        self.assertEqual(self.refused(self.control.get_memory, memoryId=made["id"], view="other")[0], INVALID)

    def test_an_arn_is_as_good_as_an_id(self):
        made = self.create()
        self.say({"id": made["arn"]}, "hello")
        self.assertEqual(len(self.events(made)), 1)

    def test_what_is_refused_names_the_member(self):
        strategy = {"memoryStrategies": [{"semanticMemoryStrategy": {"name": "Facts", "namespaces": ["/a {x}"]}}]}
        custom = {"memoryStrategies": [{"customMemoryStrategy": {"name": "Own"}}]}
        schema = {
            "memoryStrategies": [
                {
                    "semanticMemoryStrategy": {
                        "name": "Facts",
                        "memoryRecordSchema": {"metadataSchema": [{"key": "a"}]},
                    }
                }
            ]
        }
        stream = {"streamDeliveryResources": {"resources": [{"kinesis": {}}]}}
        reflection = {
            "memoryStrategies": [
                {
                    "episodicMemoryStrategy": {
                        "name": "Tries",
                        "namespaceTemplates": ["/tries/"],
                        "reflectionConfiguration": {"namespaceTemplates": ["/elsewhere/"]},
                    }
                }
            ]
        }
        cases = [
            ({"name": "1st"}, "name"),
            ({"name": "a" * 49}, "name"),
            ({"eventExpiryDuration": 2}, "eventExpiryDuration"),
            ({"eventExpiryDuration": 366}, "eventExpiryDuration"),
            ({"description": ""}, "description"),
            ({"indexedKeys": [{"key": "a", "type": "DATE"}]}, "indexedKeys[0].type"),
            ({"encryptionKeyArn": "key"}, "encryptionKeyArn"),
            ({"namespaceKeys": [{"key": "team"}]}, "namespaceKeys"),
            (strategy, "memoryStrategies[0].semanticMemoryStrategy.namespaces[0]"),
            (custom, "memoryStrategies[0].customMemoryStrategy"),
            (schema, "memoryStrategies[0].semanticMemoryStrategy.memoryRecordSchema"),
            (stream, "streamDeliveryResources"),
            (reflection, ""),
        ]
        for more, member in cases:
            with self.subTest(member or "reflection"):
                wanted = {"name": new_name("m"), "eventExpiryDuration": 30, **more}
                code, message = self.refused(self.control.create_memory, **wanted)
                self.assertEqual(code, INVALID)
                self.assertIn(member, message)

    def test_what_is_not_there_is_not_found(self):
        for operation, more in [
            (self.control.get_memory, {}),
            (self.control.update_memory, {"description": "a"}),
            (self.control.delete_memory, {}),
            (self.data.list_actors, {}),
            (self.data.list_sessions, {"actorId": "anna"}),
            (self.data.list_memory_records, {"namespace": "/a/"}),
            (self.data.list_memory_extraction_jobs, {}),
            (self.data.get_memory_record, {"memoryRecordId": NO_RECORD}),
        ]:
            with self.subTest(operation.__name__):
                self.assertEqual(self.refused(operation, memoryId=NOBODY, **more)[0], NOT_FOUND)
        self.assertEqual(self.refused(self.control.get_memory, memoryId="nobody")[0], INVALID)


class EventTest(MemoryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.memory = cls().create()

    def test_an_event_comes_back_as_it_was_sent(self):
        payload = [said("I saw nothing."), {"blob": {"mood": ["calm", None]}}, {"json": {"content": {"a": 1}}}]
        actor = "team/detective:anna"
        made = self.say(
            self.memory, *payload, actor=actor, session="kept", metadata={"place": {"stringValue": "study"}}
        )
        self.assertRegex(made["eventId"], "^[0-9]+#[a-fA-F0-9]+$")
        self.assertEqual(made["payload"], payload)
        self.assertEqual(made["eventTimestamp"], at(0))
        where = {"memoryId": self.memory["id"], "actorId": actor, "sessionId": "kept"}
        found = self.data.get_event(eventId=made["eventId"], **where)["event"]
        self.assertEqual(found, made)
        self.assertEqual(self.data.delete_event(eventId=made["eventId"], **where)["eventId"], made["eventId"])
        self.assertEqual(self.refused(self.data.get_event, eventId=made["eventId"], **where)[0], NOT_FOUND)

    def test_a_session_is_made_when_none_is_named(self):
        made = self.data.create_event(
            memoryId=self.memory["id"], actorId="nameless", eventTimestamp=at(0), payload=[said("hi")]
        )["event"]
        self.assertEqual(len(self.events(self.memory, "nameless", made["sessionId"])), 1)

    def test_events_are_listed_in_pages_newest_first(self):
        for second in range(5):
            self.say(self.memory, f"word {second}", session="pages", second=second)
        pages = self.data.get_paginator("list_events").paginate(
            memoryId=self.memory["id"], actorId="anna", sessionId="pages", PaginationConfig={"PageSize": 2}
        )
        times = [event["eventTimestamp"] for page in pages for event in page["events"]]
        self.assertEqual(times, [at(second) for second in reversed(range(5))])
        bare = self.events(self.memory, session="pages", includePayloads=False)
        self.assertTrue(all("payload" not in event for event in bare))

    def test_a_branch_has_its_own_events_and_its_parents(self):
        root = self.say(self.memory, "root", session="tree", second=0)
        self.say(self.memory, "main", session="tree", second=1)
        branch = {"name": "other", "rootEventId": root["eventId"]}
        made = self.say(self.memory, "other", session="tree", second=2, branch=branch)
        self.assertEqual(made["branch"], branch)

        def texts(**wanted):
            events = self.events(self.memory, session="tree", filter={"branch": {"name": "other", **wanted}})
            return [event["payload"][0]["conversational"]["content"]["text"] for event in events]

        self.assertEqual(texts(includeParentBranches=False), ["other"])
        self.assertEqual(texts(), ["other", "root"])
        unknown = {"name": "third", "rootEventId": "0000000000000000001#abcdef"}
        code, _ = self.refused(self.say, self.memory, "lost", session="tree", branch=unknown)
        self.assertIn(code, (INVALID, NOT_FOUND))

    def test_events_are_found_by_their_metadata(self):
        for place in ("study", "garden"):
            self.say(self.memory, place, session="places", metadata={"place": {"stringValue": place}})
        self.say(self.memory, "nowhere", session="places")

        def count(operator, value=None):
            wanted = {"left": {"metadataKey": "place"}, "operator": operator}
            if value:
                wanted["right"] = {"metadataValue": {"stringValue": value}}
            return len(self.events(self.memory, session="places", filter={"eventMetadata": [wanted]}))

        self.assertEqual([count("EQUALS_TO", "study"), count("EXISTS"), count("NOT_EXISTS")], [1, 2, 1])

    def test_a_repeated_create_is_the_same_event(self):
        token = new_name("token")
        first, second = (self.say(self.memory, "once", session="token", clientToken=token) for _ in range(2))
        self.assertEqual(first["eventId"], second["eventId"])
        self.assertEqual(len(self.events(self.memory, session="token")), 1)

    def test_actors_and_sessions_are_listed(self):
        memory = self.create()
        for actor, session in [("anna", "a1"), ("anna", "a2"), ("team/bea", "b1")]:
            self.say(memory, "hi", actor=actor, session=session)
        pages = self.data.get_paginator("list_actors").paginate(
            memoryId=memory["id"], PaginationConfig={"PageSize": 1}
        )
        actors = [entry["actorId"] for page in pages for entry in page["actorSummaries"]]
        self.assertEqual(sorted(actors), ["anna", "team/bea"])
        for actor, sessions in [("anna", {"a1", "a2"}), ("team/bea", {"b1"})]:
            found = self.data.list_sessions(
                memoryId=memory["id"], actorId=actor, filter={"eventFilter": "HAS_EVENTS"}
            )["sessionSummaries"]
            self.assertEqual({entry["sessionId"] for entry in found}, sessions)
            self.assertEqual({entry["actorId"] for entry in found}, {actor})

    def test_a_session_without_events_is_listed_unless_it_must_have_some(self):
        event = self.say(self.memory, "hi", actor="gone", session="empty")
        where = {"memoryId": self.memory["id"], "actorId": "gone"}
        self.data.delete_event(sessionId="empty", eventId=event["eventId"], **where)
        self.assertEqual(len(self.data.list_sessions(**where)["sessionSummaries"]), 1)
        having = self.data.list_sessions(filter={"eventFilter": "HAS_EVENTS"}, **where)
        self.assertEqual(having["sessionSummaries"], [])

    def test_what_is_refused_names_the_member(self):
        cases = [
            ({"actorId": "/anna"}, "actorId"),
            ({"actorId": "a" * 256}, "actorId"),
            ({"sessionId": "a b"}, "sessionId"),
            ({"payload": [{}]}, "payload[0]"),
            ({"payload": [said("")]}, "payload[0].conversational.content.text"),
            ({"payload": [said("hi", "KING")]}, "payload[0].conversational.role"),
            ({"payload": [said("hi")] * 101}, "payload"),
            ({"metadata": {"a": {"stringValue": "a" * 257}}}, "metadata"),
            ({"branch": {"name": "a b"}}, "branch.name"),
            ({"extractionMode": "LATER"}, "extractionMode"),
            ({"extractionConfig": {"namespaceVariables": {"team": "a"}}}, "extractionConfig"),
        ]
        for more, member in cases:
            with self.subTest(member):
                wanted = {"actorId": "anna", "sessionId": "s", "payload": [said("hi")], "eventTimestamp": at(0)}
                code, message = self.refused(
                    self.data.create_event, memoryId=self.memory["id"], **{**wanted, **more}
                )
                self.assertEqual(code, INVALID)
                self.assertIn(member, message)
        where = {"memoryId": self.memory["id"], "actorId": "anna", "sessionId": "s"}
        self.assertEqual(self.refused(self.data.get_event, eventId="17", **where)[0], INVALID)
        self.assertEqual(self.refused(self.data.list_events, maxResults=101, **where)[0], INVALID)
        self.assertEqual(self.refused(self.data.list_events, nextToken="elsewhere", **where)[0], INVALID)

    def test_ingest_data_leads_to_create_event(self):
        code, message = self.refused(
            self.data.ingest_data,
            memoryId=self.memory["id"],
            actorId="anna",
            contentTimestamp=at(0),
            source={"inline": {"payload": [said("hi")]}},
        )
        self.assertEqual(code, INVALID)
        self.assertIn("IngestData is not offered", message)


class RecordTest(MemoryCase):
    def test_a_clients_own_records_are_written_found_and_deleted(self):
        memory = self.create()
        made = self.write(
            memory,
            record("dog", "Anna has a dog called Rex."),
            record("city", "Anna lives in Lisbon.", metadata={"rank": {"numberValue": 3}}),
        )
        self.assertEqual([entry["requestIdentifier"] for entry in made["successfulRecords"]], ["dog", "city"])
        self.assertEqual(made["failedRecords"], [])
        ids = {entry["requestIdentifier"]: entry["memoryRecordId"] for entry in made["successfulRecords"]}
        # The article's pitfall: the member is memoryRecordSummaries.
        best = self.search(memory, "Where does Anna live?")[0]
        self.assertEqual((best["memoryRecordId"], best["namespaces"]), (ids["city"], ["/notes/"]))
        self.assertTrue(0 < best["score"] <= 1, best)
        found = self.data.get_memory_record(memoryId=memory["id"], memoryRecordId=ids["city"])["memoryRecord"]
        self.assertEqual(found["content"], {"text": "Anna lives in Lisbon."})
        self.assertEqual(found["metadata"], {"rank": {"numberValue": 3.0}})
        gone = self.data.delete_memory_record(memoryId=memory["id"], memoryRecordId=ids["city"])
        self.assertEqual(gone["memoryRecordId"], ids["city"])
        where = {"memoryId": memory["id"], "memoryRecordId": ids["city"]}
        self.assertEqual(self.refused(self.data.get_memory_record, **where)[0], NOT_FOUND)
        self.assertEqual(self.refused(self.data.delete_memory_record, **where)[0], NOT_FOUND)
        self.assertNotIn(ids["city"], [entry["memoryRecordId"] for entry in self.search(memory, "Lisbon")])

    def test_a_namespace_is_exact_and_a_path_is_a_subtree(self):
        memory = self.create()
        for number, namespace in enumerate(("/a", "/a/b", "/ab")):
            self.write(memory, record(f"r{number}", f"Word number {number}.", namespace))

        def namespaces(**place):
            return sorted(entry["namespaces"][0] for entry in self.records(memory, **place))

        self.assertEqual(namespaces(namespace="/a"), ["/a"])
        self.assertEqual(namespaces(namespacePath="/a"), ["/a", "/a/b"])
        found = self.data.retrieve_memory_records(
            memoryId=memory["id"], namespacePath="/a", searchCriteria={"searchQuery": "word number"}
        )["memoryRecordSummaries"]
        self.assertEqual(sorted(entry["namespaces"][0] for entry in found), ["/a", "/a/b"])
        for place in ({}, {"namespace": "/a", "namespacePath": "/a"}):
            code, message = self.refused(self.data.list_memory_records, memoryId=memory["id"], **place)
            self.assertEqual(code, INVALID)
            self.assertIn("exactly one of namespace, namespacePath", message)

    def test_records_and_searches_have_pages(self):
        memory = self.create()
        self.write(memory, *(record(f"r{number}", f"Word number {number}.") for number in range(5)))
        pages = self.data.get_paginator("list_memory_records").paginate(
            memoryId=memory["id"], namespace="/notes/", PaginationConfig={"PageSize": 2}
        )
        listed = [entry["memoryRecordId"] for page in pages for entry in page["memoryRecordSummaries"]]
        self.assertEqual(len(set(listed)), 5)
        pages = self.data.get_paginator("retrieve_memory_records").paginate(
            memoryId=memory["id"],
            namespace="/notes/",
            searchCriteria={"searchQuery": "word", "topK": 4},
            PaginationConfig={"PageSize": 3},
        )
        sizes = [len(page["memoryRecordSummaries"]) for page in pages]
        self.assertEqual(sizes, [3, 1])

    def test_records_are_found_by_their_metadata(self):
        memory = self.create(indexedKeys=[{"key": "rank", "type": "NUMBER"}, {"key": "tags", "type": "STRINGLIST"}])
        low = {"rank": {"numberValue": 1}, "tags": {"stringListValue": ["a", "b"]}}
        high = {"rank": {"numberValue": 9}, "when": {"dateTimeValue": at(0)}}
        self.write(
            memory, record("low", "Low word.", metadata=low), record("high", "High word.", metadata=high)
        )
        cases = [
            ("rank", "GREATER_THAN", {"numberValue": 5}, "High word."),
            ("rank", "LESS_THAN_OR_EQUALS", {"numberValue": 1}, "Low word."),
            ("tags", "CONTAINS", {"stringValue": "b"}, "Low word."),
            ("when", "AFTER", {"dateTimeValue": at(-1)}, "High word."),
            ("when", "NOT_EXISTS", None, "Low word."),
        ]
        for key, operator, value, expected in cases:
            wanted = {"left": {"metadataKey": key}, "operator": operator}
            if value:
                wanted["right"] = {"metadataValue": value}
            with self.subTest(f"{key} {operator}"):
                listed = self.records(memory, namespace="/notes/", metadataFilters=[wanted])
                self.assertEqual([entry["content"]["text"] for entry in listed], [expected])
                found = self.search(memory, "word", metadataFilters=[wanted])
                self.assertEqual([entry["content"]["text"] for entry in found], [expected])

    def test_of_a_batch_each_element_fails_alone(self):
        memory = self.create()
        [made] = self.write(memory, record("one", "First words."))["successfulRecords"]
        known = made["memoryRecordId"]
        updated = self.data.batch_update_memory_records(
            memoryId=memory["id"],
            records=[
                {"memoryRecordId": known, "timestamp": at(1), "content": {"text": "Second words."}},
                {"memoryRecordId": NO_RECORD, "timestamp": at(1), "content": {"text": "Nobody's."}},
            ],
        )
        self.assertEqual([entry["memoryRecordId"] for entry in updated["successfulRecords"]], [known])
        [failed] = updated["failedRecords"]
        self.assertEqual((failed["memoryRecordId"], failed["status"], failed["errorCode"]), (NO_RECORD, "FAILED", 404))
        self.assertEqual(self.search(memory, "second")[0]["content"]["text"], "Second words.")
        deleted = self.data.batch_delete_memory_records(
            memoryId=memory["id"],
            records=[{"memoryRecordId": known, "namespace": "/elsewhere/"}, {"memoryRecordId": NO_RECORD}],
        )
        self.assertEqual((deleted["successfulRecords"], len(deleted["failedRecords"])), ([], 2))
        deleted = self.data.batch_delete_memory_records(memoryId=memory["id"], records=[{"memoryRecordId": known}])
        self.assertEqual(len(deleted["successfulRecords"]), 1)
        self.assertEqual(self.records(memory, namespace="/notes/"), [])

    def test_a_repeated_batch_writes_once(self):
        memory = self.create()
        token = new_name("token")
        first, second = (self.write(memory, record("one", "Only once."), clientToken=token) for _ in range(2))
        self.assertEqual(
            first["successfulRecords"][0]["memoryRecordId"], second["successfulRecords"][0]["memoryRecordId"]
        )
        self.assertEqual(len(self.records(memory, namespace="/notes/")), 1)

    def test_a_batch_that_cannot_be_names_its_member(self):
        memory = self.create()
        cases = [
            ([record("a b", "x")], "records[0].requestIdentifier"),
            ([record("a", "x"), record("b", "")], "records[1].content.text"),
            ([record("a", "x", "namespace with spaces")], "records[0].namespaces[0]"),
            ([record("a", "x")] * 101, "records"),
        ]
        for records, member in cases:
            with self.subTest(member):
                code, message = self.refused(self.write, memory, *records)
                self.assertEqual(code, INVALID)
                self.assertIn(member, message)
        self.assertEqual(self.records(memory, namespace="/notes/"), [])


class ConsolidationTest(MemoryCase):
    def test_what_was_said_becomes_a_record(self):
        memory = self.create(semantic())
        self.say(memory, "I live in Lisbon and I work as a nurse.", second=0)
        self.settle(memory)
        [best, *_] = self.search(memory, "Where does Anna live?", namespace="/facts/anna/")
        self.assertIn("Lisbon", best["content"]["text"])
        self.assertEqual(best["memoryStrategyId"], memory["strategies"][0]["strategyId"])

    def test_what_is_skipped_does_not(self):
        memory = self.create(semantic())
        self.say(memory, "I live in Lisbon.", extractionMode="SKIP")
        self.settle(memory)
        self.assertEqual(self.records(memory, namespacePath="/"), [])
        self.assertEqual(len(self.events(memory)), 1)

    def test_what_has_not_failed_is_no_job(self):
        memory = self.create(semantic())
        answer = self.data.list_memory_extraction_jobs(memoryId=memory["id"], filter={"status": "FAILED"})
        self.assertEqual(answer["jobs"], [])
        wanted = {"memoryId": memory["id"], "extractionJob": {"jobId": "none"}}
        self.assertEqual(self.refused(self.data.start_memory_extraction_job, **wanted)[0], NOT_FOUND)


class ManualTest(MemoryCase):
    def test_the_quick_start_finds_what_it_said(self):
        begin, find = (
            text.replace("http://127.0.0.1:8642", self.soma.info["url"]) for text in manual.blocks("memory.md", "python")
        )
        names, printed = {}, io.StringIO()
        exec(compile(begin, "docs/memory.md", "exec"), names)
        settle = manual.blocks("memory.md", "sh")[0]
        environment = {"PATH": "/usr/bin:/bin", "SOMA": self.soma.info["url"], "MEMORY": names["memory"]}
        subprocess.run(["bash", "-c", settle], env=environment, check=True, capture_output=True)
        with contextlib.redirect_stdout(printed):
            exec(compile(find, "docs/memory.md", "exec"), names)
        self.assertIn("Lisbon", printed.getvalue())


class KillTest(MemoryCase):
    def restart(self):
        self.soma.kill()
        self.soma.start()
        self.connect()  # another port, when the old one was taken meanwhile

    def test_what_was_acknowledged_survives_a_kill(self):
        memory = self.create(semantic())
        event = self.say(memory, "I live in Lisbon.")
        [made] = self.write(memory, record("one", "Kept words."))["successfulRecords"]
        self.restart()
        self.assertEqual(self.control.get_memory(memoryId=memory["id"])["memory"], memory)
        self.assertEqual(self.events(memory), [event])
        self.assertEqual(self.search(memory, "kept")[0]["memoryRecordId"], made["memoryRecordId"])
        self.settle(memory)
        self.assertTrue(self.search(memory, "Lisbon", namespace="/facts/anna/"))

    def test_what_was_deleted_stays_away_after_a_kill(self):
        memory = self.create()
        event = self.say(memory, "A secret word: wolfram.")
        self.data.delete_event(
            memoryId=memory["id"], actorId="anna", sessionId="s1", eventId=event["eventId"]
        )
        self.restart()
        self.assertEqual(self.own(memory, "/recall", actorId="anna", query="wolfram")["turns"], [])
        self.control.delete_memory(memoryId=memory["id"])
        self.restart()
        self.assertEqual(self.refused(self.control.get_memory, memoryId=memory["id"])[0], NOT_FOUND)


if __name__ == "__main__":
    unittest.main()
