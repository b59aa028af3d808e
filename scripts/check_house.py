#!/usr/bin/env python3
"""Holds the tree to the rules of ARCHITECTURE.md that a machine can see.

 * A folder of src/ includes only the folders that src/CMakeLists.txt says it links, and those through their public header.
 * Third-party network and database headers stay in their own folder or in .cpp files.
 * Every folder of src/ has a README.md; no source file is longer than MAX_LINES.
 * The project's text names no absolute path of a machine.

Prints each breach as file:line: what, and ends with "house: N files, N breaches".
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
MAX_LINES = 600
# Headers that a folder offers besides the one named after it: parts of its front door.
PUBLIC_PARTS = {
    "base/os": None,  # os.h is a table of contents: each of its headers is public
    "base/net": {"net.h", "await_done.h", "task.h", "on_loop.h", "http.h", "server.h", "client.h", "loopback.h"},
    "base/json": {"canonical.h", "json.h", "schema.h"},
    "core/model": {"model.h", "message.h", "prices.h", "context_overflow.h"},
    "app/server": {"server.h", "prices.h", "secrets.h"},
    "core/auth": {"auth.h", "client_tokens.h"},
    "core/tool": {"tool.h", "tool_source.h", "result_store.h", "result_text.h", "interpreter.h", "file_actions.h", "browser/own_browser.h", "browser/relay.h"},
    "services/harness": {"harness.h", "config.h", "config_schema.h", "routes.h", "loop/harness_tools.h", "cassette/cassette.h", "cassette/cassette_replay.h", "cassette/expectation.h", "shell/shell_frames.h", "skills/skills.h", "code_interpreter_route.h", "code_interpreter/code_sessions.h", "browser_route.h", "browser/browser_sessions.h", "loop/invocation_follower.h", "wire.h"},
    "services/memory/strategies": {"strategies.h", "language/dates.h"},
    "services/memory": {"memory.h", "memory_types.h", "metadata.h", "routes.h"},
    "services/workflow": {"workflow.h", "routes.h", "machines/machines.h", "executions/executions.h", "connector.h", "connectors/task_world.h", "connectors/answers.h"},
    "services/workflow/definition": {"definition.h", "json_error.h"},
    "services/workflow/contract": {"contract.h", "compatibility.h"},
    "services/workflow/engine": {"engine.h", "history.h", "inspection.h", "last_event.h", "map_run.h"},
}
BOOST_HOME = "base/net"
SQLITE_HOME = "base/store"


def read_links():
    """{folder: set of folders it may include}, transitive links included as CMake's PUBLIC links do."""
    text = (ROOT / "src/CMakeLists.txt").read_text()
    direct, place = {}, {}
    for match in re.finditer(r"soma_folder\(([\w/]+)([^)]*)\)", text):
        folder, rest = match.group(1), match.group(2)
        links = re.search(r"LINKS([^)]*?)(?:USES|$)", rest, re.S)
        place[folder.split("/")[-1]] = folder
        direct[folder] = links.group(1).split() if links else []
    return {folder: {place[name] for name in names} for folder, names in direct.items()}


def folder_of(path, folders):
    for folder in folders:
        if path.startswith(folder + "/"):
            return folder
    return None


def check_file(path, links, breaches):
    relative = path.relative_to(ROOT / "src").as_posix()
    own = folder_of(relative, links)
    lines = path.read_text().splitlines()
    if len(lines) > MAX_LINES:
        breaches.append(f"src/{relative}:1: {len(lines)} lines; the limit is {MAX_LINES}: split it by subject")
    for number, line in enumerate(lines, 1):
        where = f"src/{relative}:{number}"
        third = re.match(r"#include <(boost/|sqlite3)", line)
        if third and path.suffix == ".h" and not path.name.endswith("_test_kit.h"):
            home = BOOST_HOME if third.group(1) == "boost/" else SQLITE_HOME
            if own != home:
                breaches.append(f"{where}: {third.group(1)} headers stay in .cpp files and in {home}")
        quoted = re.match(r'#include "([^"]+)"', line)
        if not quoted or own is None:
            continue
        other = folder_of(quoted.group(1), links)
        if other is None:
            breaches.append(f"{where}: includes {quoted.group(1)}, which is in no folder of the house")
        elif other != own:
            name = quoted.group(1)[len(other) + 1 :]
            public = PUBLIC_PARTS.get(other, {f"{other.split('/')[-1]}.h"})
            if other not in links[own]:
                breaches.append(f"{where}: {own} includes {other}, which it does not link")
            elif public is not None and name not in public and not is_test_kit(path, name):
                breaches.append(f"{where}: {quoted.group(1)} is private to {other}")


def is_test_kit(path, name):
    """Tests and benchmarks may use another folder's test kit."""
    return name.endswith(("_test_kit.h", "test_support.h")) and ("_test" in path.name or "_bench" in path.name)


def check_text(breaches):
    """No machine's own paths in what is committed."""
    pattern = re.compile(r"(?<![\w./<>}*])/(?:home|root|Users)/[\w.-]+")
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if path.suffix in {".png", ".ico", ".woff2"} or name.endswith("package-lock.json") or not path.is_file():
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if pattern.search(line):
                breaches.append(f"{name}:{number}: names a path of one machine: {pattern.search(line).group(0)}")


def main():
    links = read_links()
    breaches = []
    files = sorted(p for p in (ROOT / "src").rglob("*") if p.suffix in {".cpp", ".h"})
    for path in files:
        check_file(path, links, breaches)
    for folder in links:
        if not (ROOT / "src" / folder / "README.md").exists():
            breaches.append(f"src/{folder}: has no README.md")
    check_text(breaches)
    for breach in breaches:
        print(breach)
    print(f"house: {len(files)} files, {len(breaches)} breaches")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
