"""boto3 and harness endpoints: which version an invocation and a command get."""

import unittest

from somas import Boto3Case, session_id


class EndpointsTest(Boto3Case):
    def endpoint(self, harness, name, **more):
        answer = self.control.create_harness_endpoint(
            harnessId=harness["harnessId"], endpointName=name, **more
        )
        return answer["endpoint"]

    def two_versions(self):
        """A harness whose first version says One, whose second says Two."""
        harness = self.create(self.script([("text", "One")]))
        model = self.script([("text", "Two")])
        self.control.update_harness(harnessId=harness["harnessId"], model=model)
        return harness

    def said(self, harness, **more):
        events = self.invoke(harness, **more)
        return "".join(
            event["contentBlockDelta"]["delta"].get("text", "")
            for event in events
            if "contentBlockDelta" in event
        )

    def test_the_qualifier_chooses_the_version(self):
        harness = self.two_versions()
        self.endpoint(harness, "stable", targetVersion="1", description="What customers reach")
        self.assertEqual(self.said(harness, qualifier="stable"), "One")
        self.assertEqual(self.said(harness, qualifier="DEFAULT"), "Two")
        self.control.update_harness_endpoint(
            harnessId=harness["harnessId"], endpointName="stable", targetVersion="2"
        )
        self.assertEqual(self.said(harness, qualifier="stable"), "Two")

    def test_an_unknown_qualifier_is_not_found(self):
        harness = self.create()
        with self.assertRaises(self.data.exceptions.ResourceNotFoundException):
            self.invoke(harness, qualifier="nowhere")

    def test_a_command_takes_the_endpoint_s_version(self):
        harness = self.create(environmentVariables={"COLOUR": "red"})
        self.endpoint(harness, "stable")
        self.control.update_harness(
            harnessId=harness["harnessId"], environmentVariables={"COLOUR": "green"}
        )
        for qualifier, colour in (("stable", "red"), ("DEFAULT", "green")):
            with self.subTest(qualifier):
                answer = self.data.invoke_agent_runtime_command(
                    agentRuntimeArn=harness["arn"],
                    runtimeSessionId=session_id(),
                    qualifier=qualifier,
                    body={"command": "printf $COLOUR"},
                )
                chunks = [event["chunk"].get("contentDelta", {}) for event in answer["stream"]]
                self.assertEqual("".join(chunk.get("stdout", "") for chunk in chunks), colour)

    def test_endpoints_are_listed_with_their_versions(self):
        harness = self.two_versions()
        made = self.endpoint(harness, "stable", targetVersion="1")
        listed = self.control.list_harness_endpoints(harnessId=harness["harnessId"])["endpoints"]
        versions = [(entry["endpointName"], entry["liveVersion"]) for entry in listed]
        self.assertEqual(versions, [("DEFAULT", "2"), ("stable", "1")])
        self.assertEqual(listed[1], made)
        got = self.control.get_harness_endpoint(harnessId=harness["harnessId"], endpointName="stable")
        self.assertEqual(got["endpoint"], made)


if __name__ == "__main__":
    unittest.main()
