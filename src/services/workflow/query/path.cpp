#include "services/workflow/query/failure_text.h"
#include "services/workflow/query/path_program.h"

namespace soma::workflow::query {

struct Path::Program : PathProgram {};

os::Result<Path> Path::compile(std::string_view text) {
  SOMA_ASSIGN(PathProgram program, compile_path(text));
  Path path;
  path.program_ = std::make_shared<const Program>(Program{std::move(program)});
  return path;
}

Outcome<json::Value> Path::evaluate(const Scope& scope, std::string_view field) const {
  auto value = read_path(*program_, scope);
  if (!value) return std::unexpected(path_failure(*program_, value.error(), scope, field));
  return std::move(*value);
}

const json::Value* Path::find(const Scope& scope) const {
  return find_in_place(*program_, scope);
}

bool Path::definite() const {
  return program_->definite;
}
bool Path::whole() const {
  return program_->whole();
}
std::string_view Path::variable() const {
  return program_->variable;
}
const std::string& Path::text() const {
  return program_->text;
}

}  // namespace soma::workflow::query
