// Any text: compiled, and evaluated on a small input within small limits. Text that compiles once compiles
// always; no error is a bug of ours.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/os/os.h"
#include "services/workflow/jsonata/jsonata.h"

using namespace soma;
using namespace soma::workflow;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const json::Value input = *json::parse(
      R"({"a": 1, "b": [1, 2.5, -3], "c": {"d": "text", "e": [{"f": true}, {"f": null}]}, "ü": "…𝒳"})");
  static const json::Value states =
      json::object({{"input", input}, {"context", json::object({{"Name", "x"}})}});
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  auto expression = jsonata::Expression::compile(text);
  if (!expression) {
    if (expression.error().code == os::Code::kInternal) abort();
    return 0;
  }
  if (!jsonata::Expression::compile(expression->text())) abort();
  os::VirtualClock clock;
  const auto ids = os::make_seeded_ids(1, clock);
  const jsonata::Binding bindings[] = {{"states", &states}};
  const jsonata::Surroundings surroundings{.now = clock.now(),
                                           .ids = *ids,
                                           .limits = {.max_steps = 20'000,
                                                      .max_depth = 200,
                                                      .max_range_items = 1'000,
                                                      .max_string_bytes = 10'000,
                                                      .max_value_bytes = 4u << 20}};
  const auto result = expression->evaluate({.input = &input, .bindings = bindings}, surroundings);
  if (!result && result.error().code == os::Code::kInternal) abort();
  if (result && *result) json::write(**result);
  return 0;
}
