"""What the tests of memories share: memories made through boto3, events, and waiting without sleeping."""

import datetime
import urllib.parse

from botocore.exceptions import ClientError

from somas import SomaTest, new_name

FACTS = "/facts/{actorId}/"


def at(seconds):
    """A moment: the events of a test follow each other by these."""
    return datetime.datetime.fromtimestamp(1_790_000_000 + seconds, datetime.timezone.utc)


def said(words, role="USER"):
    return {"conversational": {"content": {"text": words}, "role": role}}


def semantic(name="Facts", template=FACTS):
    return {"semanticMemoryStrategy": {"name": name, "namespaceTemplates": [template]}}


def record(name, words, namespace="/notes/", **more):
    return {
        "requestIdentifier": name,
        "namespaces": [namespace],
        "content": {"text": words},
        "timestamp": at(0),
        **more,
    }


class MemoryCase(SomaTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connect()

    @classmethod
    def connect(cls):
        # Requests that the service must refuse are not refused by botocore first.
        cls.control = cls.client("bedrock-agentcore-control", parameter_validation=False)
        cls.data = cls.client("bedrock-agentcore", parameter_validation=False)

    def create(self, *strategies, **more):
        memory = self.control.create_memory(
            name=new_name("m"), eventExpiryDuration=30, memoryStrategies=list(strategies), **more
        )
        return memory["memory"]

    def say(self, memory, *words, actor="anna", session="s1", second=0, **more):
        return self.data.create_event(
            memoryId=memory["id"],
            actorId=actor,
            sessionId=session,
            eventTimestamp=at(second),
            payload=[entry if isinstance(entry, dict) else said(entry) for entry in words],
            **more,
        )["event"]

    def events(self, memory, actor="anna", session="s1", **more):
        return self.data.list_events(memoryId=memory["id"], actorId=actor, sessionId=session, **more)["events"]

    def write(self, memory, *records, **more):
        return self.data.batch_create_memory_records(memoryId=memory["id"], records=list(records), **more)

    def records(self, memory, **more):
        return self.data.list_memory_records(memoryId=memory["id"], **more)["memoryRecordSummaries"]

    def search(self, memory, words, namespace="/notes/", **more):
        criteria = {"searchQuery": words, **more}
        answer = self.data.retrieve_memory_records(
            memoryId=memory["id"], namespace=namespace, searchCriteria=criteria
        )
        return answer["memoryRecordSummaries"]

    def own(self, memory, path="", method="GET", **query):
        target = f"/api/memories/{memory['id']}{path}"
        status, body = self.soma.request(
            method, target + ("?" + urllib.parse.urlencode(query) if query else "")
        )
        self.assertEqual(status, 200, body)
        return body

    def settle(self, memory):
        self.own(memory, "/settle", "POST")

    def refused(self, operation, *arguments, **more):
        """The error of a call, as the SDK understood it: (name, message)."""
        with self.assertRaises(ClientError) as caught:
            operation(*arguments, **more)
        error = caught.exception.response["Error"]
        return error["Code"], error["Message"]
