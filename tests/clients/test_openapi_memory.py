"""docs/openapi.yaml says what the routes of memories answer: each is called as it should be, for something that is not
there, and wrongly."""

import re
import unittest
import urllib.parse

from openapi import OpenApiCase, operations, problems, schema_of
from somas import new_name

# The order in which they build on each other.
ORDER = [
    *("createMemory", "listMemories", "getMemory", "updateMemory", "createEvent", "listEvents", "getEvent"),
    *("listMemorySessions", "listActors", "settleMemory", "batchCreateMemoryRecords", "listMemoryRecords"),
    *("retrieveMemoryRecords", "getMemoryRecord", "batchUpdateMemoryRecords", "listMemoryExtractionJobs"),
    *("listOwnMemories", "getOwnMemory", "recallTurns", "readMemoryChanges", "deleteMemoryRecord"),
    *("batchDeleteMemoryRecords", "deleteEvent", "forgetActor", "deleteMemory"),
]
# A stream that does not end, a job that nothing has failed for, and what is not offered.
OTHERS = {"watchMemory", "startMemoryExtractionJob", "ingestData"}
NO_RECORD = "mem-00000000-0000-0000-0000-000000000000"


def memory_operations():
    found = {entry[2]["operationId"]: entry for entry in operations() if "memory" in entry[2]["tags"]}
    assert set(found) == set(ORDER) | OTHERS, set(found) ^ (set(ORDER) | OTHERS)
    return [found[name] for name in ORDER + sorted(OTHERS)]


class MemoryOpenApiTest(OpenApiCase):
    def setUp(self):
        self.known = {
            "memoryId": "nobody-0123456789",
            "actorId": "team/anna",
            "sessionId": "s1",
            "eventId": "0000001790000000000#0123abcd",
            "memoryRecordId": NO_RECORD,
        }

    def bodies(self):
        filters = [{"left": {"metadataKey": "place"}, "operator": "EXISTS"}]
        metadata = {"place": {"stringValue": "study"}}
        written = {"timestamp": 1790000000, "content": {"text": "Anna has a dog."}, "metadata": metadata}
        episodic = {"name": "Tries", "reflectionConfiguration": {"namespaceTemplates": ["/strategies/"]}}
        return {
            "createMemory": {
                "name": new_name("m"),
                "description": "words",
                "eventExpiryDuration": 30,
                "memoryStrategies": [{"semanticMemoryStrategy": {"name": "Facts", "description": "What is true"}}],
                "indexedKeys": [{"key": "place", "type": "STRING"}],
                "encryptionKeyArn": "arn:aws:kms:us-east-1:000000000000:key/none",
                "memoryExecutionRoleArn": "arn:aws:iam::000000000000:role/soma",
                "clientToken": "token",
            },
            "updateMemory": {"memoryStrategies": {"addMemoryStrategies": [{"episodicMemoryStrategy": episodic}]}},
            "createEvent": {
                "actorId": self.known["actorId"],
                "sessionId": self.known["sessionId"],
                "eventTimestamp": 1790000000.5,
                "payload": [
                    {"conversational": {"content": {"text": "I live in Lisbon."}, "role": "USER"}},
                    {"blob": {"state": [1]}},
                    {"json": {"content": {"a": 1}}},
                ],
                "branch": {"name": "main"},
                "metadata": metadata,
            },
            "listEvents": {"includePayloads": True, "filter": {"eventMetadata": filters}, "maxResults": 10},
            "batchCreateMemoryRecords": {
                "records": [{"requestIdentifier": "one", "namespaces": ["/notes/"], **written}]
            },
            "listMemoryRecords": {"namespacePath": "/", "maxResults": 10},
            "retrieveMemoryRecords": {"namespace": "/notes/", "searchCriteria": {"searchQuery": "dog"}},
            "batchUpdateMemoryRecords": {
                "records": [{"memoryRecordId": self.known["memoryRecordId"], **written}]
            },
            "batchDeleteMemoryRecords": {"records": [{"memoryRecordId": NO_RECORD}]},
            "startMemoryExtractionJob": {"extractionJob": {"jobId": "none"}},
        }

    def perform(self, path, method, operation):
        name = operation["operationId"]
        quoted = re.sub(r"{(\w+)}", lambda match: urllib.parse.quote(self.known[match[1]], safe=""), path)
        if name == "recallTurns":
            quoted += "?" + urllib.parse.urlencode({"actorId": self.known["actorId"], "query": "Lisbon"})
        status, media, body = self.call(method, quoted, self.bodies().get(name))
        if status < 300:
            self.learn(name, body)
        return status, media, body

    def learn(self, name, body):
        """What later calls are about."""
        if name == "createMemory":
            self.known["memoryId"] = body["memory"]["id"]
        elif name == "createEvent":
            self.known["eventId"] = body["event"]["eventId"]
        elif name == "batchCreateMemoryRecords":
            self.known["memoryRecordId"] = body["successfulRecords"][0]["memoryRecordId"]

    def test_operations_answer_as_documented(self):
        for path, method, operation in memory_operations():
            if operation["operationId"] in OTHERS:
                continue
            with self.subTest(operation["operationId"]):
                status, media, body = self.perform(path, method, operation)
                self.assertLess(status, 300, body)
                self.check(operation, status, media, body)

    def test_what_is_not_there_is_a_documented_error(self):
        for path, method, operation in memory_operations():
            if "404" in operation["responses"]:
                with self.subTest(operation["operationId"]):
                    status, media, body = self.perform(path, method, operation)
                    self.assertEqual(status, 404, body)
                    self.check(operation, status, media, body)

    def test_what_cannot_be_is_a_documented_error(self):
        for path, method, operation in memory_operations():
            if "400" not in operation["responses"]:
                continue
            with self.subTest(operation["operationId"]):
                quoted = re.sub(
                    r"{(\w+)}", lambda match: urllib.parse.quote(self.known[match[1]], safe=""), path
                )
                status, media, body = self.call(method, quoted, {"surprise": True})
                self.assertEqual(status, 400, body)
                self.check(operation, status, media, body)
                self.assertEqual(problems(body, schema_of("Error")), [])


if __name__ == "__main__":
    unittest.main()
