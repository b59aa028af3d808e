#!/usr/bin/env python3
"""Runs the transcripts of this folder against a real soma ($SOMA_BIN, default build/release/soma).

    tests/cli/run.py [transcript.cli ...]

A transcript is a list of commands with what they print and how they end. It runs in an empty folder with a SOMA_HOME of its own.

    # a comment
    @ file app/x/harness.json     writes a file, seen from the folder the commands run in: the lines below that begin with |
    | {"model": 1}
    @ serve                       starts `soma serve` for the rest of the transcript; $URL and $SITE are its addresses
    $ cd x                        changes the folder for the commands below
    $ soma validate               runs a command in bash; $EXAMPLES is the folder of examples
    > stdout, line by line        * stands for anything in a line, a line of only ... for any number of lines
    ! stderr, line by line        stderr is not looked at when no ! line is there
    ? 2                           the exit code, 0 when absent

Ends with the line `cli: N of M commands passed`; exit code 0 only when all passed.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
COMMAND_TIMEOUT_SECONDS = 120


class Step:
    def __init__(self, line_number, command):
        self.line_number = line_number
        self.command = command
        self.out = []
        self.error = None
        self.code = 0


def parse(path):
    """The transcript's steps: Step, or ("file", name, text), or ("serve",)."""
    steps = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        mark, text = line[:1], line[2:]
        if mark == "$":
            steps.append(Step(number, text))
        elif mark == "@" and text.startswith("file "):
            steps.append(["file", text[5:].strip(), ""])
        elif mark == "@" and text.strip() == "serve":
            steps.append(["serve"])
        elif mark == "|":
            steps[-1][2] += text + "\n"
        elif mark == ">":
            steps[-1].out.append(text)
        elif mark == "!":
            steps[-1].error = (steps[-1].error or []) + [text]
        elif mark == "?":
            steps[-1].code = int(text)
        elif mark not in ("", "#"):
            raise SystemExit(f"{path}:{number}: a line begins with one of # @ | $ > ! ?")
    return steps


def line_matches(pattern, line):
    return re.fullmatch(".*".join(re.escape(part) for part in pattern.split("*")), line) is not None


def lines_match(patterns, lines):
    if not patterns:
        return not lines
    if patterns[0].strip() == "...":
        return any(lines_match(patterns[1:], lines[skip:]) for skip in range(len(lines) + 1))
    return bool(lines) and line_matches(patterns[0], lines[0]) and lines_match(patterns[1:], lines[1:])


class Transcript:
    def __init__(self, path, soma, folder):
        self.path = path
        self.folder = Path(folder)
        self.work = self.folder / "work"
        self.work.mkdir()
        self.server = None
        self.environment = {
            "PATH": f"{soma.parent}:{os.environ['PATH']}",
            "HOME": str(self.folder),
            "SOMA_HOME": str(self.folder / "data"),
            "TMPDIR": str(self.folder),
            "LANG": "C.UTF-8",
            "EXAMPLES": str(ROOT / "examples"),
        }
        for name in ("SOMA_CHROMIUM", "ASAN_OPTIONS", "TSAN_OPTIONS"):
            if name in os.environ:
                self.environment[name] = os.environ[name]

    def write(self, name, text):
        file = self.work / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def serve(self):
        log = (self.folder / "server.log").open("wb")
        self.server = subprocess.Popen(
            ["soma", "serve", "--port", "0", "--json", "--site", str(ROOT / "examples" / "site")],
            cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, stderr=log, executable=self.program())
        line = self.server.stdout.readline()
        if not line:
            raise RuntimeError("the server did not start:\n" + (self.folder / "server.log").read_text())
        started = json.loads(line)
        self.environment["URL"] = started.get("url", "")
        self.environment["SITE"] = started.get("siteUrl", "")

    def program(self):
        return str(Path(self.environment["PATH"].split(":")[0]) / "soma")

    def stop(self):
        if self.server is None:
            return
        self.server.send_signal(signal.SIGTERM)
        try:
            self.server.wait(30)
        except subprocess.TimeoutExpired:
            self.server.kill()
            self.server.wait()

    def run(self, step):
        """None when the step did what the transcript says, else what it did."""
        moved = re.fullmatch(r"cd (\S+)", step.command)
        if moved:
            self.work = (self.work / moved.group(1)).resolve()
            return None
        done = subprocess.run(["bash", "-c", step.command], cwd=self.work, env=self.environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=COMMAND_TIMEOUT_SECONDS, check=False)
        out = done.stdout.decode("utf-8", "replace").splitlines()
        error = done.stderr.decode("utf-8", "replace").splitlines()
        wrong = []
        if done.returncode != step.code:
            wrong.append(f"exit code {done.returncode}, expected {step.code}")
        if not lines_match(step.out, out):
            wrong.append("stdout differs")
        if step.error is not None and not lines_match(step.error, error):
            wrong.append("stderr differs")
        if not wrong:
            return None
        report = [f"{self.path.name}:{step.line_number}: {', '.join(wrong)}", f"  $ {step.command}"]
        report += [f"  expected > {line}" for line in step.out] + [f"  expected ! {line}" for line in step.error or []]
        report += [f"  actual   > {line}" for line in out] + [f"  actual   ! {line}" for line in error]
        return "\n".join(report)


def run_transcript(path, soma):
    """(passed, commands): a transcript goes on after a step that failed."""
    steps = parse(path)
    commands = [step for step in steps if isinstance(step, Step)]
    passed = 0
    with tempfile.TemporaryDirectory(prefix="soma-cli-") as folder:
        transcript = Transcript(path, soma, folder)
        try:
            for step in steps:
                if not isinstance(step, Step):
                    transcript.write(step[1], step[2]) if step[0] == "file" else transcript.serve()
                    continue
                try:
                    wrong = transcript.run(step)
                except subprocess.TimeoutExpired:
                    wrong = f"{path.name}:{step.line_number}: no end after {COMMAND_TIMEOUT_SECONDS} s\n  $ {step.command}"
                if wrong is None:
                    passed += 1
                else:
                    print(wrong, flush=True)
        finally:
            transcript.stop()
    return passed, len(commands)


def main():
    soma = Path(os.environ.get("SOMA_BIN", ROOT / "build" / "release" / "soma")).resolve()
    if not soma.is_file():
        raise SystemExit(f"cli: no program at {soma}: build it, or set SOMA_BIN")
    paths = [Path(name) for name in sys.argv[1:]] or sorted(HERE.glob("*.cli"))
    passed = total = 0
    for path in paths:
        ok, count = run_transcript(path, soma)
        print(f"{path.name}: {ok} of {count}", flush=True)
        passed += ok
        total += count
    print(f"cli: {passed} of {total} commands passed")
    sys.exit(0 if passed == total and total > 0 else 1)


if __name__ == "__main__":
    main()
