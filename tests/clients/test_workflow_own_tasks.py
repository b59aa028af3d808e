"""Agents, models, tools and memories as tasks of workflows, through boto3."""

import json

from somas import ROLE_ARN, Boto3Case, new_name, wait_until

OWN = "arn:soma:states:::"
ASK_FOR_SHELL = {"rules": [{"tool": "shell", "decision": "ask"}]}


def one_state(resource, parameters, **more):
    state = {"Type": "Task", "Resource": OWN + resource, "Parameters": parameters, "End": True, **more}
    return {"StartAt": "Ask", "States": {"Ask": state}}


class OwnTasksTest(Boto3Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connect()

    @classmethod
    def connect(cls):
        cls.sfn = cls.client("stepfunctions", inject_host_prefix=False)

    def start(self, definition, given=None):
        made = self.sfn.create_state_machine(
            name=new_name("machine"), definition=json.dumps(definition), roleArn=ROLE_ARN
        )
        started = self.sfn.start_execution(
            stateMachineArn=made["stateMachineArn"], input=json.dumps(given or {})
        )
        return started["executionArn"]

    def ended(self, execution):
        def end():
            seen = self.sfn.describe_execution(executionArn=execution)
            return seen if seen["status"] != "RUNNING" else None

        return wait_until(end)

    def output(self, definition, given=None):
        seen = self.ended(self.start(definition, given))
        self.assertEqual(seen["status"], "SUCCEEDED", seen)
        return json.loads(seen["output"])

    def failure(self, definition):
        seen = self.ended(self.start(definition))
        self.assertEqual(seen["status"], "FAILED", seen)
        return seen["error"], seen["cause"]

    def test_an_agent_answers(self):
        harness = self.create_own(self.script([("text", "It is fine.")]))
        parameters = {"Harness": harness["harnessName"], "Prompt.$": "$.change"}
        output = self.output(one_state("harness:invoke", parameters), {"change": "a line"})
        self.assertEqual((output["Text"], output["StopReason"]), ("It is fine.", "end_turn"))
        self.assertEqual(output["Usage"]["outputTokens"], 5)
        session = self.soma.run_of(output["SessionId"])
        self.assertEqual((session["title"], session["invocations"]), ("a line", 1))

    def test_an_agents_structured_answer_is_the_output(self):
        schema = {"type": "object", "properties": {"fine": {"type": "boolean"}}, "required": ["fine"]}
        harness = self.create_own(
            self.script([("text", '{"fine": true}')]), outputSchema=schema
        )
        parameters = {"Harness": harness["harnessName"], "Prompt": "look"}
        self.assertEqual(self.output(one_state("harness:invoke", parameters))["Output"], {"fine": True})

    def test_an_agent_that_did_not_finish_is_an_error_to_catch(self):
        harness = self.create_own(self.script([("tool", "shell", {"command": "true"})]), maxIterations=1)
        parameters = {"Harness": harness["harnessName"], "Prompt": "look"}
        error, cause = self.failure(one_state("harness:invoke", parameters))
        self.assertEqual(error, "Harness.MaxIterationsExceeded")
        self.assertIn("max_iterations_exceeded", cause)

    def test_what_is_wrong_with_a_call_is_told(self):
        for resource, parameters, error, words in (
            ("harness:invoke", {"Harness": "nobody", "Prompt": "x"}, "Harness.NotFound", "nobody"),
            ("harness:invoke", {"Harness": "nobody", "Promt": "x"}, "Harness.InvalidArgument", "Promt"),
            ("harness:invoke", {"Harness": "nobody"}, "Harness.InvalidArgument", "Prompt"),
            ("model:converse", {"Model": {"provider": "nobody"}, "Prompt": "x"}, "Model.InvalidArgument", "nobody"),
            ("tool:call", {"Tool": "dance"}, "Tool.InvalidArgument", "dance"),
            ("memory:recall", {"Memory": "nothing", "ActorId": "a", "Query": "x"}, "Memory.NotFound", "nothing"),
            ("memory:createEvent", {"ActorId": "a", "Text": "x"}, "Memory.InvalidArgument", "Memory"),
            ("memory:retrieve", {"Memory": "m", "Querry": "x"}, "Memory.InvalidArgument", "Querry"),
        ):
            with self.subTest(resource=resource, parameters=parameters):
                told, cause = self.failure(one_state(resource, parameters))
                self.assertEqual(told, error)
                self.assertIn(words, cause)

    def test_a_stopped_execution_cancels_its_agent(self):
        harness = self.create_own(
            self.script([("tool", "shell", {"command": "true"})], [("text", "Done.")]), approvals=ASK_FOR_SHELL
        )
        parameters = {"Harness": harness["harnessName"], "Prompt": "look"}
        execution = self.start(one_state("harness:invoke", parameters))
        [approval] = wait_until(lambda: self.approvals(harness))
        self.sfn.stop_execution(executionArn=execution)
        self.assertTrue(wait_until(lambda: not self.approvals(harness)))
        self.assertTrue(wait_until(lambda: self.soma.run_of(approval["sessionId"])["status"] == "idle"))

    def approvals(self, harness):
        _, body = self.soma.request("GET", "/api/approvals")
        return [entry for entry in body["approvals"] if entry["harnessId"] == harness["harnessId"]]

    def test_a_kill_while_the_agent_waits_begins_no_second_one(self):
        harness = self.create_own(
            self.script([("tool", "shell", {"command": "true"})], [("text", "Done.")]), approvals=ASK_FOR_SHELL
        )
        parameters = {"Harness": harness["harnessName"], "Prompt": "look"}
        execution = self.start(one_state("harness:invoke", parameters))
        wait_until(lambda: self.approvals(harness))
        self.soma.kill()
        self.soma.start()
        self.connect()  # another port, when the old one was taken meanwhile
        self.assertEqual(self.sfn.describe_execution(executionArn=execution)["status"], "RUNNING")
        [approval] = wait_until(lambda: self.approvals(harness))
        path = "/api/sessions/{harnessId}/{sessionId}/approvals/{approvalId}".format(**approval)
        self.assertEqual(self.soma.request("POST", path, {"decision": "approve"})[0], 200)
        output = json.loads(self.ended(execution)["output"])
        self.assertEqual(output["Text"], "Done.")
        started = [
            event for event in self.soma.events(approval_run(self.soma, approval)) if event["type"] == "invocation.started"
        ]
        self.assertEqual(len(started), 1)

    def test_a_model_answers(self):
        model = {"provider": "replay", "modelId": self.script([("text", "Four.")])["liteLlmModelConfig"]["modelId"].removeprefix("replay/")}
        parameters = {"Model": model, "System": "You count.", "Prompt": "2 + 2"}
        output = self.output(one_state("model:converse", parameters))
        self.assertEqual((output["Text"], output["StopReason"]), ("Four.", "end_turn"))
        self.assertEqual(output["Message"]["role"], "assistant")

    def memory(self):
        facts = {"semanticMemoryStrategy": {"name": "Facts", "namespaceTemplates": ["/facts/{actorId}/"]}}
        return self.control.create_memory(
            name=new_name("m"), eventExpiryDuration=30, memoryStrategies=[facts]
        )["memory"]["id"]

    def test_a_memory_keeps_and_finds(self):
        memory = self.memory()
        keep = {"Memory": memory, "ActorId": "anna", "SessionId": "s1", "Text.$": "$.said"}
        kept = self.output(one_state("memory:createEvent", keep), {"said": "I live in Lisbon."})
        self.assertEqual((kept["ActorId"], kept["SessionId"]), ("anna", "s1"))
        recall = {"Memory": memory, "ActorId": "anna", "Query": "Lisbon"}
        [message] = self.output(one_state("memory:recall", recall))["Messages"]
        self.assertEqual((message["Text"], message["EventId"]), ("I live in Lisbon.", kept["EventId"]))
        self.assertEqual(self.soma.request("POST", f"/api/memories/{memory}/settle")[0], 200)
        find = {"Memory": memory, "Namespace": "/facts/anna/", "Query": "Where does Anna live?", "TopK": 1}
        [found] = self.output(one_state("memory:retrieve", find))["Records"]
        self.assertIn("Lisbon", found["Text"])
        note = {"Memory": memory, "Namespace": "/notes/", "Text": "The safe is under the floor."}
        noted = self.output(one_state("memory:remember", note))
        find = {"Memory": memory, "NamespacePath": "/notes", "Query": "safe"}
        [found] = self.output(one_state("memory:retrieve", find))["Records"]
        self.assertEqual(found["RecordId"], noted["RecordId"])

    def test_a_document_is_kept_as_it_is(self):
        memory = self.memory()
        keep = {"Memory": memory, "ActorId": "anna", "SessionId": "s1", "Document.$": "$"}
        self.output(one_state("memory:createEvent", keep), {"order": 7})
        [event] = self.data.list_events(memoryId=memory, actorId="anna", sessionId="s1")["events"]
        self.assertEqual(event["payload"], [{"json": {"content": {"order": 7}}}])

    def test_code_runs_in_a_sandbox_of_its_own(self):
        parameters = {"Tool": "executeCode", "Arguments": {"language": "python", "code.$": "$.code"}}
        output = self.output(one_state("tool:call", parameters), {"code": "print(6 * 7)"})
        self.assertEqual(output["Text"].strip(), "42")
        self.assertEqual(output["Result"]["exitCode"], 0)
        error, cause = self.failure(
            one_state("tool:call", {"Tool": "executeCommand", "Arguments": {"command": "ls /nowhere"}})
        )
        self.assertEqual(error, "Tool.Failed")
        self.assertIn("/nowhere", cause)
        sessions = self.data.list_code_interpreter_sessions(codeInterpreterIdentifier="aws.codeinterpreter.v1")
        self.assertEqual({entry["status"] for entry in sessions["items"]}, {"TERMINATED"})


def approval_run(soma, approval):
    return soma.run_of(approval["sessionId"])["runId"]
