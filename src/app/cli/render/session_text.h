// Sessions as a person reads them.
#pragma once

#include <string>

#include "app/cli/terminal.h"
#include "base/json/json.h"
#include "base/os/os.h"

namespace soma::cli {

// SESSION, HARNESS, STATUS, UPDATED, INVOCATIONS, TOKENS, COST, TITLE; a line each.
std::string sessions_table(const json::Array& sessions, const Terminal& terminal);
// A tree of sub-agents ({session, children}), a session a line, children below their caller; SESSION is last.
std::string session_tree(const json::Value& root, const Terminal& terminal, os::Time now);

}  // namespace soma::cli
