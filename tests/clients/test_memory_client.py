"""Memories through the AgentCore SDK for Python: MemoryClient, and its sessions."""

import os
import unittest
import unittest.mock

import boto3
from bedrock_agentcore.memory import MemoryClient
from bedrock_agentcore.memory.constants import ConversationalMessage, MessageRole
from bedrock_agentcore.memory.session import MemorySessionManager

from memories import FACTS, MemoryCase, at, semantic
from somas import new_name


class MemoryClientTest(MemoryCase):
    @classmethod
    def connect(cls):
        super().connect()
        url = cls.soma.info["url"]
        environment = {
            "AWS_ENDPOINT_URL_BEDROCK_AGENTCORE": url,
            "AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL": url,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
        }
        patched = unittest.mock.patch.dict(os.environ, environment)
        patched.start()
        cls.addClassCleanup(patched.stop)
        cls.memories = MemoryClient(region_name="us-east-1")

    def talk(self, memory, *turns, session="s1", second=0, **more):
        return self.memories.create_event(
            memory["id"], "anna", session, list(turns), event_timestamp=at(second), **more
        )

    def test_a_memory_is_made_waited_for_and_deleted(self):
        name = new_name("m")
        strategies = [{"semanticMemoryStrategy": {"name": "Facts"}}, {"summaryMemoryStrategy": {"name": "Notes"}}]
        memory = self.memories.create_memory_and_wait(name, strategies, poll_interval=0)
        self.assertEqual({entry["type"] for entry in memory["strategies"]}, {"SEMANTIC", "SUMMARIZATION"})
        self.assertEqual(self.memories.create_or_get_memory(name, [])["id"], memory["id"])
        self.assertIn(memory["id"], [entry["id"] for entry in self.memories.list_memories()])
        self.memories.add_user_preference_strategy_and_wait(memory["id"], "Likes", poll_interval=0)
        self.memories.add_episodic_strategy_and_wait(
            memory["id"],
            "Tries",
            reflection_namespaces=["/tries/{actorId}/"],
            namespaces=["/tries/{actorId}/{sessionId}/"],
            poll_interval=0,
        )
        names = {entry["name"]: entry["strategyId"] for entry in self.memories.get_memory_strategies(memory["id"])}
        self.assertEqual(set(names), {"Facts", "Notes", "Likes", "Tries"})
        self.memories.delete_strategy(memory["id"], names["Notes"])
        self.assertEqual(len(self.memories.get_memory_strategies(memory["id"])), 3)
        self.memories.delete_memory_and_wait(memory["id"], poll_interval=0)

    def test_turns_are_kept_and_the_last_ones_found(self):
        memory = self.create()
        for number in range(3):
            words = (f"question {number}", "USER"), (f"answer {number}", "ASSISTANT")
            self.talk(memory, *words, second=number)
        self.assertEqual(len(self.memories.list_events(memory["id"], "anna", "s1")), 3)
        [last] = self.memories.get_last_k_turns(memory["id"], "anna", "s1", k=1)
        self.assertEqual([message["content"]["text"] for message in last], ["question 2", "answer 2"])

    def test_a_conversation_is_forked(self):
        memory = self.create()
        root = self.talk(memory, ("root", "USER"))
        self.talk(memory, ("main", "USER"), second=1)
        self.memories.fork_conversation(
            memory["id"], "anna", "s1", root["eventId"], "other", [("other", "USER")], event_timestamp=at(2)
        )
        branches = {entry["name"]: entry for entry in self.memories.list_branches(memory["id"], "anna", "s1")}
        self.assertEqual(set(branches), {"main", "other"})
        self.assertEqual(branches["other"]["rootEventId"], root["eventId"])
        events = self.memories.list_branch_events(
            memory["id"], "anna", "s1", branch_name="other", include_parent_branches=True
        )
        self.assertEqual(len(events), 2)

    def test_memories_are_retrieved(self):
        memory = self.create(semantic())
        self.talk(memory, ("I live in Lisbon.", "USER"))
        self.settle(memory)
        namespace = FACTS.format(actorId="anna")
        [best] = self.memories.retrieve_memories(memory["id"], namespace, "Where does Anna live?", top_k=1)
        self.assertIn("Lisbon", best["content"]["text"])

    def test_a_session_manager_talks_searches_and_clears(self):
        memory = self.create(semantic())
        manager = MemorySessionManager(
            memory["id"], region_name="us-east-1", boto3_session=boto3.Session(region_name="us-east-1")
        )
        session = manager.create_memory_session("anna", "s1")
        session.add_turns(
            [
                ConversationalMessage("I live in Lisbon.", MessageRole.USER),
                ConversationalMessage("Noted.", MessageRole.ASSISTANT),
            ]
        )
        self.settle(memory)
        found = session.search_long_term_memories("Lisbon", namespace="/facts/anna/", top_k=3)
        self.assertIn("Lisbon", found[0]["content"]["text"])
        self.assertEqual([entry["actorId"] for entry in session.list_actors()], ["anna"])
        self.assertEqual(len(session.list_events()), 1)
        manager.delete_all_long_term_memories_in_namespace("/facts/anna/")
        self.assertEqual(self.records(memory, namespace="/facts/anna/"), [])


if __name__ == "__main__":
    unittest.main()
