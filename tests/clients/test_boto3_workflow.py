"""The Step Functions API through boto3 and the AWS CLI: every operation is called, and what is told of kills."""

import json
import os
import subprocess
import sys
import time
import unittest

from somas import ROLE_ARN, SomaTest, new_name

PASS = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": {"answer": 42}, "End": True}}}
WAIT = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 3600, "End": True}}}


class WorkflowTest(SomaTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sfn = cls.client("stepfunctions", inject_host_prefix=False)

    def machine(self, definition=PASS, **more):
        name = more.pop("name", new_name("machine"))
        made = self.sfn.create_state_machine(
            name=name, definition=json.dumps(definition), roleArn=ROLE_ARN, **more
        )
        return made["stateMachineArn"]

    def ended(self, execution_arn):
        while True:
            execution = self.sfn.describe_execution(executionArn=execution_arn)
            if execution["status"] != "RUNNING":
                return execution
            time.sleep(0.02)

    def test_every_operation_of_the_model_is_known(self):
        for operation in self.sfn.meta.service_model.operation_names:
            with self.subTest(operation):
                status, error = self.raw(operation)
                self.assertNotEqual(error.get("__type"), "UnknownOperationException")
                self.assertIn(status, (200, 400), error)

    def raw(self, operation):
        headers = {
            "content-type": "application/x-amz-json-1.0",
            "x-amz-target": f"AWSStepFunctions.{operation}",
            "authorization": "AWS4-HMAC-SHA256 this is no signature",
        }
        return self.soma.request("POST", "/", {}, headers)

    def test_an_unknown_operation_is_told(self):
        status, error = self.raw("MakeCoffee")
        self.assertEqual(status, 400)
        self.assertEqual(error["__type"], "UnknownOperationException")

    def test_errors_are_the_models_exceptions(self):
        with self.assertRaises(self.sfn.exceptions.StateMachineDoesNotExist):
            self.sfn.describe_state_machine(
                stateMachineArn="arn:aws:states:us-east-1:000000000000:stateMachine:nobody"
            )
        with self.assertRaises(self.sfn.exceptions.InvalidArn):
            self.sfn.describe_execution(executionArn="nothing")
        with self.assertRaises(self.sfn.exceptions.InvalidName):
            self.sfn.create_activity(name="a b")

    def test_metadata_only_leaves_the_data_out(self):
        arn = self.machine()
        started = self.sfn.start_execution(stateMachineArn=arn)["executionArn"]
        self.ended(started)
        execution = self.sfn.describe_execution(executionArn=started, includedData="METADATA_ONLY")
        self.assertNotIn("output", execution)
        self.assertEqual(execution["inputDetails"], {"included": False})
        history = self.sfn.get_execution_history(executionArn=started, includeExecutionData=False)
        self.assertNotIn("input", history["events"][0]["executionStartedEventDetails"])

    def test_lists_come_in_pages(self):
        arn = self.machine()
        for number in range(5):
            self.ended(self.sfn.start_execution(stateMachineArn=arn, name=f"n{number}")["executionArn"])
        pages = self.sfn.get_paginator("list_executions").paginate(
            stateMachineArn=arn, PaginationConfig={"PageSize": 2}
        )
        names = [execution["name"] for page in pages for execution in page["executions"]]
        self.assertEqual(names, ["n4", "n3", "n2", "n1", "n0"])

    def test_machines_and_executions_survive_a_kill(self):
        arn = self.machine(WAIT, publish=True)
        started = self.sfn.start_execution(stateMachineArn=f"{arn}:1")["executionArn"]
        self.soma.kill()
        self.soma.start()
        type(self).sfn = self.client("stepfunctions", inject_host_prefix=False)
        self.assertEqual(self.sfn.describe_execution(executionArn=started)["status"], "RUNNING")
        versions = self.sfn.list_state_machine_versions(stateMachineArn=arn)["stateMachineVersions"]
        self.assertEqual([version["stateMachineVersionArn"] for version in versions], [f"{arn}:1"])
        self.sfn.stop_execution(executionArn=started)
        self.assertEqual(self.ended(started)["status"], "ABORTED")

    def test_deleting_a_machine_ends_its_executions(self):
        arn = self.machine(WAIT)
        started = self.sfn.start_execution(stateMachineArn=arn)["executionArn"]
        self.sfn.delete_state_machine(stateMachineArn=arn)
        self.assertEqual(self.ended(started)["status"], "ABORTED")
        with self.assertRaises(self.sfn.exceptions.StateMachineDoesNotExist):
            self.sfn.start_execution(stateMachineArn=arn)

    def test_one_state_is_tested_with_a_mock(self):
        machine = {
            "StartAt": "Send",
            "States": {
                "Send": {
                    "Type": "Task",
                    "Resource": "arn:aws:states:::sqs:sendMessage",
                    "Parameters": {"MessageBody.$": "$.text"},
                    "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 2, "MaxAttempts": 3}],
                    "Next": "Done",
                },
                "Done": {"Type": "Succeed"},
            },
        }
        asked = {"definition": json.dumps(machine), "stateName": "Send", "input": '{"text": "hi"}'}
        sent = self.sfn.test_state(**asked, inspectionLevel="DEBUG", mock={"result": '{"MessageId": "1"}'})
        self.assertEqual((sent["status"], sent["nextState"]), ("SUCCEEDED", "Done"))
        self.assertEqual(json.loads(sent["inspectionData"]["afterParameters"]), {"MessageBody": "hi"})
        busy = self.sfn.test_state(
            **asked,
            inspectionLevel="DEBUG",
            mock={"errorOutput": {"error": "Busy", "cause": "too many"}},
            stateConfiguration={"retrierRetryCount": 1},
        )
        self.assertEqual(busy["status"], "RETRIABLE")
        self.assertEqual(
            busy["inspectionData"]["errorDetails"], {"retryIndex": 0, "retryBackoffIntervalSeconds": 4}
        )
        with self.assertRaises(self.sfn.exceptions.ValidationException):
            self.sfn.test_state(**asked, mock={"result": '{"MessageId": 1}'})

    def test_the_command_line_of_aws_works(self):
        environment = {
            **os.environ,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_DEFAULT_REGION": "eu-central-1",
        }

        def aws(*arguments):
            command = [sys.executable, "-m", "awscli", "--endpoint-url", self.soma.info["url"], "stepfunctions"]
            done = subprocess.run(
                [*command, *arguments], env=environment, capture_output=True, text=True, timeout=60, check=True
            )
            return json.loads(done.stdout)

        made = aws(
            *("create-state-machine", "--name", new_name("cli"), "--role-arn", ROLE_ARN),
            *("--definition", json.dumps(PASS)),
        )
        started = aws("start-execution", "--state-machine-arn", made["stateMachineArn"], "--input", '{"a": 1}')
        self.ended(started["executionArn"])
        execution = aws("describe-execution", "--execution-arn", started["executionArn"])
        self.assertEqual(json.loads(execution["output"]), {"answer": 42})


if __name__ == "__main__":
    unittest.main()
