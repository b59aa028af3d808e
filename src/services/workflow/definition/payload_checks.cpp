// What a payload template's keys and strings say besides whether they compile.
#include <fmt/format.h>

#include "services/workflow/definition/expressions.h"

namespace soma::workflow {
namespace {

bool looks_like_path(std::string_view text) {
  return text.starts_with("$.") || text.starts_with("$$.") || text.starts_with("$[") ||
         (text.starts_with("States.") && text.ends_with(')'));
}

void check_object(const json::Value& value, const Place& place, Report& report) {
  for (const auto& [name, member] : value.as_object()) {
    std::string_view stem = name;
    bool computes = stem.ends_with(".$");
    if (computes) {
      stem.remove_suffix(2);
      if (value.has(stem)) {
        report.schema(place,
                      fmt::format("The field '{}' stands twice: as '{}' and as '{}'", stem, stem, name));
      }
    } else if (looks_like_path(member.string_or(""))) {
      report.warning(code::kNoDollar, place.member(name),
                     fmt::format("The field '{}' holds what looks like a path or an intrinsic function; its "
                                 "name must end in '.$' for it to be evaluated",
                                 name));
    }
  }
}

}  // namespace

void check_payload(const json::Value& value, const Place& place, Report& report) {
  if (value.is_array()) {
    for (size_t i = 0; i < value.size(); ++i) check_payload(value.at(i), place.element(i), report);
  } else if (value.is_object()) {
    check_object(value, place, report);
    for (const auto& [name, member] : value.as_object()) check_payload(member, place.member(name), report);
  }
}

}  // namespace soma::workflow
