"""boto3 and what can happen inside an invocation: inline functions, hooks, approvals, limits of soma's own."""

import hashlib
import hmac
import http.server
import json
import re
import threading
import unittest

from botocore.eventstream import EventStreamBuffer

from somas import (
    HOOK_KEY,
    Boto3Case,
    of,
    results_text,
    session_id,
    stops,
    tool_result,
    wait_until,
)
from test_boto3_configuration import ASK_USER

HOOK_EVENT_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
POLL_SECONDS = 0.02  # how soon a receiver that is shut down ends
ASK_FOR_SHELL = {"rules": [{"tool": "shell", "decision": "ask"}]}


def echo(words):
    return ("tool", "shell", {"command": f"echo {words} ran"})


class LoopCase(Boto3Case):
    def assert_known(self, events):
        """boto3 names what it does not know."""
        self.assertFalse([event for event in events if "SDK_UNKNOWN_MEMBER" in event])


class InlineFunctionTest(LoopCase):
    def asking(self, *turns):
        return self.create(self.script(*turns), tools=[ASK_USER])

    def test_call_and_result(self):
        harness = self.asking([("tool", "ask_user", {"question": "Red?"})], [("text", "Red it is.")])
        use = {"toolUseId": "use-0-0", "name": "ask_user", "input": {"question": "Red?"}}
        turn = {"role": "assistant", "content": [{"toolUse": use}]}
        for style, before in (("alone", []), ("behind the turn", [turn])):
            with self.subTest(style):
                session = session_id()
                first = self.invoke(harness, session=session)
                self.assertEqual(
                    of(first, "contentBlockStart")[0]["start"]["toolUse"]["toolUseId"], "use-0-0"
                )
                self.assertEqual(stops(first), ["tool_use"])
                second = self.invoke(
                    harness, session=session, messages=before + tool_result("use-0-0", "yes")
                )
                self.assertEqual(stops(second), ["end_turn"])
                self.assert_known(first + second)

    def test_two_calls_and_an_error(self):
        questions = [("tool", "ask_user", {"question": word}) for word in ("Red?", "Blue?")]
        harness, session = self.asking(questions, [("text", "Neither.")]), session_id()
        self.assertEqual(stops(self.invoke(harness, session=session)), ["tool_use"])
        [first], [second] = (tool_result(f"use-0-{place}", "nobody is there", "error") for place in (0, 1))
        messages = [{"role": "user", "content": second["content"] + first["content"]}]
        self.assertEqual(stops(self.invoke(harness, session=session, messages=messages)), ["end_turn"])
        _, body = self.soma.request("GET", f"/api/sessions/{harness['harnessId']}/{session}")
        results = [block["toolResult"] for block in body["messages"][2]["content"]]
        self.assertEqual([result["toolUseId"] for result in results], ["use-0-0", "use-0-1"])
        self.assertEqual({result["status"] for result in results}, {"error"})

    def test_unknown_call_is_a_validation_exception(self):
        harness, session = self.asking([("tool", "ask_user", {"question": "Red?"})]), session_id()
        self.invoke(harness, session=session)
        with self.assertRaises(self.data.exceptions.ValidationException) as caught:
            self.invoke(harness, session=session, messages=tool_result("use-9", "yes"))
        self.assertIn("use-9", caught.exception.response["Error"]["Message"])

    def test_order(self):
        calls = [echo("before"), ("tool", "ask_user", {"question": "Red?"}), echo("behind")]
        harness, session = self.asking(calls, [("text", "Done.")]), session_id()
        first = self.invoke(harness, session=session)
        self.assertIn("before ran", results_text(first))
        self.assertNotIn("behind ran", results_text(first))
        second = self.invoke(harness, session=session, messages=tool_result("use-0-1", "yes"))
        self.assertIn("behind ran", results_text(second))
        self.assertEqual(stops(second), ["tool_result", "end_turn"])

    def test_a_call_waits_over_a_kill_of_the_server(self):
        harness = self.asking([("tool", "ask_user", {"question": "Red?"})], [("text", "Red it is.")])
        session = session_id()
        self.invoke(harness, session=session)
        self.soma.kill()
        self.soma.start()
        # Another port, when the old one was taken meanwhile.
        type(self).data = self.client("bedrock-agentcore")
        type(self).control = self.client("bedrock-agentcore-control")
        answered = self.invoke(harness, session=session, messages=tool_result("use-0-0", "yes"))
        self.assertEqual(stops(answered), ["end_turn"])


class Receiver(http.server.ThreadingHTTPServer):
    """A webhook on loopback that gives every request the same answer, and keeps what it got."""

    def __init__(self, answer):
        self.answer, self.calls = json.dumps(answer).encode(), []
        super().__init__(("127.0.0.1", 0), ReceiverHandler)
        threading.Thread(target=self.serve_forever, args=(POLL_SECONDS,), daemon=True).start()


class ReceiverHandler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.calls.append((dict(self.headers.items()), body))
        self.send_response(200)
        self.send_header("content-length", str(len(self.server.answer)))
        self.end_headers()
        self.wfile.write(self.server.answer)

    def log_message(self, *_):
        pass


class HookTest(LoopCase):
    def asked(self, kind, answer):
        """(events of an invocation with this hook, what the receiver got)"""
        receiver = Receiver(answer)
        self.addCleanup(receiver.server_close)
        self.addCleanup(receiver.shutdown)
        url = f"http://127.0.0.1:{receiver.server_port}/hook"
        target = {"webhook": {"url": url, "secret": f"env:{HOOK_KEY}"}}
        model = self.script([echo("one")], [("text", "Done.")])
        harness = self.create_own(model, hooks=[{kind: {"name": "audit", "target": target}}])
        return self.invoke(harness), receiver.calls

    def test_hook_event_and_signature(self):
        reason = "looked at"
        events, calls = self.asked("beforeToolCall", {"decision": "allow", "reason": reason})
        [event] = of(events, "hookEvent")
        self.assertTrue(HOOK_EVENT_ID.fullmatch(event.pop("hookEventId")))
        expected = {"name": "audit", "type": "before_tool_call", "decision": "allow", "reason": reason}
        self.assertEqual(event, expected)
        self.assertIn("one ran", results_text(events))
        self.assert_known(events)
        [(headers, body)] = calls
        signed = headers["x-soma-timestamp"].encode() + b"." + body
        mac = hmac.new(self.soma.environment[HOOK_KEY].encode(), signed, hashlib.sha256).hexdigest()
        self.assertEqual(headers["x-soma-signature"], f"v1={mac}")

    def test_hook_stopped(self):
        for kind in ("beforeInvocation", "afterToolCall"):
            with self.subTest(kind):
                events, _ = self.asked(kind, {"decision": "deny", "reason": "closed"})
                self.assertEqual(stops(events)[-1], "hook_stopped")
                self.assertEqual([event["reason"] for event in of(events, "hookEvent")], ["closed"])


class ApprovalTest(LoopCase):
    def waiting(self, harness):
        """(session, its stream, the approval it waits for)"""
        session = session_id()
        stream = self.open(harness, session=session)

        def pending():
            _, body = self.soma.request("GET", "/api/approvals")
            return [approval for approval in body["approvals"] if approval["sessionId"] == session]

        [approval] = wait_until(pending)
        return session, stream, approval

    def answer(self, approval, **body):
        path = "/api/sessions/{harnessId}/{sessionId}/approvals/{approvalId}".format(**approval)
        return self.soma.request("POST", path, body)

    def test_the_stream_goes_on_when_it_is_answered(self):
        for decision, words in (("approve", "one ran"), ("deny", "a person denied it: because")):
            with self.subTest(decision):
                model = self.script([echo("one")], [("text", "Done.")])
                harness = self.create_own(model, approvals=ASK_FOR_SHELL)
                _, stream, approval = self.waiting(harness)
                status, body = self.answer(approval, decision=decision, reason="because")
                self.assertEqual((status, body["approval"]["decision"]), (200, decision))
                events = list(stream)
                self.assertIn(words, results_text(events))
                self.assertEqual(stops(events), ["tool_use", "tool_result", "end_turn"])
                self.assert_known(events)

    def test_frames_are_events_of_the_api_alone(self):
        """An invocation with everything of soma's own, read below boto3: JavaScript's SDK would drop it silently."""
        receiver = Receiver({"decision": "allow"})
        self.addCleanup(receiver.server_close)
        self.addCleanup(receiver.shutdown)
        target = {"webhook": {"url": f"http://127.0.0.1:{receiver.server_port}/"}}
        helper = self.create_own(self.script([("text", "found it")]))
        wrong, right = [("text", "no JSON")], [("text", '{"found": true}')]
        harness = self.create_own(
            self.script([echo("one"), ("tool", "helper", {"prompt": "find it"})], wrong, right),
            approvals=ASK_FOR_SHELL,
            hooks=[{"beforeToolCall": {"name": "audit", "target": target}}],
            tools=[{"type": "harness", "name": "helper", "config": {"harness": helper["harnessName"]}}],
            truncation={"strategy": "sliding_window", "config": {"slidingWindow": {"messagesCount": 1}}},
            outputSchema={"type": "object", "required": ["found"]},
        )
        members = self.data.meta.service_model.shape_for("InvokeHarnessStreamOutput").members
        frames, events = self.frames(harness)
        self.assertLessEqual(set(frames), set(members))
        self.assertIn("hookEvent", frames)
        own = {
            "approvalRequested",
            "approvalAnswered",
            "subagentStarted",
            "outputRejected",
            "invocationFinished",
        }
        self.assertLessEqual(own, set(events), "the other framing has them")

    def frames(self, harness):
        """(event types of the AWS framing, event names of the other) of one invocation that is approved."""
        session = session_id()
        token = {"x-soma-client-token": session}
        aws = {**token, "accept": "application/vnd.amazon.eventstream"}
        connection, response = self.soma.invoke(harness["arn"], "go", session, headers=aws)
        self.addCleanup(connection.close)
        pending = wait_until(lambda: self.pending_of(session))
        self.answer(pending, decision="approve")
        buffer = EventStreamBuffer()
        buffer.add_data(response.read())
        frames = [message.headers[":event-type"] for message in buffer]
        # The same invocation, from its first event: its token says so.
        again, response = self.soma.invoke(harness["arn"], "go", session, headers=token)
        self.addCleanup(again.close)
        return frames, re.findall(r"^event: (\w+)$", response.read().decode(), re.M)

    def pending_of(self, session):
        _, body = self.soma.request("GET", "/api/approvals")
        return next((entry for entry in body["approvals"] if entry["sessionId"] == session), None)


class LimitTest(LoopCase):
    def test_stop_reasons_that_the_api_does_not_have_pass(self):
        calls = [echo("one"), echo("two")]
        few = self.create_own(self.script(calls, [("text", "never")]), maxToolCalls=1)
        events = self.invoke(few)
        self.assertEqual(stops(events)[-1], "max_tool_calls_exceeded")
        self.assertNotIn("two ran", results_text(events))
        dear = self.create_own(self.script([("text", "never")], priced=True), maxCostUsd=1)
        self.assertEqual(stops(self.invoke(dear)), ["max_cost_exceeded"])

    def test_a_cap_on_cost_needs_a_price(self):
        model = {"provider": "openai", "modelId": "of-my-own", "apiBase": "http://127.0.0.1:9/v1"}
        with self.assertRaises(self.data.exceptions.ValidationException) as caught:
            self.invoke(self.create_own(model, maxCostUsd=1))
        self.assertIn("no price is known", caught.exception.response["Error"]["Message"])


if __name__ == "__main__":
    unittest.main()
