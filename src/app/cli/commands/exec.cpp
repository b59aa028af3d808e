#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "app/cli/commands/commands.h"
#include "app/cli/commands/shell_words.h"
#include "app/cli/remote/api_client.h"
#include "app/cli/remote/remote_shell.h"

namespace soma::cli {
namespace {

using json::Value;
using os::Code;
using os::Result;

constexpr int64_t kDefaultTimeoutSeconds = 300;
constexpr std::string_view kTimedOut = "TIMED_OUT";

struct ExecArguments {
  CommonOptions common;
  std::string harness, harness_arn, session_id, command;
  std::vector<std::string> words;
  int64_t timeout_seconds = kDefaultTimeoutSeconds;
  bool interactive = false;
  std::string shell_id, bearer_token;
};

struct ExecResult {
  std::string session_id, standard_output, standard_error, status, exceeded;
  std::optional<int64_t> exit_code;
};

Result<std::string> command_of(const ExecArguments& arguments) {
  if (arguments.command.empty() == arguments.words.empty())
    return os::fail(Code::kInvalidArgument, arguments.words.empty() ? "no command" : "two commands",
                    "give it with --command \"…\" or after --");
  return arguments.words.empty() ? arguments.command : shell_command(arguments.words);
}

// Prints output as it comes, or keeps it for --json.
class ExecStream {
 public:
  ExecStream(Context& context, bool json) : context_(context), json_(json) {}

  net::Task<Result<ExecResult>> run(net::ClientRequest request) {
    net::HttpClient client(co_await net::this_executor());
    SseHandler handler;
    handler.on_open = [this](const net::Headers& headers) {
      result_.session_id = headers.get(kSessionHeader);
    };
    handler.on_event = [this](const net::SseEvent& event) {
      if (const auto data = json::parse(event.data)) take(*data);
      return true;
    };
    SOMA_CO_TRY(co_await stream_sse(client, std::move(request), handler));
    if (!error_.empty()) co_return os::fail(Code::kInternal, error_);
    if (!result_.exit_code)
      co_return os::fail(Code::kUnavailable, "the server went away before the command ended");
    co_return std::move(result_);
  }

 private:
  void take(const Value& event) {
    const Value& chunk = event.get("chunk");
    const Value& delta = chunk.get("contentDelta");
    write(delta.get("stdout").string_or(""), delta.get("stderr").string_or(""));
    if (const Value* stop = chunk.find("contentStop")) {
      result_.exit_code = stop->get("exitCode").int_or(-1);
      result_.status = stop->get("status").string_or("");
      result_.exceeded = stop->get("exceeded").string_or("");
    }
    for (const auto& [name, body] : event.is_object() ? event.as_object() : json::Object{})
      if (name != "chunk") error_ = body.get("message").string_or(name);
  }

  void write(std::string_view standard_output, std::string_view standard_error) {
    if (json_) {
      result_.standard_output += standard_output;
      result_.standard_error += standard_error;
      return;
    }
    context_.terminal.out(standard_output);
    context_.terminal.error(standard_error);
  }

  Context& context_;
  bool json_;
  ExecResult result_;
  std::string error_;
};

Result<ExecResult> exec(Context& context, const ExecArguments& arguments) {
  SOMA_ASSIGN(const std::string command, command_of(arguments));
  SOMA_ASSIGN(const std::string harness, harness_key(context, arguments.harness, arguments.harness_arn));
  SOMA_ASSIGN(const auto connection, Connection::open(arguments.common.connection, WhenAbsent::kStartHere));
  net::ClientRequest request;
  request.method = "POST";
  request.url = connection->url() + api_path("/runtimes/{}/commands", {harness});
  request.headers.set("Content-Type", "application/json");
  if (!arguments.session_id.empty()) request.headers.set(std::string(kSessionHeader), arguments.session_id);
  set_bearer_token(request.headers, arguments.bearer_token);
  request.body = json::write(json::object({{"command", command}, {"timeout", arguments.timeout_seconds}}));
  // The server ends the command; a little later than that something is wrong with the server.
  request.stall_timeout = std::chrono::seconds(std::max<int64_t>(arguments.timeout_seconds, 0) + 60);
  ExecStream stream(context, arguments.common.json);
  return net::run(stream.run(std::move(request)));
}

void print_end(Context& context, const ExecResult& result, bool json) {
  if (json) {
    json::Value line = json::object({{"sessionId", result.session_id},
                                     {"exitCode", *result.exit_code},
                                     {"status", result.status},
                                     {"stdout", result.standard_output},
                                     {"stderr", result.standard_error}});
    if (!result.exceeded.empty()) line.set("exceeded", result.exceeded);
    context.terminal.out_line(json::write(line));
  } else if (!result.exceeded.empty()) {
    context.terminal.note(fmt::format("soma: the command met a limit: {}", result.exceeded));
  } else if (result.status == kTimedOut) {
    context.terminal.note("soma: the command was ended: it took longer than --timeout");
  }
}

void print_shell_end(Context& context, const RemoteShellEnd& end) {
  using How = RemoteShellEnd::How;
  const std::string again = fmt::format("soma exec --it --harness {} --session-id {} --shell-id {}",
                                        end.shell.harness, end.shell.session_id, end.shell.shell_id);
  context.terminal.end_out_line();
  if (end.how == How::kDetached) context.terminal.note(fmt::format("soma: detached; go on with: {}", again));
  if (end.how == How::kTaken)
    context.terminal.note(
        fmt::format("soma: another client has taken the shell; take it back with: {}", again));
  if (end.how == How::kLost)
    context.terminal.note(fmt::format("soma: the connection broke; go on with: {}", again));
  if (end.how == How::kStopped) context.terminal.note("soma: the server was stopped, and the shell with it");
  if (end.how == How::kClosed) context.terminal.note("soma: the session was ended, and the shell with it");
}

// The shell's own exit code.
int run_shell(Context& context, const ExecArguments& arguments) {
  if (!arguments.command.empty() || !arguments.words.empty())
    return report(context,
                  os::Error{Code::kInvalidArgument, "--it opens a shell and takes no command",
                            "type the command there, or leave --it away"},
                  false);
  const auto end = [&]() -> Result<RemoteShellEnd> {
    SOMA_ASSIGN(std::string harness, harness_key(context, arguments.harness, arguments.harness_arn));
    SOMA_ASSIGN(const auto connection, Connection::open(arguments.common.connection, WhenAbsent::kStartHere));
    RemoteShell shell{std::move(harness), arguments.session_id, arguments.shell_id, arguments.bearer_token};
    return run_remote_shell(context.terminal, STDIN_FILENO, *connection, std::move(shell));
  }();
  if (!end) {
    report(context, end.error(), false);
    return kExitExecFailed;
  }
  print_shell_end(context, *end);
  if (end->how == RemoteShellEnd::How::kDetached) return kExitOk;
  return end->how == RemoteShellEnd::How::kExited ? end->exit_code & 0xff : kExitExecFailed;
}

int run_exec(Context& context, const ExecArguments& arguments) {
  if (arguments.interactive) return run_shell(context, arguments);
  const auto result = exec(context, arguments);
  if (!result) {
    report(context, result.error(), arguments.common.json);
    return kExitExecFailed;
  }
  print_end(context, *result, arguments.common.json);
  return result->status == kTimedOut ? kExitExecTimeout : static_cast<int>(*result->exit_code & 0xff);
}

}  // namespace

void add_exec(CLI::App& root, Context& context) {
  auto arguments = std::make_shared<ExecArguments>();
  CLI::App* command = root.add_subcommand("exec", "Run a command in a session's sandbox, without a model");
  command->add_option("words", arguments->words, "The command, after --")->type_name("COMMAND...");
  command->add_option("--command", arguments->command, "The command as one string for the shell")
      ->type_name("TEXT");
  command->add_option("--harness", arguments->harness, "The harness (default: the project's only one)")
      ->type_name("NAME");
  command->add_option("--harness-arn", arguments->harness_arn, "The harness by its ARN")
      ->type_name("ARN")
      ->excludes("--harness");
  command->add_option("--session-id", arguments->session_id, "In this session (default: a new one)")
      ->type_name("ID");
  command
      ->add_option("--timeout", arguments->timeout_seconds,
                   "End the command after so many seconds (1 to 3600)")
      ->capture_default_str()
      ->type_name("SECONDS");
  add_bearer_token_option(*command, arguments->bearer_token);
  CLI::Option* interactive = command->add_flag("--it", arguments->interactive,
                                               "A shell at this terminal; Ctrl-] leaves it, and it goes on");
  command->add_option("--shell-id", arguments->shell_id, "Go on with this shell, or name the new one so")
      ->type_name("ID")
      ->needs(interactive);
  add_json_option(*command, arguments->common.json);
  add_connection_options(*command, arguments->common.connection);
  add_example(*command,
              "  soma exec --harness browseragent -- ls -l\n  soma exec --harness browseragent --command "
              "\"ls | wc -l\"\n  soma exec --harness browseragent --it");
  on_call(*command, context, [&context, arguments] { return run_exec(context, *arguments); });
}

}  // namespace soma::cli
