"""docs/openapi.yaml and what happens inside an invocation: each event of the journal and of the stream has the body
that is described, and no member that is not."""

import json
import threading
import unittest

from openapi import journal_bodies, operations, problems, resolved, schema_of
from somas import PRICED_SCRIPT, SomaTest, new_name, replay_file, session_id, wait_until
from soma_process import read_sse
from test_boto3_configuration import ASK_USER


def echo(words):
    return ("tool", "shell", {"command": f"echo {words} ran"})


class OpenApiLoopTest(SomaTest):
    def create(self, *turns, model=None, **more):
        path = replay_file(self.soma.data, turns, f"{session_id()}-{PRICED_SCRIPT}")
        model = {"provider": "replay", "modelId": path, **(model or {})}
        return self.soma.create_harness({"harnessName": new_name("own"), "model": model, **more})

    def invoke(self, harness, session, prompt="go", messages=None, approve=False):
        """The events of the stream, approvals answered on their way: [(name, data)]."""
        connection, response = self.soma.invoke(
            harness["harnessId"], prompt, session, **({"messages": messages} if messages else {})
        )
        self.addCleanup(connection.close)
        self.assertEqual(response.status, 200, response.read() if response.status != 200 else "")
        events = []
        for _, name, data in read_sse(response):
            events.append((name, json.loads(data)))
            if name == "approvalRequested" and approve:
                self.assertTrue(wait_until(lambda: self.soma.run_of(session)["status"] == "waiting"))
                self.answer(harness, session, events[-1][1]["approvalRequested"]["approvalId"])
        return events

    def answer(self, harness, session, approval_id):
        path = f"/api/sessions/{harness['harnessId']}/{session}/approvals/{approval_id}"
        status, body = self.soma.request(
            "POST", path, {"decision": "approve", "by": "a test", "reason": "fine"}
        )
        self.assertEqual(status, 200, body)
        self.assert_documented("answerApproval", body)

    def assert_documented(self, operation_id, body):
        [operation] = [entry for _, _, entry in operations() if entry["operationId"] == operation_id]
        content = resolved(operation["responses"]["200"])["content"]
        self.assertEqual(problems(body, content["application/json"]["schema"]), [], operation_id)

    def assert_session(self, harness, session, stream, expected):
        """The stream, the journal, the session and its tree are as described; `expected` types were in the journal."""
        found, seen, bodies = set(), set(), journal_bodies()
        for name, data in stream:
            found |= {f"event {name}: {problem}" for problem in problems(data, schema_of("WireEvent"))}
        for event in self.soma.events(self.soma.run_of(session)["runId"]):
            seen.add(event["type"])
            if event["type"] != "stream":
                schema = schema_of(bodies[event["type"]])
                found |= {f"{event['type']}: {problem}" for problem in problems(event["body"], schema)}
        self.assertEqual(sorted(found), [])
        self.assertLessEqual(expected, seen)
        path = f"/api/sessions/{harness['harnessId']}/{session}"
        for operation_id, suffix in (("getSession", ""), ("getSessionTree", "/tree")):
            status, body = self.soma.request("GET", path + suffix)
            self.assertEqual(status, 200, body)
            self.assert_documented(operation_id, body)

    def test_approvals_hooks_sub_agents_and_outputs(self):
        helper = self.create([("text", "found it")])
        command = {"command": {"arguments": ["true"], "timeoutSeconds": 30}}
        harness = self.create(
            [echo("one"), ("tool", "helper", {"prompt": "find it"})],
            [("text", "no JSON")],
            [("text", '{"found": true}')],
            approvals={
                "rules": [{"tool": "shell", "decision": "ask", "reason": "look first"}],
                "timeoutSeconds": 600,
            },
            hooks=[
                {kind: {"name": kind, "target": command}}
                for kind in ("beforeInvocation", "beforeToolCall", "afterToolCall", "afterInvocation")
            ],
            tools=[{"type": "harness", "name": "helper", "config": {"harness": helper["harnessName"]}}],
            outputSchema={"type": "object", "required": ["found"]},
            maxCostUsd=900_000,
        )
        session = session_id()
        stream = self.invoke(harness, session, approve=True)
        finished = dict(stream)["invocationFinished"]["invocationFinished"]
        self.assertEqual(
            (finished["stopReason"], finished["output"]), ("end_turn", {"found": True}), stream[-1]
        )
        names = {"approvalRequested", "approvalAnswered", "subagentStarted", "hookEvent", "outputRejected"}
        self.assertLessEqual(names, {name for name, _ in stream})
        types = "approval.requested approval.answered invocation.waiting hook.started hook.finished subagent.started"
        self.assert_session(
            harness, session, stream, set(types.split()) | {"output.rejected", "output.accepted"}
        )
        _, tree = self.soma.request("GET", f"/api/sessions/{harness['harnessId']}/{session}/tree")
        [child] = tree["root"]["children"]
        self.assertEqual(child["toolUseId"], "use-0-1")
        self.assertEqual(child["session"]["harnessName"], helper["harnessName"])
        self.assertEqual(child["session"]["parentRunId"], tree["root"]["session"]["runId"])

    def test_approvals_are_listed_as_described(self):
        rules = {
            "rules": [{"tool": "shell", "decision": "ask", "reason": "look first"}],
            "timeoutSeconds": 600,
        }
        harness, session = self.create([echo("one")], [("text", "Done.")], approvals=rules), session_id()
        reader = threading.Thread(target=self.invoke, args=(harness, session))
        reader.start()

        def pending():
            _, body = self.soma.request("GET", "/api/approvals")
            mine = [entry for entry in body["approvals"] if entry["sessionId"] == session]
            return body if mine and self.soma.run_of(session)["status"] == "waiting" else None

        body = wait_until(pending)
        self.assert_documented("listApprovals", body)
        [approval] = [entry for entry in body["approvals"] if entry["sessionId"] == session]
        self.assertLessEqual({"expiresAt", "reason", "invocationId"}, approval.keys())
        _, sessions = self.soma.request("GET", "/api/sessions")
        self.assert_documented("listSessions", sessions)
        self.answer(harness, session, approval["approvalId"])
        reader.join()

    def test_inline_functions(self):
        harness, session = (
            self.create(
                [("tool", "ask_user", {"question": "Red?"})], [("text", "Red it is.")], tools=[ASK_USER]
            ),
            session_id(),
        )
        stream = self.invoke(harness, session)
        self.assertEqual(dict(stream)["invocationFinished"]["invocationFinished"]["pending"], ["use-0-0"])
        result = {"toolUseId": "use-0-0", "content": [{"text": "yes"}], "status": "success"}
        messages = [{"role": "user", "content": [{"toolResult": result}]}]
        stream += self.invoke(harness, session, messages=messages)
        self.assert_session(harness, session, stream, {"tool.result", "invocation.finished"})

    def test_compaction(self):
        window = {"strategy": "sliding_window", "config": {"slidingWindow": {"messagesCount": 1}}}
        summary = {"strategy": "summarization", "config": {"summarization": {"preserveRecentMessages": 1}}}
        cases = [
            (window, {}, {"context.compacted"}),
            (summary, {"contextWindow": 4096}, {"context.compacting", "context.compacted"}),
        ]
        for truncation, model, expected in cases:
            with self.subTest(truncation["strategy"]):
                harness = self.create(*[[("text", "word " * 400)]] * 8, model=model, truncation=truncation)
                session, stream = session_id(), []
                for _ in range(8):
                    stream += self.invoke(harness, session, prompt="say " * 400)
                self.assertIn("contextCompacted", dict(stream))
                self.assert_session(harness, session, stream, expected)

    def test_models_and_harnesses(self):
        _, models = self.soma.request("GET", "/api/models")
        self.assert_documented("listModels", models)
        self.assertIn("reflex", {provider["name"] for provider in models["providers"]})
        self.assertTrue([model for model in models["models"] if "contextWindow" in model])
        governed = self.create(
            [("text", "Done.")],
            model={"contextWindow": 4096},
            tools=[ASK_USER],
            approvals={
                "default": "ask",
                "timeoutSeconds": 60,
                "rules": [{"tool": "shell", "decision": "deny"}],
            },
            hooks=[
                {
                    "beforeToolCall": {
                        "name": "a",
                        "tools": ["shell"],
                        "target": {"command": {"arguments": ["true"]}},
                    }
                }
            ],
            truncation={"strategy": "summarization"},
            maxToolCalls=5,
            maxCostUsd=0.5,
            maxToolResultBytes=2048,
            outputSchema={"type": "object"},
            maxOutputRepairs=1,
        )
        status, body = self.soma.request("GET", f"/harnesses/{governed['harnessId']}")
        self.assertEqual(status, 200)
        self.assert_documented("getHarness", body)


if __name__ == "__main__":
    unittest.main()
