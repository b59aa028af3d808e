"""Code interpreter sessions through boto3, and through the AgentCore SDK's own client."""

import contextlib
import io

import boto3
import botocore.exceptions
from bedrock_agentcore.tools.code_interpreter_client import CodeInterpreter

import manual
from somas import Boto3Case, wait_until

IDENTIFIER = "aws.codeinterpreter.v1"


class CodeInterpreterTest(Boto3Case):
    def setUp(self):
        started = self.data.start_code_interpreter_session(codeInterpreterIdentifier=IDENTIFIER, name="test")
        self.session = started["sessionId"]
        self.addCleanup(self.stop, self.session)

    def stop(self, session):
        return self.data.stop_code_interpreter_session(codeInterpreterIdentifier=IDENTIFIER, sessionId=session)

    def call(self, name, session=None, **arguments):
        answer = self.data.invoke_code_interpreter(
            codeInterpreterIdentifier=IDENTIFIER, sessionId=session or self.session, name=name, arguments=arguments
        )
        [event] = answer["stream"]
        return event["result"]

    def refused(self, error, **request):
        with self.assertRaises(getattr(self.data.exceptions, error)):
            self.data.invoke_code_interpreter(
                **{"codeInterpreterIdentifier": IDENTIFIER, "sessionId": self.session, **request}
            )

    def test_sessions_are_started_got_listed_and_stopped(self):
        got = self.data.get_code_interpreter_session(codeInterpreterIdentifier=IDENTIFIER, sessionId=self.session)
        self.assertEqual((got["status"], got["name"], got["sessionTimeoutSeconds"]), ("READY", "test", 900))
        stopped = self.data.start_code_interpreter_session(codeInterpreterIdentifier=IDENTIFIER)["sessionId"]
        self.stop(stopped)
        self.stop(stopped)

        def listed(**more):
            items = self.data.list_code_interpreter_sessions(codeInterpreterIdentifier=IDENTIFIER, **more)["items"]
            return {item["sessionId"]: item["status"] for item in items}

        self.assertEqual(listed()[stopped], "TERMINATED")
        self.assertEqual(listed()[self.session], "READY")
        self.assertNotIn(stopped, listed(status="READY"))
        self.assertNotIn(self.session, listed(status="TERMINATED"))
        first = self.data.list_code_interpreter_sessions(codeInterpreterIdentifier=IDENTIFIER, maxResults=1)
        second = self.data.list_code_interpreter_sessions(
            codeInterpreterIdentifier=IDENTIFIER, maxResults=1, nextToken=first["nextToken"]
        )
        self.assertNotEqual(first["items"][0]["sessionId"], second["items"][0]["sessionId"])
        self.refused("ResourceNotFoundException", sessionId=stopped, name="executeCode", arguments={"code": "1"})

    def test_the_same_token_starts_one_session(self):
        token = "a-client-token-of-at-least-33-characters"
        first, second = (
            self.data.start_code_interpreter_session(codeInterpreterIdentifier=IDENTIFIER, clientToken=token)["sessionId"]
            for _ in range(2)
        )
        self.assertEqual(first, second)
        self.stop(first)

    def test_code_keeps_its_state_and_tells_output_and_exit_code(self):
        self.call("executeCode", code="x = 40", language="python")
        result = self.call("executeCode", code="import sys; print('err', file=sys.stderr); x + 2", language="python")
        self.assertFalse(result["isError"])
        self.assertEqual(result["structuredContent"]["stdout"], "42\n")
        self.assertEqual(result["structuredContent"]["stderr"], "err\n")
        self.assertEqual(result["structuredContent"]["exitCode"], 0)
        self.assertEqual(result["content"], [{"type": "text", "text": "42\nerr\n"}])
        failed = self.call("executeCode", code="1 / 0", language="python")
        self.assertTrue(failed["isError"])
        self.assertIn("ZeroDivisionError", failed["structuredContent"]["stderr"])
        cleared = self.call("executeCode", code="x", language="python", clearContext=True)
        self.assertIn("NameError", cleared["structuredContent"]["stderr"])
        script = self.call("executeCode", code="[1, 2].map(n => n * 2)", language="javascript", runtime="nodejs")
        self.assertIn("2, 4", script["structuredContent"]["stdout"])

    def test_a_session_is_made_when_none_is_named(self):
        answer = self.data.invoke_code_interpreter(
            codeInterpreterIdentifier=IDENTIFIER, name="executeCommand", arguments={"command": "echo here"}
        )
        self.assertEqual(list(answer["stream"])[0]["result"]["structuredContent"]["stdout"], "here\n")
        self.assertNotEqual(answer["sessionId"], self.session)
        self.stop(answer["sessionId"])

    def test_files_are_written_listed_read_and_removed(self):
        self.call("writeFiles", content=[{"path": "d/a.txt", "text": "words ä"}, {"path": "b.bin", "blob": b"\x00\xff"}])
        listed = {item["name"]: item for item in self.call("listFiles", directoryPath="")["content"]}
        self.assertEqual({name: item["description"] for name, item in listed.items()}, {"b.bin": "File", "d": "Directory"})
        self.assertEqual((listed["b.bin"]["type"], listed["b.bin"]["size"]), ("resource_link", 2))
        text, blob = (item["resource"] for item in self.call("readFiles", paths=["d/a.txt", "/workspace/b.bin"])["content"])
        self.assertEqual((text["type"], text["text"], text["uri"]), ("text", "words ä", "file:///workspace/d/a.txt"))
        self.assertEqual((blob["type"], blob["blob"]), ("blob", b"\x00\xff"))
        self.assertIn("words", self.call("executeCommand", command="cat d/a.txt")["structuredContent"]["stdout"])
        self.assertFalse(self.call("removeFiles", paths=["d", "b.bin"])["isError"])
        self.assertEqual(self.call("listFiles", directoryPath=".")["content"], [])

    def test_nothing_leads_out_of_the_workspace(self):
        self.call("executeCommand", command="ln -s / out")
        for arguments in ({"paths": ["out/etc/passwd"]}, {"paths": ["../../secret"]}, {"paths": ["none"]}):
            self.assertTrue(self.call("readFiles", **arguments)["isError"])
        self.assertTrue(self.call("writeFiles", content=[{"path": "out/tmp/x", "text": "x"}])["isError"])
        self.assertTrue(self.call("listFiles", directoryPath="out")["isError"])
        self.assertTrue(self.call("removeFiles", paths=["none"])["isError"])

    def test_tasks_go_on_behind_their_call(self):
        task = self.call("startCommandExecution", command="echo begun; until test -e go; do sleep 0.01; done; exit 3")
        task_id = task["structuredContent"]["taskId"]
        self.assertEqual(task["structuredContent"]["taskStatus"], "submitted")

        def status():
            return self.call("getTask", taskId=task_id)["structuredContent"]

        self.assertEqual(wait_until(lambda: status()["taskStatus"] == "working" and "working"), "working")
        self.call("executeCommand", command="touch go")
        self.assertTrue(wait_until(lambda: status()["taskStatus"] == "completed"))
        self.assertEqual((status()["stdout"], status()["exitCode"]), ("begun\n", 3))
        other = self.call("startCommandExecution", command="sleep 1000")["structuredContent"]["taskId"]
        stopped = self.call("stopTask", taskId=other)["structuredContent"]
        self.assertEqual(stopped["taskStatus"], "canceled")
        self.refused("ValidationException", name="getTask", arguments={"taskId": "none"})

    def test_stopping_ends_what_runs(self):
        self.call("startCommandExecution", command="sleep 1000")
        self.stop(self.session)
        got = self.data.get_code_interpreter_session(codeInterpreterIdentifier=IDENTIFIER, sessionId=self.session)
        self.assertEqual(got["status"], "TERMINATED")

    def test_a_session_ends_when_its_time_is_over(self):
        session, result = self.caught_by_the_end()
        self.assertTrue(result["isError"])
        self.assertIn("the session ended before the code did", result["structuredContent"]["stderr"])

        def status():
            got = self.data.get_code_interpreter_session(codeInterpreterIdentifier=IDENTIFIER, sessionId=session)
            return got["status"]

        self.assertTrue(wait_until(lambda: status() == "TERMINATED"))

    def caught_by_the_end(self):
        """(a session, the result of code that ran when its time was over). A session that was over before the code came is tried with
        more time."""
        for seconds in (1, 2, 4, 8, 16, 32):
            with contextlib.suppress(self.data.exceptions.ResourceNotFoundException):
                started = self.data.start_code_interpreter_session(
                    codeInterpreterIdentifier=IDENTIFIER, sessionTimeoutSeconds=seconds
                )
                session = started["sessionId"]
                self.call("executeCode", session, code="1", language="python")  # the interpreter is there
                return session, self.call("executeCode", session, code="import time; time.sleep(600)", language="python")
        self.fail("a session of 32 s was over before code came")

    def test_what_cannot_be_asked_is_an_exception(self):
        self.refused("ValidationException", name="executeCode", arguments={"code": "1", "language": "typescript"})
        self.refused("ValidationException", name="executeCode", arguments={"language": "python"})
        self.refused("ResourceNotFoundException", codeInterpreterIdentifier="mine-1234567890", name="listFiles", arguments={})
        self.refused("ResourceNotFoundException", sessionId="none", name="listFiles", arguments={})
        for wrong in ({"sessionTimeoutSeconds": 28801}, {"certificates": [{"location": {"secretsManager": {"secretArn": "arn:aws:secretsmanager:us-east-1:000000000000:secret:x"}}}]}):
            with self.assertRaises(botocore.exceptions.ClientError) as raised:
                self.data.start_code_interpreter_session(codeInterpreterIdentifier=IDENTIFIER, **wrong)
            self.assertEqual(raised.exception.response["Error"]["Code"], "ValidationException")

    def test_the_agentcore_sdk_works_with_it(self):
        client = CodeInterpreter("us-east-1", boto3.Session(aws_access_key_id="local", aws_secret_access_key="local"))
        client.data_plane_client = self.data
        client.start()
        self.addCleanup(client.stop)
        client.upload_file("data.csv", "a,b\n1,2\n")
        [event] = client.execute_code("open('data.csv').read().count(',')")["stream"]
        self.assertEqual(event["result"]["structuredContent"]["stdout"], "2\n")
        self.assertEqual(client.download_file("data.csv"), "a,b\n1,2\n")
        self.assertEqual(client.get_session()["status"], "READY")

    def test_the_manuals_example_runs(self):
        [code] = manual.blocks("code-interpreter.md", "python")
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code.replace("http://127.0.0.1:8642", self.soma.info["url"]), "docs/code-interpreter.md", "exec"), {})
        self.assertEqual(printed.getvalue(), "42\n\n")

    def test_a_restart_ends_sessions(self):
        self.soma.kill()
        self.soma.start()
        type(self).data = self.client("bedrock-agentcore")

        def status():
            got = self.data.get_code_interpreter_session(codeInterpreterIdentifier=IDENTIFIER, sessionId=self.session)
            return got["status"]

        self.assertTrue(wait_until(lambda: status() == "TERMINATED"))
