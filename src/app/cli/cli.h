// The command line: what a person or a script types, turned into project files and requests.
//
//   commands/   one file for each command
//   project/    soma.json, harness.json, system-prompt.md: found, read, made, edited
//   remote/     the server: found or started in this process; its API; an invocation followed through cuts
//   render/     what is printed: answers, journal lines, tables, differences
//
// stdout is data, stderr the rest. Exit codes are in exit_code.h and docs/cli.md.
#pragma once

namespace soma::cli {

// Runs one command line to its end. Returns the process's exit code; never throws.
int run(int argc, char** argv);

}  // namespace soma::cli
