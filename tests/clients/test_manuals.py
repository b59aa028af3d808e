"""The manuals in docs/ say what soma does: their examples are run, their tables compared with the code."""

import contextlib
import io
import json
import pathlib
import re
import subprocess
import unittest

import yaml

import manual
from somas import ROOT, SomaTest, binary, new_name, replay_file, session_id, wait_until

SITE = "http://site.test"  # stands for the site that soma serves in these tests


def result_of(tool_result):
    """A tool's result as a manual shows it: text, and the rest as JSON."""
    parts = [
        block["text"] if "text" in block else json.dumps(block, ensure_ascii=False)
        for block in tool_result["content"]
    ]
    return "\n".join(part.rstrip("\n") for part in parts)


class ToolManualTest(SomaTest):
    soma_arguments = ["--site", str(ROOT / "examples/site")]

    def test_calls_have_the_results_that_are_shown(self):
        site = self.soma.request("GET", "/api/status")[1]["siteUrl"]
        calls = [manual.Call(text) for text in manual.blocks("tools.md", "tool")]
        inputs = [json.loads(json.dumps(call.input).replace(SITE, site)) for call in calls]
        turns = [[("tool", call.name, given)] for call, given in zip(calls, inputs)] + [[("text", "done")]]
        tools = [
            {"type": "agentcore_browser", "name": "browser"},
            {"type": "agentcore_code_interpreter", "name": "code"},
        ]
        model = {"provider": "replay", "modelId": replay_file(self.soma.data, turns)}
        self.soma.create_harness({"harnessName": "manual", "model": model, "tools": tools})
        session = session_id()
        connection, response = self.soma.invoke("manual", "go", session)
        response.read()
        connection.close()
        messages = self.soma.request("GET", f"/api/sessions/manual/{session}")[1]["messages"]
        results = [
            block["toolResult"]
            for message in messages
            for block in message["content"]
            if "toolResult" in block
        ]
        self.assertEqual(len(results), len(calls))
        for call, result in zip(calls, results):
            with self.subTest(f"{call.name} {call.input}"):
                shown = result_of(result).replace(site, SITE)
                self.assertEqual(result["status"], call.status, shown)
                self.assertTrue(
                    manual.fits(shown, call.result), f"expected:\n{call.result}\nactual:\n{shown}"
                )

    def test_types_are_those_of_the_code(self):
        names = [manual.code_words(row[0])[0] for row in manual.table("tools.md", "type")]
        self.assertEqual(
            names,
            re.findall(
                r'^    {"(\w+)", (?:true|false),', (ROOT / "src/core/tool/tools.cpp").read_text(), re.M
            ),
        )

    def test_browser_actions_are_those_of_the_code(self):
        source = (ROOT / "src/core/tool/browser/actions.cpp").read_text()
        actions = set(re.findall(r'^    {"(\w+)", (?:true|false),', source, re.M))
        words = {word for row in manual.table("tools.md", "") for word in manual.code_words(row[1])}
        self.assertLessEqual(actions, words)


class SandboxManualTest(SomaTest):
    def run_command(self, harness, session, command):
        """What the command prints, with a last line for an exit code that is not zero."""
        body = json.dumps({"command": command, "timeout": 60}).encode()
        headers = {"X-Amzn-Bedrock-AgentCore-Runtime-Session-Id": session}
        _, answer = self.soma.request("POST", f"/runtimes/{harness}/commands", body, headers)
        chunks = [
            json.loads(line[6:])["chunk"]
            for line in answer.decode().splitlines()
            if line.startswith("data: ")
        ]
        printed = "".join(text for chunk in chunks for text in chunk.get("contentDelta", {}).values())
        stop = chunks[-1]["contentStop"]
        exceeded = f": {stop['exceeded']}" if "exceeded" in stop else ""
        return printed + (f"[exit {stop['exitCode']}{exceeded}]\n" if stop["exitCode"] else "")

    def test_commands_print_what_is_shown(self):
        harness = self.soma.create_harness({"harnessName": new_name(), "model": {"provider": "reflex"}})[
            "harnessId"
        ]
        session = session_id()
        examples = manual.blocks("sandbox.md", "exec")
        self.assertTrue(examples)
        for example in examples:
            command, _, expected = example.removeprefix("$ ").partition("\n")
            with self.subTest(command):
                printed = self.run_command(harness, session, command)
                self.assertTrue(manual.fits(printed, expected), f"expected:\n{expected}\nactual:\n{printed}")


def schema_keys():
    """The keys of a configuration as a manual names them, environment's one level deep, with their schemas."""
    text = subprocess.run(
        [binary(), "validate", "--schema"], capture_output=True, text=True, check=True
    ).stdout
    schema = json.loads(text)
    keys = dict(schema["properties"])
    for name, inner in keys.pop("environment")["properties"].items():
        keys[f"environment.{name}"] = inner
    return keys, schema["$defs"]


class HarnessManualTest(SomaTest):
    def test_table_names_every_key_of_the_schema(self):
        keys, _ = schema_keys()
        named = [word for row in manual.table("harness.md", "key") for word in manual.code_words(row[0])]
        self.assertEqual(sorted(named), sorted(keys))

    def test_defaults_and_limits_are_those_of_the_schema(self):
        keys, definitions = schema_keys()
        rows = {word: row for row in manual.table("harness.md", "key") for word in manual.code_words(row[0])}
        for key, schema in keys.items():
            merged = {**definitions.get(schema.get("$ref", "").removeprefix("#/$defs/"), {}), **schema}
            numbers = rows[key][2].replace(",", "")
            with self.subTest(key):
                if "default" in merged:
                    self.assertEqual(rows[key][1], json.dumps(merged["default"]).strip('"'))
                for limit in ("minimum", "maximum", "maxItems", "maxProperties"):
                    if merged.get(limit):
                        self.assertIn(str(merged[limit]), numbers)

    def test_model_keys_are_named(self):
        _, definitions = schema_keys()
        words = manual.code_words(manual.read("harness.md"))
        self.assertEqual([key for key in definitions["model"]["properties"] if key not in words], [])

    def test_examples_are_taken(self):
        for example in manual.blocks("harness.md", "json"):
            with self.subTest(example):
                self.soma.create_harness({**json.loads(example), "harnessName": new_name()})

    def test_sdk_example_runs(self):
        answer = self.soma.create_harness({"harnessName": new_name(), "model": {"provider": "reflex"}})
        self.assertEqual(len(manual.blocks("harness.md", "python")), 1)
        code = manual.blocks("harness.md", "python")[0].replace(
            "http://127.0.0.1:8642", self.soma.info["url"]
        )
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, "docs/harness.md", "exec"), {"arn": answer["arn"], "session_id": session_id()})
        self.assertIn("empty", printed.getvalue())

    def harness_with(self, config, turns):
        """A harness of the manual's example, played by a script."""
        model = {"provider": "replay", "modelId": replay_file(self.soma.data, turns, new_name() + ".jsonl")}
        return self.soma.create_harness({**config, "model": model, "harnessName": new_name()})["harnessName"]

    def example_with(self, key):
        return next(
            json.loads(text) for text in manual.blocks("harness.md", "json") if f'"{key}"' in text
        )

    def test_approval_example_asks_and_its_requests_answer(self):
        harness = self.harness_with(
            self.example_with("approvals"),
            [[("tool", "shell", {"command": "cd x && git push"})], [("text", "done")]],
        )
        session = session_id()
        connection, response = self.soma.invoke(harness, "go", session)
        waiting = wait_until(lambda: self.soma.request("GET", "/api/approvals")[1]["approvals"])
        self.assertEqual(waiting[0]["reason"], "it leaves the house")
        row = next(row for row in manual.table("harness.md", "request") if "GET /api/approvals" in row[0])
        self.assertLessEqual(set(waiting[0]), set(re.findall(r'"(\w+)"', row[1])))
        environment = {
            "PATH": "/usr/bin:/bin",
            "SOMA": self.soma.info["url"],
            "HARNESS": harness,
            "SESSION": session,
            "APPROVAL": waiting[0]["approvalId"],
            "HASH": waiting[0]["inputHash"],
        }
        [script] = [text for text in manual.blocks("harness.md", "sh") if "approvals" in text]
        done = subprocess.run(["bash", "-c", script], env=environment, capture_output=True, text=True, check=True)
        self.assertIn('"decision":"approve"', done.stdout)
        response.read()
        connection.close()
        self.assertEqual(self.soma.request("GET", "/api/approvals")[1]["approvals"], [])

    def test_endpoint_example_points_to_the_version_that_is_invoked(self):
        harness = self.soma.create_harness({"harnessName": new_name(), "model": {"provider": "reflex"}})
        name = harness["harnessName"]
        self.soma.request("PATCH", f"/harnesses/{name}", {"maxIterations": 5})
        environment = {"PATH": "/usr/bin:/bin", "SOMA": self.soma.info["url"], "HARNESS": name}
        [script] = [text for text in manual.blocks("harness.md", "sh") if "endpoints" in text]
        done = subprocess.run(["bash", "-ec", script], env=environment, capture_output=True, text=True, check=True)
        self.assertIn("event: messageStop", done.stdout)
        _, body = self.soma.request("GET", f"/harnesses/{name}/endpoints/production")
        self.assertEqual(body["endpoint"]["liveVersion"], "2")

    def test_inline_function_example_is_answered_by_its_messages(self):
        harness = self.harness_with(
            self.example_with("inline_function"),
            [[("tool", "ask_user", {"question": "Which colour?"})], [("text", "done")]],
        )
        session = session_id()
        for expected in ("tool_use", "end_turn"):
            connection, response = self.soma.invoke(harness, "go", session, **self.answers(session, expected))
            text = response.read().decode()
            connection.close()
            self.assertIn(f'"invocationFinished":{{"stopReason":"{expected}"', text)

    def answers(self, session, expected):
        """The manual's messages with the id of the call that waits; nothing for the first request."""
        if expected == "tool_use":
            return {}
        [text] = manual.blocks("harness.md", "messages")
        return {"messages": json.loads(text.replace('"q1"', '"use-0-0"'))}

    def test_own_events_are_those_of_the_code(self):
        source = (ROOT / "src/services/harness/wire.cpp").read_text()
        names = set(re.findall(r'{event::\w+, "(\w+)"}', source)) | {"invocationFinished"}
        named = [row[0].strip("`") for row in manual.table("harness.md", "own event")]
        self.assertEqual(sorted(named), sorted(names))

    def test_overridable_keys_are_those_of_the_code(self):
        source = (ROOT / "src/services/harness/config.cpp").read_text()
        overridable = re.findall(r'"(\w+)"', re.search(r"kOverridable\[\] = {(.*?)};", source, re.S)[1])
        sentence = re.search(
            r"One invocation\s+may override (.*?)and no other key", manual.read("harness.md"), re.S
        )[1]
        self.assertEqual(sorted(manual.code_words(sentence)), sorted(overridable))

    def test_events_are_those_of_the_description(self):
        described = yaml.safe_load(manual.read("openapi.yaml"))["components"]["schemas"]["WireEvent"][
            "properties"
        ]
        rows = manual.table("harness.md", "event") + manual.table("harness.md", "own event")
        named = [word for row in rows for word in manual.code_words(row[0])]
        self.assertEqual(sorted(named), sorted(described))

    def test_stop_reasons_are_those_of_the_code(self):
        source = (ROOT / "src/core/model/message.cpp").read_text()
        names = re.findall(r'"(\w+)"', re.search(r"kStopReasonNames = {(.*?)};", source, re.S)[1])
        named = [
            word for row in manual.table("harness.md", "stop reason") for word in manual.code_words(row[0])
        ]
        self.assertEqual(sorted(named), sorted(names))


def help_of(*words):
    return subprocess.run([binary(), *words, "--help"], capture_output=True, text=True, check=True).stdout


def flags_in(text):
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text))


class CliManualTest(unittest.TestCase):
    COMMANDS = re.findall(r"^  (\w+) {2,}", help_of().split("Subcommands:")[1].split("Begin with:")[0], re.M)
    NESTED = {"add": ["tool", "skill", "memory", "mount"], "remove": ["tool", "skill", "memory", "mount"], "sessions": ["list", "show", "tree", "stop"], "approvals": ["show"], "secret": ["set", "list", "remove"],
              "workflow": ["create", "update", "list", "describe", "delete", "publish", "alias", "start", "stop", "redrive", "history", "logs", "lint", "test", "run", "contract diff",
                           "rollout start", "rollout status", "rollout cancel"],
              "memory": ["create", "list", "get", "update", "delete", "add", "events", "sessions", "actors", "records", "search", "recall", "remember", "forget",
                         "settle", "watch", "dump"]}

    def all_help(self):
        calls = [[command] for command in self.COMMANDS]
        calls += [[command, *inner.split()] for command, inners in self.NESTED.items() for inner in inners]
        return {" ".join(words): help_of(*words) for words in calls}

    def test_every_command_is_in_the_manual(self):
        text = manual.read("cli.md")
        self.assertEqual([command for command in self.COMMANDS if f"`soma {command}" not in text], [])

    def test_flags_of_manual_and_help_are_the_same(self):
        helped = flags_in("".join(self.all_help().values())) - {"--help"}
        shown = flags_in(manual.read("cli.md")) - {"--help"}
        self.assertEqual(shown - helped, set(), "in the manual alone")
        self.assertEqual(helped - shown, set(), "in the help alone")

    def test_each_flag_is_said_of_its_own_command(self):
        helps = self.all_help()
        for row in manual.table("cli.md", "command of the flag"):
            for command in manual.code_words(row[0]):
                with self.subTest(command):
                    self.assertEqual(
                        flags_in(row[1]), flags_in(helps[command].split("Example:")[0]) - {"--help"}
                    )

    def test_flag_table_has_every_command(self):
        named = [
            command
            for row in manual.table("cli.md", "command of the flag")
            for command in manual.code_words(row[0])
        ]
        self.assertEqual(sorted(named), sorted(set(self.all_help()) - {"add", "remove", "secret", "workflow", "memory"}))

    def test_server_flags_are_those_of_the_help(self):
        rows = manual.table("configuration.md", "flag")
        self.assertEqual({row[0].strip("`") for row in rows}, flags_in(help_of("serve")) - {"--help"})

    def test_environment_variables_are_those_of_the_code(self):
        read = set()
        for source in (ROOT / "src").rglob("*.cpp"):
            if not source.name.endswith(("_test.cpp", "_fuzz.cpp", "_main.cpp")):
                read |= set(re.findall(r'(?:getenv|environment|is_set|envname)\("([A-Z_]+)"\)', source.read_text()))
        named = [
            word for row in manual.table("configuration.md", "variable") for word in manual.code_words(row[0])
        ]
        self.assertEqual(sorted(named), sorted(read))

    def test_exit_codes_are_those_of_the_code(self):
        source = (ROOT / "src/app/cli/exit_code.h").read_text()
        codes = set(re.findall(r"constexpr int kExit\w+ = (\d+);", source))
        rows = manual.table("cli.md", "code")
        self.assertEqual({code.strip() for row in rows for code in row[0].split(",")}, codes)

    def test_links_lead_somewhere(self):
        for page in [*(ROOT / "docs").glob("*.md"), ROOT / "README.md"]:
            for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
                if re.fullmatch(r"e\d+", target):
                    continue  # a browser's reference in an example
                with self.subTest(f"{page.name}: {target}"):
                    self.assertTrue((page.parent / pathlib.Path(target)).exists())


if __name__ == "__main__":
    unittest.main()
