// Commands, code and files.
#include <algorithm>
#include <array>

#include <fmt/format.h>
#include "base/os/os.h"
#include "core/model/reflex/planner.h"
#include "core/model/reflex/text.h"

namespace soma::model::reflex {
namespace {

// For bash: a single-quoted word.
std::string shell_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

// What a view shows in front of each line: "    12\t", "12: ", "12 | ".
std::string without_line_numbers(std::string_view view) {
  std::string out;
  size_t numbered = 0, lines = 0;
  for (const std::string_view line : os::split(view, '\n')) {
    ++lines;
    std::string_view rest = line;
    while (rest.starts_with(' ')) rest.remove_prefix(1);
    size_t digits = 0;
    while (digits < rest.size() && rest[digits] >= '0' && rest[digits] <= '9') ++digits;
    std::string_view behind = rest.substr(digits);
    const bool mark =
        digits > 0 && (behind.starts_with('\t') || behind.starts_with(": ") || behind.starts_with(" | ") ||
                       behind.starts_with("→") || behind.starts_with("  "));
    if (!mark) continue;
    ++numbered;
    for (const std::string_view sign : {"\t", ": ", " | ", "→", "  "}) {
      if (!behind.starts_with(sign)) continue;
      behind.remove_prefix(sign.size());
      break;
    }
    out += std::string(behind) + "\n";
  }
  if (numbered == 0 || numbered * 2 < lines) return std::string(view);
  return out;
}

// How many lines the file has that a view shows the beginning of: "[12 more lines: …" counts on.
int64_t line_count(std::string_view view) {
  int64_t last = 0;
  for (const std::string_view line : os::split(view, '\n')) {
    const std::string_view trimmed = os::trim(line);
    if (trimmed.starts_with('[') && contains(trimmed, " more lines: view"))
      last += static_cast<int64_t>(first_number(trimmed).value_or(0));
    if (trimmed.empty() || trimmed[0] < '0' || trimmed[0] > '9') continue;
    if (const auto number = first_number(trimmed); number && static_cast<int64_t>(*number) == last + 1)
      last = static_cast<int64_t>(*number);
  }
  return last;
}

bool says_missing(std::string_view text) {
  const std::string lower = os::to_lower(text);
  return contains(lower, "not found") || contains(lower, "no such") || contains(lower, "does not exist") ||
         contains(lower, "notfound");
}

}  // namespace

std::optional<ToolCall> Planner::shell_call(const std::string& command) const {
  if (tools_.shell != nullptr) return ToolCall{tools_.shell->name, json::object({{"command", command}})};
  if (tools_.code != nullptr)
    return ToolCall{tools_.code->name, json::object({{"language", "bash"}, {"code", command}})};
  return std::nullopt;
}

std::optional<ToolCall> Planner::file_call(std::string_view operation, std::string_view path,
                                           std::initializer_list<json::Member> members) const {
  if (tools_.files == nullptr) return std::nullopt;
  json::Value input = json::object({{"operation", operation}, {"path", path}});
  for (const auto& [slot, value] : members) {
    static const std::map<std::string_view, std::vector<std::string_view>> names_of = {
        {"content", {"content", "file_text", "text", "contents"}},
        {"old", {"old", "old_text", "old_str", "old_string", "find"}},
        {"new", {"new", "new_text", "new_str", "new_string", "replacement"}},
        {"line", {"line", "insert_line", "after_line", "after"}},
        {"query", {"query", "pattern", "text"}},
        {"overwrite", {"overwrite", "force"}}};
    std::string name(slot);
    for (const std::string_view candidate : names_of.at(slot)) {
      if (!tools_.files->input_schema.get("properties").has(candidate)) continue;
      name = candidate;
      break;
    }
    input.set(name, value);
  }
  return ToolCall{tools_.files->name, std::move(input)};
}

bool Planner::run_command(const Step& step) {
  for (const std::string& command : step.list) {
    auto call = shell_call(command);
    if (!call) return cannot(fmt::format("run `{}`: there is no shell tool here", command)), true;
    const CallResult* result = ask(*std::move(call));
    if (result == nullptr) return false;
    documents_.push_back(parse_document(result->text, "`" + command + "`"));
    if (result->error) {
      cannot(fmt::format("run `{}`: {}", command, first_lines(result->text)));
      continue;
    }
    const bool silent = os::trim(result->text).starts_with("[exit code ");
    say(silent ? fmt::format("`{}` printed nothing {}", command, os::trim(result->text))
               : fmt::format("`{}` printed:\n{}", command, fenced(result->text)));
  }
  return true;
}

bool Planner::run_code(const Step& step) {
  const std::string language = step.capture("language");
  const std::string code = step.capture("code");
  std::optional<ToolCall> call;
  if (tools_.code != nullptr) {
    call = ToolCall{tools_.code->name, json::object({{"language", language}, {"code", code}})};
  } else if (language == "bash") {
    call = shell_call(code);
  } else {
    call =
        shell_call(fmt::format("{} {}", language == "python" ? "python3 -c" : "node -e", shell_quoted(code)));
  }
  if (!call)
    return cannot(fmt::format("run the {} code: there is no tool here that runs code", language)), true;
  const CallResult* result = ask(*std::move(call));
  if (result == nullptr) return false;
  documents_.push_back(parse_document(result->text, "the " + language + " code"));
  if (result->error) {
    cannot(fmt::format("run the {} code to its end:\n{}", language, fenced(result->text)));
  } else {
    say(fmt::format("The {} code printed:\n{}", language, fenced(result->text)));
  }
  return true;
}

bool Planner::write_file(const Step& step) {
  const std::string path = step.capture("path");
  std::string content = step.capture("content");
  if (!content.empty() && !content.ends_with('\n')) content += '\n';
  if (tools_.files == nullptr) {
    auto call = shell_call(fmt::format("printf %s {} > {}", shell_quoted(content), shell_quoted(path)));
    if (!call) return cannot(fmt::format("write {}: there is no tool here that writes files", path)), true;
    const CallResult* result = ask(*std::move(call));
    if (result == nullptr) return false;
    return result->error ? cannot(fmt::format("write {}: {}", path, first_lines(result->text)))
                         : done("wrote " + path, true),
           true;
  }
  const CallResult* result = ask(*file_call("create", path, {{"content", content}}));
  if (result == nullptr) return false;
  bool replaced = false;
  if (result->error && contains(os::to_lower(result->text), "exist") && !says_missing(result->text)) {
    // The order names the file and its content: what stood there is replaced, and that is said.
    result = ask(*file_call("create", path, {{"content", content}, {"overwrite", true}}));
    if (result == nullptr) return false;
    replaced = true;
  }
  if (result->error) return cannot(fmt::format("write {}: {}", path, first_lines(result->text))), true;
  done(replaced ? fmt::format("replaced {}", path) : fmt::format("wrote {}", path), true);
  return true;
}

Planner::Appended Planner::append(const std::string& path, const std::string& line, std::string& problem) {
  if (tools_.files == nullptr) {
    auto call = shell_call(fmt::format("mkdir -p \"$(dirname {0})\" && printf '%s\\n' {1} >> {0}",
                                       shell_quoted(path), shell_quoted(line)));
    if (!call) return problem = "there is no tool here that writes files", Appended::kFailed;
    const CallResult* result = ask(*std::move(call));
    if (result == nullptr) return Appended::kPending;
    if (result->error) return problem = first_lines(result->text), Appended::kFailed;
    return Appended::kDone;
  }
  const CallResult* view = ask(*file_call("view", path));
  if (view == nullptr) return Appended::kPending;
  const bool empty = view->error || line_count(view->text) == 0;
  if (view->error && !says_missing(view->text)) return problem = first_lines(view->text), Appended::kFailed;
  const CallResult* result =
      empty ? ask(*file_call("create", path,
                             view->error ? std::initializer_list<json::Member>{{"content", line + "\n"}}
                                         : std::initializer_list<json::Member>{{"content", line + "\n"},
                                                                               {"overwrite", true}}))
            : ask(*file_call("insert", path, {{"line", line_count(view->text)}, {"content", line + "\n"}}));
  if (result == nullptr) return Appended::kPending;
  if (result->error) return problem = first_lines(result->text), Appended::kFailed;
  return Appended::kDone;
}

bool Planner::append_file(const Step& step) {
  const std::string path = step.capture("path");
  std::string problem;
  switch (append(path, step.capture("content"), problem)) {
    case Appended::kPending:
      return false;
    case Appended::kFailed:
      cannot(fmt::format("append to {}: {}", path, problem));
      break;
    case Appended::kDone:
      done("added a line to " + path, true);
      break;
  }
  return true;
}

bool Planner::read_file(const Step& step, bool quiet) {
  for (const std::string& path : step.list) {
    auto call = file_call("view", path);
    if (!call) call = shell_call("cat -- " + shell_quoted(path));
    if (!call) return cannot(fmt::format("read {}: there is no tool here that reads files", path)), true;
    const CallResult* result = ask(*std::move(call), true);
    if (result == nullptr) return false;
    if (result->error) {
      cannot(fmt::format("read {}: {}", path, first_lines(result->text)));
      continue;
    }
    const std::string text = without_line_numbers(result->text);
    documents_.push_back(path.ends_with(".csv") ? parse_csv(text, path) : parse_document(text, path));
    documents_.back().is_page = false;
    if (!quiet) say(fmt::format("{} says:\n{}", path, fenced(text)));
  }
  return true;
}

bool Planner::list_files(const Step& step) {
  const std::string path = step.captures.contains("path") ? step.capture("path") : ".";
  auto call = file_call("list", path);
  if (!call) call = shell_call("ls -la -- " + shell_quoted(path));
  if (!call) return cannot("list the files: there is no tool here for files"), true;
  const CallResult* result = ask(*std::move(call), true);
  if (result == nullptr) return false;
  if (result->error) return cannot(fmt::format("list {}: {}", path, first_lines(result->text))), true;
  say(fmt::format("The files in {}:\n{}", path == "." ? "the workspace" : path,
                  os::trim(result->text).empty() ? "(none)" : fenced(result->text)));
  return true;
}

bool Planner::search_files(const Step& step) {
  const std::string query(strip(step.capture("query"), ".,;:!?\"'`"));
  const std::string path = step.captures.contains("path") ? step.capture("path") : ".";
  auto call = file_call("search", path, {{"query", query}});
  if (!call)
    call = shell_call(fmt::format("grep -rn -- {} {} || true", shell_quoted(query), shell_quoted(path)));
  if (!call)
    return cannot(fmt::format("search the files for \"{}\": there is no tool here for files", query)), true;
  const CallResult* result = ask(*std::move(call), true);
  if (result == nullptr) return false;
  if (result->error)
    return cannot(fmt::format("search the files for \"{}\": {}", query, first_lines(result->text))), true;
  say(fmt::format("Searching the files for \"{}\":\n{}", query, fenced(result->text)));
  return true;
}

bool Planner::replace_in_file(const Step& step) {
  const std::string path = step.capture("path");
  const std::string from(strip(step.capture("old"), "\"'`")), to(strip(step.capture("new"), "\"'`"));
  auto call = file_call("replace", path, {{"old", from}, {"new", to}});
  if (!call)
    call =
        shell_call(fmt::format("python3 -c 'import sys; p, a, b = sys.argv[1:]; t = open(p).read(); a in t "
                               "or sys.exit(\"no such text\"); "
                               "open(p, \"w\").write(t.replace(a, b, 1))' {} {} {}",
                               shell_quoted(path), shell_quoted(from), shell_quoted(to)));
  if (!call)
    return cannot(fmt::format("replace text in {}: there is no tool here that edits files", path)), true;
  const CallResult* result = ask(*std::move(call));
  if (result == nullptr) return false;
  if (result->error)
    return cannot(fmt::format("replace \"{}\" in {}: {}", from, path, first_lines(result->text))), true;
  done(fmt::format("replaced \"{}\" with \"{}\" in {}", from, to, path), true);
  return true;
}

// A shell command that says nothing when it went well.
bool Planner::work_in_shell(const std::string& command, const std::string& what, const std::string& did) {
  auto call = shell_call(command);
  if (!call) return cannot(what + ": there is no shell tool here"), true;
  const CallResult* result = ask(*std::move(call));
  if (result == nullptr) return false;
  const bool failed =
      result->error || (contains(result->text, "[exit code ") && !contains(result->text, "[exit code 0"));
  if (failed) return cannot(fmt::format("{}: {}", what, first_lines(result->text))), true;
  done(did, true);
  return true;
}

bool Planner::delete_file(const Step& step) {
  const std::string path = step.capture("path");
  return work_in_shell("rm -- " + shell_quoted(path), "delete " + path, "deleted " + path);
}

// A file that stands at the target is not overwritten.
bool Planner::move_file(const Step& step) {
  const std::string from = step.capture("path"), to = step.capture("target");
  const bool copy = step.act == Act::kCopyFile;
  return work_in_shell(
      fmt::format("[ ! -e {1} ] && {2} -- {0} {1}", shell_quoted(from), shell_quoted(to), copy ? "cp" : "mv"),
      fmt::format("{} {} to {} (is the name taken, or the file missing?)", copy ? "copy" : "rename", from,
                  to),
      fmt::format("{} {} to {}", copy ? "copied" : "renamed", from, to));
}

// "How many lines has it?"
bool Planner::count_file(const Step& step) {
  const std::string path = step.capture("path");
  const std::string unit = step.capture("unit");
  const bool of_lines = unit == "lines" || unit == "line" || unit == "rows";
  const std::string_view option = of_lines ? "-l" : unit == "words" ? "-w" : unit == "bytes" ? "-c" : "-m";
  std::optional<int64_t> number;
  if (auto call = shell_call(fmt::format("wc {} < {}", option, shell_quoted(path)))) {
    const CallResult* result = ask(*std::move(call), true);
    if (result == nullptr) return false;
    const auto counted =
        result->error ? std::nullopt : first_number(result->text.substr(0, result->text.find("[exit")));
    if (!counted)
      return cannot(fmt::format("count the {} of {}: {}", unit, path, first_lines(result->text))), true;
    number = static_cast<int64_t>(*counted);
  } else if (auto view = file_call("view", path); view && of_lines) {
    const CallResult* result = ask(*std::move(view), true);
    if (result == nullptr) return false;
    if (result->error) return cannot(fmt::format("read {}: {}", path, first_lines(result->text))), true;
    number = line_count(result->text);
  }
  if (!number)
    return cannot(fmt::format("count the {} of {}: there is no tool here for it", unit, path)), true;
  say(fmt::format("{} has {} {}.", path, *number, unit));
  return true;
}

}  // namespace soma::model::reflex
