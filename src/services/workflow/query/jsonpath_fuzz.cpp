// The first line is a path, an intrinsic function and the text of a template; the rest is the input. Whatever
// compiles is evaluated, and a path written out in the library's form finds the same.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "services/workflow/query/path_program.h"

using namespace soma;
using namespace soma::workflow;

namespace {

void try_path(std::string_view text, const query::Scope& scope) {
  auto program = query::compile_path(text);
  if (!program) return;
  auto value = query::read_path(*program, scope);
  bool quotable =
      text.find_first_of("'\"\\?") == std::string_view::npos && program->root == query::Root::kInput;
  if (!quotable) return;
  auto again = query::compile_path(program->canonical());
  if (!again) abort();
  auto same = query::read_path(*again, scope);
  if (same.has_value() != value.has_value() || (value && *same != *value)) abort();
}

void try_template(json::Value value, query::Language language, const query::Scope& scope,
                  const jsonata::Surroundings& surroundings) {
  auto compiled = query::Template::compile(value, language, "Parameters");
  if (!compiled) return;
  auto outcome = compiled->evaluate(scope, surroundings);
  if (compiled->constant() && (!outcome || *outcome != value)) abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view all(reinterpret_cast<const char*>(data), size);
  size_t end = all.find('\n');
  std::string_view text = all.substr(0, end);
  auto input = json::parse(end == std::string_view::npos ? "{}" : all.substr(end + 1));
  if (!input) return 0;

  os::VirtualClock clock;
  auto ids = os::make_seeded_ids(1, clock);
  jsonata::Surroundings surroundings{.now = clock.now(), .ids = *ids, .limits = {.max_steps = 10'000}};
  query::Scope scope{.input = &*input, .context = &*input};

  try_path(text, scope);
  if (auto source = query::Source::compile(text)) {
    auto outcome = source->evaluate(scope, surroundings, "InputPath");
    const json::Value* found = source->find(scope);
    if (found != nullptr && (!outcome || *outcome != *found)) abort();
  }
  if (auto reference = query::ReferencePath::compile(text)) {
    // What was put is found there, unless the path counts an index from the end of an array that grew.
    auto outcome = reference->put(*input, "mark");
    if (outcome && text.find('-') == std::string_view::npos) {
      query::Scope after{.input = &*outcome};
      auto path = query::Path::compile(text);
      const json::Value* found = path ? path->find(after) : nullptr;
      if (found == nullptr || *found != json::Value("mark")) abort();
    }
  }
  try_template(json::object({{"x.$", text}, {"y", *input}}), query::Language::kJsonPath, scope, surroundings);
  try_template(json::array({text, *input}), query::Language::kJsonata, scope, surroundings);
  return 0;
}
