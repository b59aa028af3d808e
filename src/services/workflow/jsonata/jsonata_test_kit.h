// Expressions and what comes of them, as text. For tests.
#pragma once

#include <string>
#include <string_view>

#include "base/os/os.h"
#include "services/workflow/jsonata/jsonata.h"

namespace soma::workflow::jsonata {

inline std::string detail(const os::Error& error, std::string_view name) {
  for (const auto& [key, value] : error.details) {
    if (key == name) return value;
  }
  return "";
}

// The result as JSON, "undefined", or "error CODE". The input is JSON, or nothing.
inline std::string run(std::string_view text, std::string_view input = "", const Limits& limits = {}) {
  os::VirtualClock clock;
  const auto ids = os::make_seeded_ids(1, clock);
  const auto expression = Expression::compile(text);
  if (!expression) return "error " + detail(expression.error(), "code");
  json::Value value;
  if (!input.empty()) {
    auto parsed = json::parse(input);
    if (!parsed) return parsed.error().to_string();
    value = std::move(*parsed);
  }
  const auto result = expression->evaluate({.input = input.empty() ? nullptr : &value},
                                           {.now = clock.now(), .ids = *ids, .limits = limits});
  if (!result) return "error " + detail(result.error(), "code");
  return *result ? json::write(**result) : "undefined";
}

}  // namespace soma::workflow::jsonata
