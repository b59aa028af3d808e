"""docs/openapi.yaml is valid, names the routes that soma has, and says what they answer."""

import re
import unittest
import urllib.parse

import openapi_spec_validator

from openapi import DOCUMENT, OpenApiCase, errors_of, journal_bodies, operations, problems, schema_of
from somas import ROOT, new_name, session_id, wait_until

SESSION_HEADER = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"
WEBSOCKET_HEADERS = {
    "connection": "Upgrade",
    "upgrade": "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "c29tYSdzIG93biBrZXkhIQ==",
}


def routes_in_the_code():
    """METHOD /path of each route that is mounted, parameters without their names."""
    found = set()
    for folder in ("src/services", "src/app/server"):
        for source in (ROOT / folder).rglob("*.cpp"):
            if source.name.endswith("_test.cpp"):
                continue
            found |= set(re.findall(r'router\.add\(\s*"([A-Z]+)",\s*"([^"]+)"', source.read_text()))
    return {f"{method} {re.sub(r'{[^}]*}', '{}', path)}" for method, path in found}


def own_operations():
    """All but those of workflows and memories, which have tests of their own."""
    return [entry for entry in operations() if not {"workflow", "memory"} & set(entry[2]["tags"])]


class OpenApiTest(OpenApiCase):
    """Each operation is called once as it should be, and once for something that is not there."""

    def setUp(self):
        self.session = session_id()
        self.harness = self.soma.create_harness({"harnessName": new_name(), "model": {"provider": "reflex"}})
        connection, response = self.soma.invoke(self.harness["harnessId"], "list the files", self.session)
        response.read()
        connection.close()
        self.run_id = self.soma.run_of(self.session)["runId"]
        self.approval = None
        _, started = self.soma.request("PUT", "/code-interpreters/aws.codeinterpreter.v1/sessions/start", {})
        self.code_session = started["sessionId"]
        self.browser_session = None

    def waiting_approval(self):
        """An approval that is pending, made when it is first needed."""
        if not self.approval:
            rules = {"rules": [{"tool": "*", "decision": "ask"}]}
            model = {"provider": "reflex"}
            harness = self.soma.create_harness(
                {"harnessName": new_name(), "model": model, "approvals": rules}
            )
            connection, _ = self.soma.invoke(harness["harnessId"], "list the files")
            self.addCleanup(connection.close)

            def pending():
                _, body = self.soma.request("GET", "/api/approvals")
                return [entry for entry in body["approvals"] if entry["harnessId"] == harness["harnessId"]]

            [self.approval] = wait_until(pending)
        return self.approval

    def open_browser_session(self):
        """A browser session, started when it is first needed."""
        if not self.browser_session:
            _, started = self.soma.request("PUT", "/browsers/aws.browser.v1/sessions/start", {})
            self.browser_session = started["sessionId"]
            stop = f"/browsers/aws.browser.v1/sessions/stop?sessionId={self.browser_session}"
            self.addCleanup(self.soma.request, "PUT", stop)
        return self.browser_session

    def browser_arguments(self, name, there):
        """(path parameters, query, body, headers) of an operation on browsers."""
        session = self.open_browser_session() if there else "none"
        parameters = {
            "browserIdentifier": "aws.browser.v1" if there else "nobody",
            "profileIdentifier": "work-0123456789",
            "sessionId": session,
        }
        queries = {
            "getBrowserSession": {"sessionId": session},
            "stopBrowserSession": {"sessionId": session},
            "updateBrowserStream": {"sessionId": session},
            "viewBrowserSession": {"pictures": 1},
        }
        enabled = {"automationStreamUpdate": {"streamStatus": "ENABLED"}}
        bodies = {
            "updateBrowserStream": {"streamUpdate": enabled},
            "invokeBrowser": {"action": {"screenshot": {}}},
            "saveBrowserSessionProfile": {
                "browserIdentifier": parameters["browserIdentifier"],
                "sessionId": session,
            },
        }
        return parameters, queries.get(name), bodies.get(name), {"x-amzn-browser-session-id": session}

    def arguments(self, there):
        """Path parameters, queries, bodies and headers; with there=False, of things that do not exist."""
        harness = self.harness["harnessId"] if there else "nobody-0000000000"
        session = self.session if there else session_id()
        parameters = {
            "harnessId": harness,
            "harness": harness,
            "agentRuntimeArn": self.harness["arn"] if there else harness,
            "sessionId": session,
            "runId": self.run_id if there else "session/none",
            "path": "notes.txt" if there else "none.txt",
            "approvalId": "apr_none",
            "endpointName": "production",
            "codeInterpreterIdentifier": "aws.codeinterpreter.v1" if there else "nobody",
        }
        queries = {"invokeHarness": {"harnessArn": harness}}
        for name in ("getCodeInterpreterSession", "stopCodeInterpreterSession"):
            queries[name] = {"sessionId": self.code_session}
        bodies = {
            "createHarness": {"harnessName": new_name(), "model": {"provider": "reflex"}},
            "updateHarness": {"maxIterations": 20},
            "createHarnessEndpoint": {"endpointName": "production", "description": "What customers reach"},
            "updateHarnessEndpoint": {"targetVersion": "1"},
            "invokeHarness": {"messages": [{"role": "user", "content": [{"text": "list the files"}]}]},
            "invokeRuntimeCommand": {"command": "echo words > notes.txt"},
            "answerApproval": {"decision": "deny", "reason": "not needed"},
            "invokeCodeInterpreter": {"name": "executeCode", "arguments": {"code": "6 * 7"}},
        }
        return parameters, queries, bodies, {SESSION_HEADER: session}

    def perform(self, path, method, operation, there=True):
        parameters, queries, bodies, headers = self.arguments(there)
        name = operation["operationId"]
        if there and name in ("listApprovals", "answerApproval"):
            approval = self.waiting_approval()
            parameters |= {key: approval[key] for key in ("sessionId", "approvalId")}
            parameters["harness"] = approval["harnessId"]
        if "browser" in operation["tags"]:
            parameters, query, body, headers = self.browser_arguments(name, there)
            queries, bodies = {name: query} if query else {}, {name: body}
        target = re.sub(r"{(\w+)}", lambda match: urllib.parse.quote(parameters[match[1]], safe=""), path)
        if name in queries:
            target += "?" + urllib.parse.urlencode(queries[name])
        if "101" in operation["responses"]:
            headers |= WEBSOCKET_HEADERS
        return self.call(method, target, bodies.get(name), headers)

    def test_document_is_valid(self):
        openapi_spec_validator.validate(DOCUMENT)

    def test_examples_fit_their_schemas(self):
        for path, method, operation in operations():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if content and "example" in content:
                with self.subTest(f"{method} {path}"):
                    self.assertEqual(errors_of(content["example"], content["schema"]), [])

    def test_paths_are_the_routes(self):
        documented = {
            f"{method.upper()} {re.sub(r'{[^}]*}', '{}', path)}" for path, method, _ in operations()
        }
        self.assertEqual(documented, routes_in_the_code())

    def test_operations_answer_as_documented(self):
        # An approval is listed while nobody has answered it; a file is there only when a command has made it; what ends
        # sessions comes then, the harness's end last.
        late = ["answerApproval", "stopBrowserSession", "getSessionFile", "endSession", "deleteHarnessEndpoint", "deleteHarness"]
        place = {name: 1 + number for number, name in enumerate(late)}
        order = sorted(own_operations(), key=lambda entry: place.get(entry[2]["operationId"], 0))
        for path, method, operation in order:
            with self.subTest(operation["operationId"]):
                status, media, body = self.perform(path, method, operation)
                if operation["operationId"] == "cancelInvocation":
                    self.assertEqual(status, 412, body)  # nothing runs any more
                elif operation["operationId"] != "getConsole":  # it may not be built
                    self.assertLess(status, 300, body)
                self.check(operation, status, media, body)

    def test_what_is_not_there_is_a_documented_error(self):
        for path, method, operation in own_operations():
            if "404" not in operation["responses"]:
                continue
            with self.subTest(operation["operationId"]):
                status, media, body = self.perform(path, method, operation, there=False)
                self.assertEqual(status, 404, body)
                self.check(operation, status, media, body)

    def test_journal_events_have_their_bodies(self):
        bodies = journal_bodies()
        self.assertGreater(len(bodies), 8)
        body = {"command": "head -c 70000000 /dev/zero", "timeout": 30}
        path = f"/runtimes/{self.harness['harnessId']}/commands"
        self.call("POST", path, body, {SESSION_HEADER: self.session})
        self.call("DELETE", f"/api/sessions/{self.harness['harnessId']}/{self.session}")
        seen = set()
        for event in self.soma.events(self.run_id):
            seen.add(event["type"])
            streamed = event["type"] == "stream"
            name = "WireEvent" if streamed else bodies.get(event["type"])
            for value in event["body"] if streamed else [event["body"]]:
                with self.subTest(event["type"]):
                    self.assertIsNotNone(name, "a type that is not documented")
                    self.assertEqual(problems(value, schema_of(name)), [])
        self.assertLessEqual(
            {"stream", "model.result", "tool.result", "exec.finished", "session.ended"}, seen
        )

    def test_stated_limits_are_limits(self):
        wrong = [
            ("GET", "/harnesses?maxResults=1001", None),
            ("GET", "/api/sessions?limit=1001", None),
            ("GET", f"/api/runs/{urllib.parse.quote(self.run_id, safe='')}/events?limit=1001", None),
            ("POST", "/harnesses", {"harnessName": "x" * 41, "model": {"provider": "reflex"}}),
            ("POST", "/harnesses", {"harnessName": new_name(), "model": {"provider": "reflex"}, "toolz": []}),
            ("POST", f"/harnesses/{self.harness['harnessId']}/endpoints", {"endpointName": "x" * 49}),
            ("POST", f"/runtimes/{self.harness['harnessId']}/commands", {"command": "true", "timeout": 3601}),
        ]
        for method, path, body in wrong:
            with self.subTest(path):
                status, _, answer = self.call(method, path, body)
                self.assertEqual(status, 400, answer)
                self.assertEqual(problems(answer, schema_of("Error")), [])


if __name__ == "__main__":
    unittest.main()
