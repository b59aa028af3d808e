#include <algorithm>
#include <variant>

#include "services/workflow/query/failure_text.h"
#include "services/workflow/query/intrinsic.h"
#include "services/workflow/query/text_scan.h"

namespace soma::workflow::query {

struct Source::Program {
  std::string text;
  std::variant<PathProgram, Intrinsic> what;

  const PathProgram* path() const { return std::get_if<PathProgram>(&what); }
  void visit(const std::function<void(const PathProgram&)>& visitor) const {
    if (path() != nullptr) {
      visitor(*path());
    } else {
      visit_paths(std::get<Intrinsic>(what).call, visitor);
    }
  }
};

os::Result<Source> Source::compile(std::string_view text) {
  std::string_view trimmed = os::trim(text);
  Program program{.text = std::string(text), .what = PathProgram()};
  if (trimmed.starts_with('$')) {
    SOMA_ASSIGN(program.what, compile_path(text));
  } else if (trimmed.starts_with("States.")) {
    SOMA_ASSIGN(program.what, compile_intrinsic(text));
  } else {
    return invalid("It is neither a path, which starts with '$', nor an intrinsic function, \"States.…\"");
  }
  Source source;
  source.program_ = std::make_shared<const Program>(std::move(program));
  return source;
}

Outcome<json::Value> Source::evaluate(const Scope& scope, const jsonata::Surroundings& surroundings,
                                      std::string_view field) const {
  const PathProgram* path = program_->path();
  if (path == nullptr) return evaluate_intrinsic(std::get<Intrinsic>(program_->what), scope, surroundings);
  auto value = read_path(*path, scope);
  if (!value) return std::unexpected(path_failure(*path, value.error(), scope, field));
  return std::move(*value);
}

const json::Value* Source::find(const Scope& scope) const {
  const PathProgram* path = program_->path();
  return path == nullptr ? nullptr : find_in_place(*path, scope);
}

const std::string& Source::text() const {
  return program_->text;
}

bool Source::whole() const {
  return program_->path() != nullptr && program_->path()->whole();
}

bool Source::reads_context() const {
  bool reads = false;
  program_->visit([&](const PathProgram& path) { reads = reads || path.root == Root::kContext; });
  return reads;
}

std::vector<std::string> Source::variables() const {
  std::vector<std::string> names;
  program_->visit([&](const PathProgram& path) {
    if (path.root == Root::kVariable) names.push_back(path.variable);
  });
  std::ranges::sort(names);
  names.erase(std::ranges::unique(names).begin(), names.end());
  return names;
}

}  // namespace soma::workflow::query
