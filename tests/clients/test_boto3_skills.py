"""boto3 and skills: what a session reads of them."""

import pathlib
import unittest

from somas import Boto3Case, results_text, session_id


def write_skill(folder, name, instructions):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    text = f"---\nname: {name}\ndescription: Knows {name}.\n---\n{instructions}\n"
    (folder / "SKILL.md").write_text(text)
    return str(folder)


class SkillsTest(Boto3Case):
    def reader_of(self, name):
        look = {"operation": "view", "path": f"/skills/{name}/SKILL.md"}
        return self.script([("tool", "file_operations", look)], [("text", "done")])

    def test_a_session_reads_a_folder_of_the_machine(self):
        path = write_skill(pathlib.Path(self.soma.data) / "own/forms", "forms", "Ask for what is missing.")
        harness = self.create(self.reader_of("forms"), skills=[{"path": path}])
        self.assertIn("Ask for what is missing.", results_text(self.invoke(harness)))

    def test_an_object_folder_stands_for_s3(self):
        write_skill(pathlib.Path(self.soma.data) / "objects/team/skills/letters", "letters", "Be polite.")
        skills = [{"s3": {"uri": "s3://team/skills/letters"}}]
        harness = self.create(self.reader_of("letters"), skills=skills)
        self.assertIn("Be polite.", results_text(self.invoke(harness)))

    def test_one_invocation_may_bring_others(self):
        path = write_skill(pathlib.Path(self.soma.data) / "own/reports", "reports", "Begin with the sum.")
        harness = self.create(self.reader_of("reports"))
        events = self.invoke(harness, skills=[{"path": path}])
        self.assertIn("Begin with the sum.", results_text(events))

    def test_a_missing_object_folder_is_told_when_the_session_starts(self):
        harness = self.create(skills=[{"s3": {"uri": "s3://nobody/nothing"}}])
        with self.assertRaises(self.data.exceptions.ResourceNotFoundException) as caught:
            self.invoke(harness, session=session_id())
        self.assertIn("s3://nobody/nothing", caught.exception.response["Error"]["Message"])


if __name__ == "__main__":
    unittest.main()
