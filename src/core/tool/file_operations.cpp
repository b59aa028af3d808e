// `file_operations`: the session's files without a shell. Works where no sandbox does, because it never
// leaves the workspace and what is mounted beside it.
#include <fmt/format.h>

#include "core/tool/builtin_tools.h"
#include "core/tool/file_actions.h"

namespace soma::tool {
namespace {

constexpr std::string_view kInput = R"({
  "type": "object",
  "properties": {
    "operation": {"type": "string", "enum": ["view", "create", "replace", "insert", "list", "search"]},
    "path": {"type": "string", "maxLength": 4096, "description": "Below /workspace, or relative to it; or in a folder beside it. For list and search: where to begin (default all)."},
    "content": {"type": "string", "maxLength": 16777216, "description": "create: the whole file. insert: the lines to add."},
    "overwrite": {"type": "boolean", "description": "create: replace a file that is there."},
    "old_text": {"type": "string", "description": "replace: the exact text, which must occur once."},
    "new_text": {"type": "string", "description": "replace: what takes its place."},
    "replace_all": {"type": "boolean", "description": "replace: every occurrence."},
    "line": {"type": "integer", "minimum": 0, "description": "insert: after this line; 0 is the beginning."},
    "start_line": {"type": "integer", "minimum": 1, "description": "view: the first line."},
    "end_line": {"type": "integer", "minimum": 1, "description": "view: the last line."},
    "depth": {"type": "integer", "minimum": 1, "maximum": 3, "description": "list: levels of directories (default 1)."},
    "hidden": {"type": "boolean", "description": "list, search: names that begin with a dot too."},
    "pattern": {"type": "string", "description": "search: the literal text to find in a line."},
    "ignore_case": {"type": "boolean", "description": "search: ASCII letters of either case match."},
    "glob": {"type": "string", "description": "search: only files whose name or path matches, as *.py."}
  },
  "required": ["operation"],
  "additionalProperties": false
})";

constexpr std::string_view kDescription =
    "Works on text files in the session's workspace: view (with line numbers), create, replace (exact text "
    "that occurs once), insert (after a "
    "line), list (a directory), search (literal text in files).";

// Looking twice is looking once. A change is never repeated, not even one that would leave the same bytes:
// what ran after it may have changed the file again.
struct Operation {
  std::string_view name;
  bool repeatable;
  bool needs_path;
  os::Result<std::string> (*perform)(const FileAction& action);
};
constexpr Operation kOperations[] = {
    {"view", true, true, view_file},        {"create", false, true, create_file},
    {"replace", false, true, replace_text}, {"insert", false, true, insert_text},
    {"list", true, false, list_directory},  {"search", true, false, search_files},
};

const Operation* find_operation(const json::Value& input) {
  for (const Operation& operation : kOperations)
    if (operation.name == input.get("operation").string_or("")) return &operation;
  return nullptr;
}

// The model is told what there is beside the workspace: nothing else tells it.
std::string description(const std::vector<sandbox::Mount>& mounts) {
  if (mounts.empty()) return std::string(kDescription);
  std::vector<std::string> folders;
  for (const sandbox::Mount& mount : mounts)
    folders.push_back(mount.writable ? mount.inside : mount.inside + " (only to look at)");
  return fmt::format("{} Beside it: {}.", kDescription, os::join(folders, ", "));
}

os::Result<std::string> perform(const Operation& operation, FileAction action,
                                const std::vector<sandbox::Mount>& mounts) {
  SOMA_ASSIGN(const sandbox::Folder folder,
              sandbox::folder_of(action.root, mounts, action.input.get("path").string_or("")));
  if (!folder.writable && !operation.repeatable)
    return os::fail(os::Code::kPermissionDenied,
                    fmt::format("what is below {} can only be looked at", folder.mount_point));
  action.root = folder.root;
  action.mount_point = folder.mount_point;
  return operation.perform(action);
}

class FileOperationsTool final : public Tool {
 public:
  FileOperationsTool(const ToolConfig& config, Environment& environment)
      : environment_(environment),
        spec_{config.name, description(environment.mounts), parse_literal(kInput)} {}

  const model::ToolSpec& spec() const override { return spec_; }
  bool repeatable(const json::Value& input) const override {
    const Operation* operation = find_operation(input);
    return operation != nullptr && operation->repeatable;
  }

  net::Task<Outcome> run(const json::Value& input, Context& context) override {
    const Operation* operation = find_operation(input);
    if (operation == nullptr)
      co_return error_outcome("operation must be view, create, replace, insert, list or search");
    if (operation->needs_path && input.get("path").string_or("").empty())
      co_return error_outcome(fmt::format("{} needs \"path\"", operation->name));
    FileAction action{.root = environment_.workspace, .input = input, .max_bytes = context.max_result_bytes};
    auto work = [operation, action = std::move(action), mounts = environment_.mounts]() mutable {
      return perform(*operation, std::move(action), mounts);
    };
    os::Result<std::string> text = co_await net::offload(std::move(work));
    if (!text) co_return error_outcome(text.error().to_string());
    co_return text_outcome(std::move(*text));
  }

 private:
  Environment& environment_;
  model::ToolSpec spec_;
};

}  // namespace

os::Result<std::unique_ptr<Tool>> make_file_operations_tool(const ToolConfig& config,
                                                            Environment& environment) {
  return std::make_unique<FileOperationsTool>(config, environment);
}

}  // namespace soma::tool
