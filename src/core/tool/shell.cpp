// `shell`: one command in a box of its own.
#include <fmt/format.h>

#include <filesystem>
#include <limits>

#include "core/tool/builtin_tools.h"
#include "core/tool/streamed_text.h"

namespace soma::tool {
namespace {

constexpr std::string_view kInput = R"({
  "type": "object",
  "properties": {
    "command": {"type": "string", "minLength": 1, "maxLength": 100000, "description": "The command line, as for bash -c. It starts in /workspace; each call is a shell of its own, files stay."},
    "timeout": {"type": "integer", "minimum": 1, "maximum": 3600, "description": "Seconds after which it is stopped (default 300)."}
  },
  "required": ["command"],
  "additionalProperties": false
})";

constexpr std::string_view kDescription =
    "Runs a shell command in the session's isolated workspace and returns what it prints (standard output "
    "and error as they come) and its exit "
    "code. Nothing that it leaves running in the background survives the call.";

// The system's directories are the same inside the box.
const char* shell_program() {
  return std::filesystem::exists("/bin/bash") ? "bash" : "sh";
}

// What ends a result: "[exit code 2 in 0.41 s]", and every limit that was met.
std::string closing_line(const sandbox::Outcome& outcome) {
  const char* how = outcome.cancelled ? "cancelled" : outcome.timed_out ? "timed out" : nullptr;
  double seconds = std::chrono::duration<double>(outcome.elapsed).count();
  std::string line = how != nullptr ? fmt::format("[{} after {:.2f} s]", how, seconds)
                                    : fmt::format("[exit code {} in {:.2f} s]", outcome.exit_code, seconds);
  for (const std::string& limit : outcome.exceeded) line += fmt::format("\n[limit exceeded: {}]", limit);
  return line;
}

// An exit code that is not zero is an answer, often the one that was asked for (grep, test, diff), and models
// read it well from the text; a result marked as an error makes them repair what is not broken. An error is
// what kept the command from its own end.
bool is_error(const sandbox::Outcome& outcome) {
  return outcome.timed_out || outcome.cancelled || !outcome.exceeded.empty();
}

class ShellTool final : public Tool {
 public:
  ShellTool(const ToolConfig& config, Environment& environment)
      : environment_(environment), spec_{config.name, std::string(kDescription), parse_literal(kInput)} {}

  const model::ToolSpec& spec() const override { return spec_; }
  bool repeatable(const json::Value&) const override { return false; }

  net::Task<Outcome> run(const json::Value& input, Context& context) override {
    if (environment_.sandbox == nullptr) co_return error_outcome(environment_.sandbox_error);
    sandbox::Command command;
    command.arguments = {shell_program(), "-c", std::string(input.get("command").string_or(""))};
    command.limits.time = call_time(input, context, environment_.clock);
    command.limits.output_bytes = std::numeric_limits<uint64_t>::max();  // StreamedText is the limit
    ResultStore store{environment_.workspace, environment_.sandbox};
    auto text = std::make_shared<StreamedText>(std::move(store), context);
    sandbox::OutputSink sink = [text](sandbox::Stream stream, std::string_view bytes) {
      text->add(stream, bytes);
    };
    net::Cancellation cancellation = context.cancellation;
    auto outcome = co_await environment_.sandbox->exec(std::move(command), sink, cancellation);
    const bool error = !outcome || is_error(*outcome);
    std::string closing = outcome ? closing_line(*outcome) : outcome.error().to_string();
    co_return co_await text->finish(error, std::move(closing));
  }

 private:
  Environment& environment_;
  model::ToolSpec spec_;
};

}  // namespace

os::Result<std::unique_ptr<Tool>> make_shell_tool(const ToolConfig& config, Environment& environment) {
  return std::make_unique<ShellTool>(config, environment);
}

}  // namespace soma::tool
