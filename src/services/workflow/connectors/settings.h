// What <data>/workflow.json says: where functions are, how http:invoke authenticates. docs/workflow-tasks.md.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/json/json.h"
#include "base/os/os.h"

namespace soma::workflow {

inline constexpr std::string_view kSettingsFile = "workflow.json";
inline constexpr int64_t kMaxFunctionSeconds = 900;  // as Lambda

// POST of the payload to a URL: a server of one's own, or Lambda's runtime interface emulator.
struct FunctionUrl {
  std::string url;
};
// A program of this machine: payload on stdin, result on stdout.
struct FunctionCommand {
  std::vector<std::string> arguments;
  std::vector<std::string> environment;  // "NAME=value"
};
// The same answer to every call.
struct FunctionMock {
  std::optional<json::Value> result{};  // else it fails:
  std::string error{}, cause{};
};
struct Function {
  std::variant<FunctionUrl, FunctionCommand, FunctionMock> target;
  int64_t timeout_seconds = 60;
  // Asked again after a crash; else its task fails then, because nobody knows whether it ran.
  bool repeatable = false;
};

// What http:invoke adds to a request. Values are texts or references to secrets (env:NAME, secret:NAME).
struct HttpConnection {
  std::vector<std::pair<std::string, std::string>> headers{}, query{};
  std::string user{}, password{};  // basic authentication, when a user is given
};

struct ConnectorSettings {
  std::map<std::string, Function, std::less<>> functions;
  std::map<std::string, HttpConnection, std::less<>> connections;
};

// kInvalidArgument with file, line and column; an unknown key with the nearest one.
os::Result<ConnectorSettings> parse_connector_settings(std::string_view text, std::string_view source);
// Of the file in the data directory; nothing is set when there is none.
os::Result<ConnectorSettings> read_connector_settings(const std::string& data_directory);

}  // namespace soma::workflow
