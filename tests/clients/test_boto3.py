"""boto3 against soma: the control plane, InvokeHarness and InvokeAgentRuntimeCommand."""

import datetime
import unittest

import botocore.exceptions

from somas import REFLEX, ROLE_ARN, Boto3Case, SomaTest, new_name, session_id, stops, text, wait_until


class Boto3Test(Boto3Case):
    def test_harness_has_the_shapes_that_boto3_parses(self):
        tools = [{"type": "agentcore_browser", "name": "browser", "config": {"agentCoreBrowser": {}}}]
        harness = self.create({"bedrockModelConfig": {"modelId": "m", "temperature": 0.5}}, tools=tools)
        self.assertEqual(harness["model"], {"bedrockModelConfig": {"modelId": "m", "temperature": 0.5}})
        self.assertEqual(harness["tools"], tools)
        self.assertIsInstance(harness["createdAt"], datetime.datetime)
        lifecycle = harness["environment"]["agentCoreRuntimeEnvironment"]["lifecycleConfiguration"]
        self.assertEqual(lifecycle, {"idleRuntimeSessionTimeout": 900, "maxLifetime": 28800})
        answer = self.control.get_harness(harnessId=harness["harnessId"])
        self.assertEqual(answer["harness"], harness)

    def test_update_makes_a_version_and_delete_ends_it(self):
        harness_id = self.create(maxIterations=5)["harnessId"]
        updated = self.control.update_harness(harnessId=harness_id, maxIterations=6)["harness"]
        self.assertEqual((updated["harnessVersion"], updated["maxIterations"]), ("2", 6))
        versions = self.control.list_harness_versions(harnessId=harness_id)["harnessVersions"]
        self.assertEqual([entry["harnessVersion"] for entry in versions], ["2", "1"])
        self.control.delete_harness(harnessId=harness_id)
        with self.assertRaises(self.control.exceptions.ResourceNotFoundException):
            self.control.get_harness(harnessId=harness_id)

    def test_paginator_reads_every_harness_once(self):
        made = {self.create()["harnessId"] for _ in range(5)}
        pages = list(self.control.get_paginator("list_harnesses").paginate(PaginationConfig={"PageSize": 2}))
        seen = [entry["harnessId"] for page in pages for entry in page["harnesses"]]
        self.assertGreaterEqual(len(pages), 3)
        self.assertEqual(len(seen), len(set(seen)))
        self.assertLessEqual(made, set(seen))

    def test_control_errors_are_modelled_exceptions(self):
        name = self.create()["harnessName"]
        with self.assertRaises(self.control.exceptions.ConflictException):
            self.control.create_harness(harnessName=name, executionRoleArn=ROLE_ARN, model=REFLEX)
        with self.assertRaises(self.control.exceptions.ValidationException) as caught:
            self.create(maxIterations=-1)
        self.assertIn("maxIterations", caught.exception.response["Error"]["Message"])
        self.assertEqual(caught.exception.response["reason"], "FieldValidationFailed")

    def test_stream_of_text(self):
        events = self.invoke(self.create(self.script([("text", "Hello, wörld.")])))
        deltas = [event["contentBlockDelta"]["delta"] for event in events if "contentBlockDelta" in event]
        self.assertEqual("".join(delta["text"] for delta in deltas), "Hello, wörld.")
        self.assertEqual(stops(events), ["end_turn"])
        usage = [event["metadata"]["usage"] for event in events if "metadata" in event]
        self.assertEqual(usage, [{"inputTokens": 10, "outputTokens": 5, "totalTokens": 15}])

    def test_stream_of_tools(self):
        model = self.script([("tool", "shell", {"command": "echo from the shell"})], [("text", "Done.")])
        events = self.invoke(self.create(model))
        self.assertFalse([event for event in events if "SDK_UNKNOWN_MEMBER" in event])
        results = [
            block["text"]
            for event in events
            for block in event.get("contentBlockDelta", {}).get("delta", {}).get("toolResult", [])
            if "text" in block
        ]
        self.assertIn("from the shell", "".join(results))

    def test_error_in_the_stream(self):
        harness, session = self.create(self.script([("text", "the only answer")])), session_id()
        self.invoke(harness, session=session)
        with self.assertRaises(botocore.exceptions.EventStreamError) as caught:
            self.invoke(harness, session=session)
        self.assertEqual(caught.exception.response["Error"]["Code"], "runtimeClientError")

    def test_invoke_errors_are_modelled_exceptions(self):
        harness = self.create()
        cases = [
            (
                self.data.exceptions.ResourceNotFoundException,
                {**harness, "arn": harness["arn"][:-10] + "0" * 10},
                {},
            ),
            (self.data.exceptions.ValidationException, harness, {"maxIterations": 0}),
        ]
        for expected, target, more in cases:
            with self.subTest(expected.__name__), self.assertRaises(expected):
                self.invoke(target, **more)

    def test_command(self):
        session = session_id()
        answer, chunks = self.run_command(
            self.create(), session, command="echo out; echo err >&2; exit 3", timeout=30
        )
        self.assertEqual(answer["runtimeSessionId"], session)
        deltas = [chunk["contentDelta"] for chunk in chunks if "contentDelta" in chunk]
        self.assertEqual("".join(delta.get("stdout", "") for delta in deltas), "out\n")
        self.assertEqual("".join(delta.get("stderr", "") for delta in deltas), "err\n")
        self.assertEqual(chunks[-1]["contentStop"], {"exitCode": 3, "status": "COMPLETED"})

    def test_stopped_session_keeps_its_files(self):
        harness, session = self.create(), session_id()
        self.run_command(harness, session, command="echo kept > note.txt")
        self.data.stop_runtime_session(agentRuntimeArn=harness["arn"], runtimeSessionId=session)
        _, chunks = self.run_command(harness, session, command="cat note.txt")
        self.assertIn({"contentDelta": {"stdout": "kept\n"}}, chunks)

    def test_conversation_with_tool_blocks_is_taken(self):
        reasoning = {"reasoningText": {"text": "look it up", "signature": "c2ln"}}
        use = {"toolUseId": "use-1", "name": "tides", "input": {"place": "quay"}}
        content = [{"text": "high"}, {"json": {"metres": 4.5}}]
        result = {"toolUseId": "use-1", "content": content, "status": "success"}
        blocks = [
            {"reasoningContent": reasoning},
            {"reasoningContent": {"redactedContent": b"\x00\x01"}},
            {"toolUse": use},
        ]
        messages = [
            *text("what is the tide?"),
            {"role": "assistant", "content": blocks},
            {"role": "user", "content": [{"toolResult": result}]},
        ]
        answer = self.data.invoke_harness(
            harnessArn=self.create(self.script([("text", "never asked")], [("text", "It is high.")]))["arn"],
            runtimeSessionId=session_id(),
            messages=messages,
        )
        events = list(answer["stream"])
        self.assertEqual(stops(events), ["end_turn"])


class KilledServerTest(SomaTest):
    def test_invocation_goes_on_after_its_client_and_server_are_gone(self):
        turns = [
            [("tool", "shell", {"command": "echo once >> effects.txt"})],
            [("wait", 1000), ("text", "It is done.")],
        ]
        model = self.script(*turns)
        control, data = self.client("bedrock-agentcore-control"), self.client("bedrock-agentcore")
        harness = control.create_harness(harnessName=new_name(), executionRoleArn=ROLE_ARN, model=model)[
            "harness"
        ]
        session = session_id()
        answer = data.invoke_harness(harnessArn=harness["arn"], runtimeSessionId=session, messages=text("go"))
        with self.assertRaises(Exception):  # which one is the transport's affair
            for event in answer["stream"]:
                if event.get("messageStop", {}).get("stopReason") == "tool_result":
                    self.soma.kill()
        self.soma.start()
        path = f"/api/sessions/{harness['harnessId']}/{session}"
        done = wait_until(lambda: self.soma.request("GET", path)[1]["session"]["status"] == "idle")
        self.assertTrue(done, self.soma.log_tail())
        messages = self.soma.request("GET", path)[1]["messages"]
        self.assertEqual(messages[-1]["content"], [{"text": "It is done."}])
        self.assertEqual(self.soma.request("GET", f"{path}/files/effects.txt")[1], b"once\n")


if __name__ == "__main__":
    unittest.main()
