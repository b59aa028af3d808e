"""boto3 and mounts: a harness's sessions and code interpreter sessions have folders beside their workspace."""

import pathlib
import unittest

from somas import Boto3Case, results_text, session_id

ACCOUNT = "eu-west-1:123456789012"
EFS = f"arn:aws:elasticfilesystem:{ACCOUNT}:access-point/fsap-0123456789abcdef0"
S3_FILES = f"arn:aws:s3files:{ACCOUNT}:file-system/fs-0123456789abcdef0/access-point/fsap-0123456789abcdef0"
IDENTIFIER = "aws.codeinterpreter.v1"
MOUNTS = [
    {"sessionStorage": {"mountPath": "/mnt/own"}},
    {"efsAccessPoint": {"accessPointArn": EFS, "mountPath": "/mnt/team"}},
    {"s3FilesAccessPoint": {"accessPointArn": S3_FILES, "mountPath": "/mnt/papers"}},
    {"capacityProviderVolume": {"volumeName": "models", "mountPath": "/mnt/models"}},
    {"s3BucketMount": {"bucket": "reports", "prefix": "by/{runtimeSessionId}", "mountPath": "/mnt/reports"}},
]
PLACES = ["/mnt/own", "/mnt/team", "/mnt/papers", "/mnt/models", "/mnt/reports"]


def environment(mounts):
    return {"agentCoreRuntimeEnvironment": {"filesystemConfigurations": mounts}}


class MountsTest(Boto3Case):
    def writer(self):
        writing = "; ".join(f"echo {place} > {place}/note" for place in PLACES)
        reading = "cat " + " ".join(f"{place}/note" for place in PLACES)
        return self.script([("tool", "shell", {"command": f"{writing}; {reading}"})], [("text", "done")])

    def test_a_session_writes_in_each_kind(self):
        harness = self.create(self.writer(), environment=environment(MOUNTS))
        runtime = harness["environment"]["agentCoreRuntimeEnvironment"]
        self.assertEqual(runtime["filesystemConfigurations"], MOUNTS)
        session = session_id()
        told = results_text(self.invoke(harness, session=session))
        for place in PLACES:
            self.assertIn(place, told)
        data = pathlib.Path(self.soma.data)
        self.assertEqual((data / f"objects/reports/by/{session}/note").read_text(), "/mnt/reports\n")
        self.assertEqual((data / "filesystems/efs/fsap-0123456789abcdef0/note").read_text(), "/mnt/team\n")
        self.assertEqual((data / "filesystems/volumes/models/note").read_text(), "/mnt/models\n")

    def test_an_update_replaces_them(self):
        harness = self.create(environment=environment(MOUNTS))
        updated = self.control.update_harness(
            harnessId=harness["harnessId"], environment=environment(MOUNTS[:1])
        )["harness"]
        runtime = updated["environment"]["agentCoreRuntimeEnvironment"]
        self.assertEqual(runtime["filesystemConfigurations"], MOUNTS[:1])

    def test_a_place_that_is_taken_is_refused(self):
        with self.assertRaises(self.control.exceptions.ValidationException) as caught:
            self.create(environment=environment([MOUNTS[0], MOUNTS[0]]))
        self.assertIn("/mnt/own is there twice", caught.exception.response["Error"]["Message"])

    def test_code_interpreter_sessions_share_an_access_point(self):
        mount = {
            "efsConfiguration": {
                "accessPointArn": EFS.replace("def0", "def1"),
                "fileSystemArn": f"arn:aws:elasticfilesystem:{ACCOUNT}:file-system/fs-0123456789abcdef0",
                "mountPath": "/mnt/team",
            }
        }

        def started():
            session = self.data.start_code_interpreter_session(
                codeInterpreterIdentifier=IDENTIFIER, filesystemConfigurations=[mount]
            )["sessionId"]
            self.addCleanup(
                self.data.stop_code_interpreter_session, codeInterpreterIdentifier=IDENTIFIER, sessionId=session
            )
            return session

        def call(session, name, **arguments):
            answer = self.data.invoke_code_interpreter(
                codeInterpreterIdentifier=IDENTIFIER, sessionId=session, name=name, arguments=arguments
            )
            return next(iter(answer["stream"]))["result"]

        first, second = started(), started()
        got = self.data.get_code_interpreter_session(codeInterpreterIdentifier=IDENTIFIER, sessionId=first)
        self.assertEqual(got["filesystemConfigurations"], [mount])
        call(first, "executeCommand", command="echo words > /mnt/team/note")
        [block] = call(second, "readFiles", paths=["/mnt/team/note"])["content"]
        self.assertEqual(block["resource"]["text"], "words\n")


if __name__ == "__main__":
    unittest.main()
