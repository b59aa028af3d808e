// Any bytes as a definition and as a single state: either a definition or an error, never both; what an
// Express machine may do, a Standard one may; and each state's pointer leads to its text.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "services/workflow/definition/definition.h"

using namespace soma;
using namespace soma::workflow;

namespace {

void require(bool holds) {
  if (!holds) abort();
}

void check_answer(const Parsed& parsed) {
  bool has_error = std::ranges::any_of(parsed.diagnostics, [](const Diagnostic& diagnostic) {
    return diagnostic.severity == Severity::kError;
  });
  require(has_error == (parsed.definition == nullptr));
  require(parsed.diagnostics.size() <= kMaxDiagnostics);
  invalid_definition_message(parsed.diagnostics);
}

void check_pointers(const Definition& definition, const json::Value& value, const Flow& flow) {
  for (const State& state : flow.states) {
    require(value.pointer(state.pointer) != nullptr);
    require(find_state(definition, state.name) == &state);
    if (const auto* map = std::get_if<MapDetails>(&state.details)) {
      check_pointers(definition, value, map->processor);
    }
    if (const auto* parallel = std::get_if<ParallelDetails>(&state.details)) {
      for (const Flow& branch : parallel->branches) check_pointers(definition, value, branch);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  Parsed standard = parse_definition(text, MachineType::kStandard);
  Parsed express = parse_definition(text, MachineType::kExpress);
  check_answer(standard);
  check_answer(express);
  require(standard.definition != nullptr || express.definition == nullptr);
  check_answer(parse_state(text, "Alone", MachineType::kStandard));
  if (standard.definition) {
    auto value = json::parse(text, {.max_depth = 500});
    require(value.has_value());
    check_pointers(*standard.definition, *value, standard.definition->flow);
    variable_references(*standard.definition);
  }
  return 0;
}
