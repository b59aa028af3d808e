// What the tests of queries share: a scope over JSON texts, and the outcome as one comparable text.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "services/workflow/query/query.h"

namespace soma::workflow::query {

class MapVariables final : public Variables {
 public:
  const json::Value* find(std::string_view name) const override {
    auto found = values.find(name);
    return found == values.end() ? nullptr : &found->second;
  }
  std::vector<std::pair<std::string_view, const json::Value*>> all() const override {
    std::vector<std::pair<std::string_view, const json::Value*>> list;
    for (const auto& [name, value] : values) list.emplace_back(name, &value);
    return list;
  }
  std::map<std::string, json::Value, std::less<>> values;
};

class QueryTest : public testing::Test {
 protected:
  void set_input(std::string_view text) { input_ = json_of(text); }
  void set_context(std::string_view text) { context_ = json_of(text); }
  void set_variable(const std::string& name, std::string_view text) {
    variables_.values[name] = json_of(text);
  }

  static json::Value json_of(std::string_view text) {
    auto value = json::parse(text);
    EXPECT_TRUE(value.has_value()) << text;
    return value ? std::move(*value) : json::Value();
  }

  Scope scope() const { return {.input = &input_, .context = &context_, .variables = &variables_}; }
  jsonata::Surroundings surroundings() { return {.now = clock_.now(), .ids = *ids_}; }

  // The value in JSON, or "error: cause".
  static std::string told(const Outcome<json::Value>& outcome) {
    return outcome ? json::write(*outcome) : outcome.error().error + ": " + outcome.error().cause;
  }
  // The path's value in the input, as InputPath would read it.
  std::string read(std::string_view path) const {
    auto compiled = Path::compile(path);
    return compiled ? told(compiled->evaluate(scope(), "InputPath")) : compiled.error().message;
  }
  // A template with "x.$" alone: the member's value.
  std::string call(std::string_view expression) {
    auto compiled = Source::compile(expression);
    return compiled ? told(compiled->evaluate(scope(), surroundings(), "x.$")) : compiled.error().message;
  }

  json::Value input_{json::Object()};
  json::Value context_{json::Object()};
  MapVariables variables_;
  os::VirtualClock clock_;
  std::unique_ptr<os::IdSource> ids_ = os::make_seeded_ids(7, clock_);
};

}  // namespace soma::workflow::query
