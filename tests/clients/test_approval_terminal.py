"""Approvals at a terminal: `soma invoke` asks while it streams, `soma approve` shows what it answers."""

import unittest

from somas import SomaTest, new_name, replay_file, session_id
from typist import Typist


class ApprovalTerminalTest(SomaTest):
    def setUp(self):
        calls = [("tool", "file_operations", {"operation": "create", "path": name, "content": "made"}) for name in ("a", "b")]
        self.harness = new_name()
        self.soma.create_harness(
            {
                "harnessName": self.harness,
                "model": {"provider": "replay", "modelId": replay_file(self.soma.data, [calls, [("text", "Done.")]])},
                "approvals": {"default": "ask"},
            }
        )

    def asks(self, harness=None):
        return Typist(
            ["invoke", "--endpoint", self.soma.info["url"], "--harness", harness or self.harness]
            + ["--prompt", "go", "--session-id", session_id()]
        )

    def asks_both(self):
        """Both calls are told of. Only then is a question that stands there not drawn anew below the news of the second."""
        typist = self.asks()
        typist.until(r'Asks: file_operations [^\r\n]*"path":"b"')
        typist.until(r"approve file_operations\? \[y\]es")
        return typist

    def pending(self):
        approvals = self.soma.request("GET", "/api/approvals")[1]["approvals"]
        return [approval for approval in approvals if approval["harnessName"] == self.harness]

    def test_asks_one_after_the_other_and_goes_on(self):
        typist = self.asks_both()
        typist.types("what\r")
        typist.until(r"what\r\n")
        typist.until(r"approve file_operations\?")
        typist.types("y\r")
        typist.until(r"approved by ")
        typist.until(r"approve file_operations\?")
        typist.types("n not that one\r")
        self.assertEqual(typist.ends(), 0, typist.printed)
        self.assertRegex(typist.printed, r"file_operations denied by \S+: not that one")
        self.assertIn("Done.", typist.printed)
        self.assertEqual(self.pending(), [])

    def test_a_sub_agent_s_approvals_are_asked_for_where_its_caller_is_followed(self):
        caller = new_name()
        turns = [[("tool", "helper", {"prompt": "go"})], [("text", "Both are made.")]]
        self.soma.create_harness(
            {
                "harnessName": caller,
                "model": {"provider": "replay", "modelId": replay_file(self.soma.data, turns, f"{caller}.jsonl")},
                "tools": [{"type": "harness", "name": "helper", "config": {"harness": self.harness}}],
            }
        )
        typist = self.asks(caller)
        typist.until(rf"{self.harness} asks: file_operations")
        for _ in range(2):
            typist.until(r"approve file_operations\?")
            typist.types("y\r")
            typist.until(r"approved by ")
        self.assertEqual(typist.ends(), 0, typist.printed)
        self.assertIn("Both are made.", typist.printed)
        self.assertEqual(self.pending(), [])

    def test_an_answer_from_elsewhere_takes_the_question_away(self):
        typist = self.asks_both()
        for approval in self.pending():
            path = f"/api/sessions/{self.harness}/{approval['sessionId']}/approvals/{approval['approvalId']}"
            status, _ = self.soma.request("POST", path, {"decision": "approve", "by": "somebody"})
            self.assertEqual(status, 200)
        self.assertEqual(typist.ends(), 0, typist.printed)
        self.assertIn("approved by somebody", typist.printed)

    def test_later_leaves_it_to_the_other_command(self):
        typist = self.asks()
        for _ in range(2):
            typist.until(r"approve file_operations\?")
            typist.types("later\r")
            typist.until(r"it waits: soma approve apr_")
        first, second = self.pending()
        other = Typist(["approve", first["approvalId"], "--endpoint", self.soma.info["url"]])
        shown = other.until(r"approve it\? \[y/n\]")
        self.assertIn(first["inputHash"], shown)
        self.assertIn('"operation": "create"', shown)
        other.types("n\r")
        self.assertEqual(other.ends(), 130, other.printed)
        self.assertEqual(len(self.pending()), 2)
        for approval in (first, second):
            other = Typist(["approve", approval["approvalId"], "--endpoint", self.soma.info["url"], "--reason", "fine"])
            other.until(r"approve it\? \[y/n\]")
            other.types("y\r")
            self.assertEqual(other.ends(), 0, other.printed)
        self.assertEqual(typist.ends(), 0, typist.printed)

    def test_ctrl_c_cancels_what_it_asks_about(self):
        typist = self.asks()
        typist.until(r"approve file_operations\?")
        typist.types("\x03")
        self.assertEqual(typist.ends(), 130, typist.printed)
        self.assertEqual(self.pending(), [])


if __name__ == "__main__":
    unittest.main()
