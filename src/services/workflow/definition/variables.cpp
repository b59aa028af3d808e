#include "services/workflow/definition/variables.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace soma::workflow {
namespace {

std::string_view variable_of_key(std::string_view key, query::Language language) {
  if (language == query::Language::kJsonPath && key.ends_with(".$")) key.remove_suffix(2);
  return key;
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         (static_cast<unsigned char>(c) >= 0x80);
}

// A letter of any script or "_", then letters, digits and "_" (UAX 31, with every character past ASCII taken
// for a letter).
bool is_identifier(std::string_view name) {
  return !name.empty() && is_letter(name.front()) &&
         std::ranges::all_of(name, [](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

}  // namespace

void check_variable_names(const json::Value& assign, query::Language language, const Place& place,
                          Report& report) {
  for (const auto& [key, value] : assign.as_object()) {
    std::string_view name = variable_of_key(key, language);
    if (name == "states") {
      report.schema(place.member(key), "The variable name 'states' is reserved");
    } else if (!is_identifier(name)) {
      report.schema(
          place.member(key),
          fmt::format("The variable name '{}' must begin with a letter or '_' and have only letters, "
                      "digits and '_'",
                      name));
    } else if (count_characters(name) > kMaxVariableNameCharacters) {
      report.schema(place.member(key),
                    fmt::format("The variable name '{}' must be at most {} characters long", name,
                                kMaxVariableNameCharacters));
    }
  }
}

size_t Scopes::open(size_t outer, std::string owner) {
  scopes_.push_back({outer, std::move(owner)});
  return scopes_.size() - 1;
}

void Scopes::assign(size_t scope, std::string_view state, const json::Value& assign, query::Language language,
                    const Place& place) {
  if (!assign.is_object()) return;
  for (const auto& [key, value] : assign.as_object()) {
    assignments_.push_back({.scope = scope,
                            .state = std::string(state),
                            .name = std::string(variable_of_key(key, language)),
                            .place = place.member(key)});
  }
}

void Scopes::check(Report& report) const {
  using Key = std::pair<size_t, std::string_view>;
  std::map<Key, std::set<std::string_view>> assigning_states;
  for (const Assignment& assignment : assignments_) {
    assigning_states[Key(assignment.scope, assignment.name)].insert(assignment.state);
  }
  auto hides = [&](const Assignment& assignment, const Scope& scope) {
    auto outside = assigning_states.find(Key(scope.outer, assignment.name));
    return outside != assigning_states.end() &&
           std::ranges::any_of(outside->second, [&](std::string_view state) { return state != scope.owner; });
  };
  for (const Assignment& assignment : assignments_) {
    for (size_t at = assignment.scope; scopes_[at].outer != kNone; at = scopes_[at].outer) {
      if (!hides(assignment, scopes_[at])) continue;
      report.schema(assignment.place,
                    fmt::format("The variable '{}' is assigned in an outer scope; a branch or an iteration "
                                "may read it but not assign it",
                                assignment.name));
      break;
    }
  }
}

}  // namespace soma::workflow
