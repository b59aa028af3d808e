#include "services/harness/code_interpreter/code_tools.h"

#include <fmt/format.h>

#include "services/harness/code_interpreter/code_files.h"

namespace soma::harness {
namespace {

using json::Value;
using os::Code;
using os::Result;
using sandbox::Stream;

struct Arguments {
  const Value& values;
  // A text that must be there. kInvalidArgument.
  Result<std::string> text(std::string_view name, size_t max_bytes = kMaxCodeBytes) const {
    const std::string_view value = values.get(name).string_or("");
    if (value.empty()) return os::fail(Code::kInvalidArgument, fmt::format("arguments/{} is missing", name));
    if (value.size() > max_bytes)
      return os::fail(Code::kInvalidArgument, fmt::format("arguments/{} has {} bytes; the limit is {}", name,
                                                          value.size(), max_bytes));
    return std::string(value);
  }
  Result<std::vector<std::string>> paths() const {
    std::vector<std::string> paths;
    const Value& list = values.get("paths");
    for (size_t index = 0; index < list.size(); ++index) paths.emplace_back(list.at(index).string_or(""));
    if (const std::string_view one = values.get("path").string_or(""); paths.empty() && !one.empty())
      paths.emplace_back(one);
    if (paths.empty() || paths.size() > kMaxCodeFiles)
      return os::fail(Code::kInvalidArgument,
                      fmt::format("arguments/paths must have 1 to {} paths", kMaxCodeFiles));
    for (const std::string& path : paths)
      if (path.empty()) return os::fail(Code::kInvalidArgument, "arguments/paths has an empty path");
    return paths;
  }
};

double milliseconds(os::Duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

// Code and commands: what they printed as text, the error stream behind the other.
Value printed_result(const CodeOutput& output, const CodeEnd& end) {
  const std::string out = output.text(Stream::kStdout);
  std::string err = output.text(Stream::kStderr);
  if (!end.trouble.empty())
    err += fmt::format("{}[{}]\n", err.empty() || err.ends_with('\n') ? "" : "\n", end.trouble);
  std::string text = out;
  if (!err.empty()) text += (text.empty() || text.ends_with('\n') ? "" : "\n") + err;
  Value structured = json::object({{"stdout", out},
                                   {"stderr", std::move(err)},
                                   {"exitCode", end.exit_code},
                                   {"executionTime", milliseconds(end.elapsed)}});
  return json::object(
      {{"content", json::array({json::object({{"type", "text"}, {"text", std::move(text)}})})},
       {"structuredContent", std::move(structured)},
       {"isError", end.exit_code != 0 || !end.trouble.empty()}});
}

Result<std::string> language_of(const Value& arguments) {
  const std::string_view language = arguments.get("language").string_or("python");
  const std::string_view runtime = arguments.get("runtime").string_or("");
  if (language == "typescript" || runtime == "deno")
    return os::fail(Code::kInvalidArgument,
                    fmt::format("{} is not offered here", runtime == "deno" ? "deno" : language),
                    "use language python, or javascript, which runs in Node.js");
  if (language != "python" && language != "javascript")
    return os::fail(Code::kInvalidArgument, fmt::format("arguments/language is '{}'", language),
                    "use python or javascript");
  if (!runtime.empty() && runtime != (language == "python" ? "python" : "nodejs"))
    return os::fail(Code::kInvalidArgument,
                    fmt::format("arguments/runtime '{}' does not run {}", runtime, language));
  return std::string(language);
}

net::Task<Result<Value>> execute_code(CodeSession& session, const Value& arguments) {
  SOMA_CO_ASSIGN(std::string code, Arguments{arguments}.text("code"));
  SOMA_CO_ASSIGN(std::string language, language_of(arguments));
  if (code.find('\0') != std::string::npos)
    co_return os::fail(Code::kInvalidArgument, "arguments/code holds a NUL character");
  CodeOutput output;
  const bool clear = arguments.get("clearContext").bool_or(false);
  SOMA_CO_ASSIGN(const CodeEnd end,
                 co_await session.run_code(std::move(language), std::move(code), clear, output));
  co_return printed_result(output, end);
}

net::Task<Result<Value>> execute_command(CodeSession& session, const Value& arguments) {
  SOMA_CO_ASSIGN(std::string command, Arguments{arguments}.text("command"));
  CodeOutput output;
  net::Cancellation cancellation;
  std::vector<std::string> line{"bash", "-c", std::move(command)};
  SOMA_CO_ASSIGN(const CodeEnd end, co_await session.run_command(std::move(line), output, cancellation));
  co_return printed_result(output, end);
}

Value task_result(std::string_view id, const CodeTask& task) {
  constexpr std::string_view kNames[] = {"submitted", "working", "completed", "canceled", "failed"};
  const std::string_view state = kNames[static_cast<size_t>(task.state)];
  Value structured = json::object({{"taskId", id}, {"taskStatus", state}});
  if (task.over()) {
    std::string err = task.output.text(Stream::kStderr);
    if (!task.failure.empty()) err += fmt::format("[{}]\n", task.failure);
    structured.set("stdout", task.output.text(Stream::kStdout));
    structured.set("stderr", std::move(err));
    structured.set("exitCode", task.exit_code);
    structured.set("executionTime", milliseconds(task.ended - task.started));
  }
  std::string words = fmt::format("{} is {}", id, state);
  return json::object(
      {{"content", json::array({json::object({{"type", "text"}, {"text", std::move(words)}})})},
       {"structuredContent", std::move(structured)},
       {"isError", task.state == CodeTask::State::kFailed}});
}

net::Task<Result<Value>> start_command(CodeSession& session, const Value& arguments) {
  SOMA_CO_ASSIGN(std::string command, Arguments{arguments}.text("command"));
  SOMA_CO_ASSIGN(const std::string id, session.start_task(std::move(command)));
  co_return task_result(id, CodeTask{});  // as it is when it was taken
}

Result<std::shared_ptr<CodeTask>> named_task(CodeSession& session, const Value& arguments, std::string& id) {
  SOMA_ASSIGN(id, Arguments{arguments}.text("taskId"));
  auto task = session.find_task(id);
  if (!task)
    return os::fail(Code::kInvalidArgument, fmt::format("there is no task {}", os::utf8_prefix(id, 100)));
  return task;
}

net::Task<Result<Value>> get_task(CodeSession& session, const Value& arguments) {
  std::string id;
  SOMA_CO_ASSIGN(const std::shared_ptr<CodeTask> task, named_task(session, arguments, id));
  co_return task_result(id, *task);
}

net::Task<Result<Value>> stop_task(CodeSession& session, const Value& arguments) {
  std::string id;
  SOMA_CO_ASSIGN(const std::shared_ptr<CodeTask> task, named_task(session, arguments, id));
  if (!task->over()) {
    task->cancellation.request("the task was stopped");
    task->state = CodeTask::State::kCanceled;
    task->ended = session.now();
  }
  co_return task_result(id, *task);
}

net::Task<Result<Value>> read_files(CodeSession& session, const Value& arguments) {
  SOMA_CO_ASSIGN(std::vector<std::string> paths, Arguments{arguments}.paths());
  auto work = [folders = session.folders(), paths = std::move(paths)] {
    return read_code_files(folders, paths);
  };
  co_return co_await net::offload(std::move(work));
}

net::Task<Result<Value>> list_files(CodeSession& session, const Value& arguments) {
  std::string path(arguments.get("directoryPath").string_or(arguments.get("path").string_or("")));
  auto work = [folders = session.folders(), path = std::move(path)] {
    return list_code_files(folders, path);
  };
  co_return co_await net::offload(std::move(work));
}

net::Task<Result<Value>> write_files(CodeSession& session, const Value& arguments) {
  SOMA_CO_ASSIGN(std::vector<CodeFile> files, code_files_from_json(arguments.get("content")));
  auto work = [folders = session.folders(), files = std::move(files), room = session.disk_room()] {
    return write_code_files(folders, files, room);
  };
  co_return co_await net::offload(std::move(work));
}

// In the box, where a path leads nowhere else whoever changes links meanwhile.
net::Task<Result<Value>> remove_files(CodeSession& session, const Value& arguments) {
  SOMA_CO_ASSIGN(const std::vector<std::string> paths, Arguments{arguments}.paths());
  std::vector<std::string> line{"rm", "-r", "--"};
  line.insert(line.end(), paths.begin(), paths.end());
  CodeOutput output;
  net::Cancellation cancellation;
  SOMA_CO_ASSIGN(const CodeEnd end, co_await session.run_command(std::move(line), output, cancellation));
  if (end.exit_code != 0) co_return printed_result(output, end);
  co_return code_text(fmt::format("removed {}", fmt::join(paths, ", ")), false);
}

struct CodeTool {
  std::string_view name;
  net::Task<Result<Value>> (*run)(CodeSession& session, const Value& arguments);
};
constexpr CodeTool kCodeTools[] = {
    {"executeCode", execute_code},
    {"executeCommand", execute_command},
    {"readFiles", read_files},
    {"listFiles", list_files},
    {"removeFiles", remove_files},
    {"writeFiles", write_files},
    {"startCommandExecution", start_command},
    {"getTask", get_task},
    {"stopTask", stop_task},
};

}  // namespace

net::Task<Result<Value>> run_code_tool(CodeSession& session, std::string name, Value arguments) {
  for (const CodeTool& tool : kCodeTools) {
    if (tool.name != name) continue;
    net::Task<Result<Value>> work = tool.run(session, arguments);
    co_return co_await std::move(work);
  }
  std::vector<std::string_view> names;
  for (const CodeTool& tool : kCodeTools) names.push_back(tool.name);
  co_return os::fail(Code::kInvalidArgument, fmt::format("there is no tool '{}'", os::utf8_prefix(name, 100)),
                     fmt::format("use one of {}", fmt::join(names, ", ")));
}

}  // namespace soma::harness
