#include "services/workflow/query/failure_text.h"
#include "services/workflow/query/path_program.h"
#include "services/workflow/query/text_scan.h"

namespace soma::workflow::query {
namespace {

// The member or element that a step names, made when it may be; null when something else is in the way.
json::Value* place_of(const Step& step, json::Value& in) {
  if (step.kind == Step::Kind::kNames) {
    if (!in.is_object()) return nullptr;
    json::Value* member = in.find(step.names.front());
    return member != nullptr ? member : &in.set(step.names.front(), json::Object());
  }
  if (!in.is_array()) return nullptr;
  auto size = static_cast<int64_t>(in.size());
  int64_t index = step.indexes.front() < 0 ? step.indexes.front() + size : step.indexes.front();
  if (index < 0 || index > size) return nullptr;
  return index == size ? &in.push_back(json::Object()) : &in.as_array()[static_cast<size_t>(index)];
}

}  // namespace

struct ReferencePath::Program : PathProgram {};

os::Result<ReferencePath> ReferencePath::compile(std::string_view text) {
  if (!text.starts_with('$')) return invalid("Reference path didn't start with '$'");
  SOMA_ASSIGN(PathProgram program, compile_path(text));
  if (program.root != Root::kInput) return invalid("'" + std::string(text) + "' is not in the input");
  if (!program.plain) return invalid("'" + std::string(text) + "' may only have names and indexes");
  ReferencePath path;
  path.program_ = std::make_shared<const Program>(Program{std::move(program)});
  return path;
}

Outcome<json::Value> ReferencePath::put(json::Value input, json::Value result) const {
  if (whole()) return result;
  json::Value* place = &input;
  for (const Step& step : program_->steps) {
    place = place_of(step, *place);
    if (place == nullptr) return std::unexpected(reference_conflict(text(), input));
  }
  *place = std::move(result);
  return input;
}

bool ReferencePath::whole() const {
  return program_->whole();
}
const std::string& ReferencePath::text() const {
  return program_->text;
}

}  // namespace soma::workflow::query
