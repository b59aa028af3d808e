"""docs/openapi.yaml says what soma's own routes of workflows answer: each is called as it should be, and for
something that is not there."""

import re
import unittest
import urllib.parse

from openapi import OpenApiCase, operations
from somas import new_name

PASS = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
WAIT = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 3600, "End": True}}}

# The order in which they build on each other.
ORDER = [
    *("createMachine", "listMachines", "getMachine", "validateDefinition", "updateMachine"),
    *("publishMachineVersion", "listMachineVersions", "createMachineAlias", "listMachineAliases"),
    *("updateMachineAlias", "startExecution", "listExecutions", "getExecution", "getExecutionHistory"),
    *("stopExecution", "redriveExecution", "deleteMachineAlias", "deleteMachineVersion", "deleteMachine"),
    "callStepFunctions",
]


def workflow_operations():
    found = {entry[2]["operationId"]: entry for entry in operations() if "workflow" in entry[2]["tags"]}
    return [found.pop(name) for name in ORDER] + list(found.values())


class WorkflowOpenApiTest(OpenApiCase):
    def perform(self, path, method, name, machine):
        parameters = {"machine": machine, "version": "1", "alias": "live", "execution": "first"}
        bodies = {
            "createMachine": {"name": machine, "definition": WAIT, "tags": {"team": "a"}},
            "updateMachine": {"definition": WAIT, "roleArn": "arn:aws:iam::000000000000:role/other"},
            "validateDefinition": {"definition": {"StartAt": "Nowhere", "States": PASS["States"]}},
            "publishMachineVersion": {"description": "words"},
            "createMachineAlias": {"name": "live", "routes": [{"version": 1, "weight": 100}]},
            "updateMachineAlias": {"description": "other words"},
            "startExecution": {"name": "first", "input": {"a": 1}},
            "stopExecution": {"error": "Enough", "cause": "a test"},
            "callStepFunctions": {},
        }
        target = re.sub(r"{(\w+)}", lambda match: urllib.parse.quote(parameters[match[1]], safe=""), path)
        return self.call(method, target, bodies.get(name), {"x-amz-target": "AWSStepFunctions.ListActivities"})

    def test_operations_answer_as_documented(self):
        machine = new_name("documented")
        for path, method, operation in workflow_operations():
            name = operation["operationId"]
            with self.subTest(name):
                status, media, body = self.perform(path, method, name, machine)
                self.assertLess(status, 300, body)
                self.check(operation, status, media, body)

    def test_what_is_not_there_is_a_documented_error(self):
        for path, method, operation in workflow_operations():
            if "404" in operation["responses"]:
                with self.subTest(operation["operationId"]):
                    status, media, body = self.perform(path, method, operation["operationId"], "nobody")
                    self.assertEqual(status, 404, body)
                    self.check(operation, status, media, body)

    def test_an_answer_waits_for_the_end_as_long_as_it_is_told(self):
        machine = new_name("waits")
        pause = {"StartAt": "P", "States": {"P": {"Type": "Wait", "Seconds": 1, "Next": "E"}, "E": {"Type": "Succeed"}}}
        self.call("POST", "/api/workflow/machines", {"name": machine, "definition": pause})
        executions = f"/api/workflow/machines/{machine}/executions"
        status, _, body = self.call("POST", f"{executions}?wait=30", {"name": "whole", "input": {"a": 1}})
        self.assertEqual((status, body["execution"]["status"]), (201, "SUCCEEDED"), body)
        self.call("POST", executions, {"name": "later"})
        status, _, body = self.call("GET", f"/api/workflow/executions/{machine}/later?wait=30")
        self.assertEqual((status, body["execution"]["status"]), (200, "SUCCEEDED"), body)
        self.call("PATCH", f"/api/workflow/machines/{machine}", {"definition": WAIT})
        status, _, body = self.call("POST", f"{executions}?wait=1", {"name": "long"})
        self.assertEqual((status, body["execution"]["status"]), (201, "RUNNING"), body)
        status, _, body = self.call("POST", f"{executions}?wait=61", {"name": "longer"})
        self.assertEqual(status, 400, body)
        self.assertEqual(self.call("GET", f"/api/workflow/executions/{machine}/longer")[0], 404)

    def test_a_wrong_definition_is_told_with_its_places(self):
        wrong = '{\n  "StartAt": "Nowhere",\n  "States": {"A": {"Type": "Succeed"}}\n}'
        body = {"name": new_name("wrong"), "definition": wrong}
        status, _, answer = self.call("POST", "/api/workflow/machines", body)
        self.assertEqual(status, 400, answer)
        self.assertEqual([entry["line"] for entry in answer["diagnostics"]], [2, 3])

    def test_executions_are_found_by_the_beginning_of_their_names(self):
        machine = new_name("named")
        self.call("POST", "/api/workflow/machines", {"name": machine, "definition": PASS})
        for name in ("day-1", "night-1", "day-2", "night-2"):
            self.call("POST", f"/api/workflow/machines/{machine}/executions", {"name": name})
        names, query = [], {"machine": machine, "namePrefix": "day-", "limit": "1"}
        while True:
            _, _, page = self.call("GET", f"/api/workflow/executions?{urllib.parse.urlencode(query)}")
            names += [execution["name"] for execution in page["executions"]]
            if "nextToken" not in page:
                break
            query["nextToken"] = page["nextToken"]
        self.assertEqual(names, ["day-2", "day-1"])

    def test_an_unknown_member_is_told_with_the_nearest(self):
        body = {"name": new_name("wrong"), "definitoin": PASS}
        status, _, answer = self.call("POST", "/api/workflow/machines", body)
        self.assertEqual(status, 400, answer)
        self.assertIn("did you mean 'definition'?", answer["hint"])


if __name__ == "__main__":
    unittest.main()
