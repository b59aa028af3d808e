"""boto3 and the configuration that governs a harness: it refuses a union that has not exactly one member."""

import unittest

from somas import Boto3Case, new_name

SCHEMA = {"type": "object", "properties": {"question": {"type": "string"}}}
ASK_USER = {
    "type": "inline_function",
    "name": "ask_user",
    "config": {"inlineFunction": {"description": "Asks the user.", "inputSchema": SCHEMA}},
}
WINDOW = {"strategy": "sliding_window", "config": {"slidingWindow": {"messagesCount": 12}}}
SUMMARY = {
    "strategy": "summarization",
    "config": {
        "summarization": {
            "summaryRatio": 0.5,
            "preserveRecentMessages": 4,
            "summarizationSystemPrompt": "Keep every name.",
        }
    },
}


class ConfigurationTest(Boto3Case):
    def get(self, harness):
        return self.control.get_harness(harnessId=harness["harnessId"])["harness"]

    def update(self, harness, **change):
        return self.control.update_harness(harnessId=harness["harnessId"], **change)["harness"]

    def assert_refused(self, words, call, *arguments, **more):
        with self.assertRaises(self.control.exceptions.ValidationException) as caught:
            call(*arguments, **more)
        self.assertIn(words, caught.exception.response["Error"]["Message"])

    def test_truncation_tools_skills_and_hooks_hold_what_was_set(self):
        for truncation in ({"strategy": "none"}, WINDOW, SUMMARY):
            with self.subTest(truncation["strategy"]):
                made = self.create(truncation=truncation, tools=[ASK_USER], skills=[], hooks=[])
                self.assertEqual(made["truncation"], truncation)
                self.assertEqual(made["tools"], [ASK_USER])
                self.assertEqual(made["skills"], [])
                self.assertEqual(self.get(made), made)

    def test_a_memory_of_its_own_is_made_told_and_deleted(self):
        managed = {"strategies": ["SEMANTIC", "EPISODIC"], "eventExpiryDuration": 7}
        made = self.create(memory={"managedMemoryConfiguration": managed})
        told = made["memory"]["managedMemoryConfiguration"]
        arn = told.pop("arn")
        self.assertEqual(told, managed)
        memory = self.control.get_memory(memoryId=arn.rsplit("/", 1)[1])["memory"]
        self.assertEqual(memory["managedByResourceArn"], made["arn"])
        self.assertEqual([entry["type"] for entry in memory["strategies"]], ["SEMANTIC", "EPISODIC"])
        self.control.delete_harness(harnessId=made["harnessId"])
        with self.assertRaises(self.control.exceptions.ResourceNotFoundException):
            self.control.get_memory(memoryId=memory["id"])

    def test_a_memory_that_exists_is_configured_and_cleared(self):
        memory = self.control.create_memory(name=new_name("m"), eventExpiryDuration=30)["memory"]
        retrieval = {"/facts/{actorId}/": {"topK": 3, "relevanceScore": 0.5}}
        existing = {"arn": memory["arn"], "actorId": "anna", "retrievalConfig": retrieval}
        made = self.create(memory={"agentCoreMemoryConfiguration": existing})
        self.assertEqual(made["memory"], {"agentCoreMemoryConfiguration": existing})
        cleared = self.update(made, memory={"optionalValue": {"disabled": {}}})
        self.assertNotIn("memory", cleared)
        self.assertEqual(self.control.get_memory(memoryId=memory["id"])["memory"]["id"], memory["id"])

    def test_update_keeps_replaces_and_clears(self):
        made = self.create(truncation=WINDOW, tools=[ASK_USER], allowedTools=["ask_user"])
        self.assertEqual(self.update(made, maxIterations=6)["tools"], [ASK_USER])
        other = {**ASK_USER, "name": "other"}
        replaced = self.update(made, tools=[other], truncation=SUMMARY)
        self.assertEqual((replaced["tools"], replaced["truncation"]), ([other], SUMMARY))
        self.assertEqual(replaced["allowedTools"], ["ask_user"])
        cleared = self.update(
            made, tools=[], allowedTools=[], truncation={"strategy": "none"}, hooks=[], skills=[]
        )
        self.assertEqual((cleared["tools"], cleared["allowedTools"]), ([], []))
        self.assertEqual(cleared["truncation"], {"strategy": "none"})
        self.assertEqual(self.get(made), cleared)

    def test_wrong_truncation_and_foreign_hooks_are_refused(self):
        made = self.create()
        wrong = {"strategy": "none", "config": WINDOW["config"]}
        self.assert_refused("does not belong", self.update, made, truncation=wrong)
        arn = "arn:aws:lambda:us-east-1:000000000000:function:audit"
        for kind in ("beforeInvocation", "afterInvocation", "beforeToolCall", "afterToolCall"):
            with self.subTest(kind):
                hooks = [{kind: {"name": "audit", "target": {"lambda": {"arn": arn}}}}]
                self.assert_refused("webhook", self.create, hooks=hooks)
                self.assert_refused("webhook", self.update, made, hooks=hooks)
        self.assertEqual(self.get(made)["harnessVersion"], "1")

    def test_a_harness_with_soma_s_own_members_is_read(self):
        webhook = {"webhook": {"url": "http://127.0.0.1:9/", "secret": "env:NOBODY"}}
        hooks = [{"beforeToolCall": {"name": "audit", "tools": ["shell"], "target": webhook}}]
        helper = {"harness": new_name(), "description": "Looks things up.", "timeoutSeconds": 5}
        tools = [
            ASK_USER,
            {"type": "harness", "name": "helper", "config": helper},
            {"type": "harness", "name": "other", "config": {"harness": helper["harness"]}},
            {"type": "shell", "name": "second_shell", "config": {}},
        ]
        own = self.create_own(
            tools=tools, hooks=hooks, truncation={**WINDOW, "pinnedTools": ["notes"]}, maxCostUsd=1
        )
        seen = self.get(own)
        self.assertEqual(seen["tools"][0], ASK_USER)
        self.assertEqual(
            [tool["name"] for tool in seen["tools"]], ["ask_user", "helper", "other", "second_shell"]
        )
        self.assertEqual(seen["truncation"], WINDOW)
        self.assertEqual(seen["hooks"][0]["beforeToolCall"]["name"], "audit")
        updated = self.update(own, maxIterations=9, tools=[ASK_USER], hooks=[])
        self.assertEqual((updated["tools"], updated.get("hooks", [])), ([ASK_USER], []))
        _, body = self.soma.request("GET", f"/harnesses/{own['harnessId']}")
        self.assertEqual(body["harness"]["maxCostUsd"], 1)


if __name__ == "__main__":
    unittest.main()
