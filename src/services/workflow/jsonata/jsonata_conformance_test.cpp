// The reference implementation's own suite: every case's value, absence of a value, or error.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include <fmt/format.h>
#include "base/os/os.h"
#include "services/workflow/jsonata/jsonata.h"

namespace soma::workflow::jsonata {
namespace {

std::filesystem::path folder() {
  const char* root = std::getenv("SOMA_CONFORMANCE");
  std::filesystem::path base = root != nullptr ? root : SOMA_SOURCE_DIR "/../shared/conformance";
  return base / "jsonata";
}

// Lone surrogates are valid in the suite's JSON, but not in ours: they come in as private-use code points and
// then become the three bytes that the engine keeps for them.
constexpr size_t kReferenceRangeItems = 10'000'000;  // the service takes fewer
constexpr unsigned kStandIn = 0xF0000;

std::string stand_in_for_surrogates(std::string text) {
  const auto unit_at = [&](size_t at) -> unsigned {
    if (at + 6 > text.size() || text.compare(at, 2, "\\u") != 0) return 0;
    return static_cast<unsigned>(std::strtoul(text.substr(at + 2, 4).c_str(), nullptr, 16));
  };
  std::string result;
  for (size_t at = 0; at < text.size();) {
    if (text[at] != '\\') {
      result += text[at++];
      continue;
    }
    const unsigned unit = unit_at(at), next = unit_at(at + 6);
    if (unit < 0xD800 || unit > 0xDFFF) {
      result += text.substr(at, 2);
      at += 2;
    } else if (unit < 0xDC00 && next >= 0xDC00 && next <= 0xDFFF) {
      result += text.substr(at, 12);
      at += 12;
    } else {
      const unsigned code_point = kStandIn + (unit - 0xD800);
      result +=
          {static_cast<char>(0xF0 | code_point >> 18), static_cast<char>(0x80 | (code_point >> 12 & 0x3F)),
           static_cast<char>(0x80 | (code_point >> 6 & 0x3F)), static_cast<char>(0x80 | (code_point & 0x3F))};
      at += 6;
    }
  }
  return result;
}

void restore_surrogates(std::string& text) {
  for (size_t at = 0; at + 4 <= text.size(); ++at) {
    const auto byte = [&](size_t index) { return static_cast<unsigned char>(text[at + index]); };
    if (byte(0) != 0xF3 || byte(1) != 0xB0) continue;
    const unsigned unit = 0xD800 + ((byte(2) & 0x3Fu) << 6 | (byte(3) & 0x3Fu));
    text.replace(at, 4,
                 {static_cast<char>(0xE0 | unit >> 12), static_cast<char>(0x80 | (unit >> 6 & 0x3F)),
                  static_cast<char>(0x80 | (unit & 0x3F))});
  }
}

void restore_surrogates(json::Value& value) {
  if (value.is_string()) restore_surrogates(value.as_string());
  if (value.is_array()) {
    for (json::Value& element : value.as_array()) restore_surrogates(element);
  } else if (value.is_object()) {
    for (auto& [key, member] : value.as_object()) {
      restore_surrogates(key);
      restore_surrogates(member);
    }
  }
}

json::Value read(const char* name) {
  std::ifstream file(folder() / name, std::ios::binary);
  auto value = json::parse(stand_in_for_surrogates({std::istreambuf_iterator<char>(file), {}}));
  EXPECT_TRUE(value) << name << ": " << (value ? "" : value.error().to_string());
  if (!value) return {};
  restore_surrogates(*value);
  return std::move(*value);
}

bool same_in_any_order(const json::Value& left, const json::Value& right) {
  if (!left.is_array() || left.size() != right.size()) return false;
  std::vector<const json::Value*> rest;
  for (const json::Value& element : right.as_array()) rest.push_back(&element);
  for (const json::Value& element : left.as_array()) {
    const auto found =
        std::ranges::find_if(rest, [&](const json::Value* other) { return *other == element; });
    if (found == rest.end()) return false;
    rest.erase(found);
  }
  return true;
}

std::string detail(const os::Error& error, std::string_view name) {
  for (const auto& [key, value] : error.details) {
    if (key == name) return value;
  }
  return "";
}

// Plain differences are exact; numbers that went through decimal text may differ in their last digit.
bool equal(const json::Value& actual, const json::Value& expected) {
  if (actual == expected) return true;
  if (actual.is_number() && expected.is_number()) {
    return std::abs(actual.as_double() - expected.as_double()) <= 1e-14 * std::abs(expected.as_double());
  }
  if (actual.is_array() && expected.is_array()) {
    return std::ranges::equal(actual.as_array(), expected.as_array(), equal);
  }
  if (!actual.is_object() || !expected.is_object() || actual.size() != expected.size()) return false;
  return std::ranges::all_of(actual.as_object(), [&](const json::Member& member) {
    const json::Value* other = expected.find(member.first);
    return other != nullptr && equal(member.second, *other);
  });
}

struct Outcome {
  os::Result<std::optional<json::Value>> result;
  bool compiled = true;
};

class Suite {
 public:
  Suite() : datasets_(read("datasets.json")), clock_(), ids_(os::make_seeded_ids(7, clock_)) {}

  // What is wrong; empty when nothing is.
  std::string judge(const json::Value& test) {
    const Outcome outcome = run(test);
    const std::string got =
        !outcome.result ? outcome.result.error().to_string() + " " + detail(outcome.result.error(), "code")
        : outcome.result->has_value() ? json::write(**outcome.result)
                                      : "undefined";
    if (test.has("undefinedResult"))
      return outcome.result && !*outcome.result ? "" : "wanted undefined, got " + got;
    if (const json::Value* result = test.find("result")) return judge_result(test, *result, outcome, got);
    const json::Value* fields = test.find("error");
    const json::Value& error = fields != nullptr ? *fields : test;
    if (outcome.result) return "wanted " + json::write(error.get("code")) + ", got " + got;
    if (!is_error(error, outcome, fields != nullptr)) return "wanted " + json::write(error) + ", got " + got;
    return "";
  }

 private:
  Outcome run(const json::Value& test) {
    auto expression = Expression::compile(test.get("expr").string_or(""));
    if (!expression) return {std::unexpected(expression.error()), false};
    std::vector<Binding> bindings;
    if (const json::Value* all = test.find("bindings"); all != nullptr && all->is_object()) {
      for (const auto& [name, value] : all->as_object()) bindings.push_back({name, &value});
    }
    const json::Value* input = test.find("data");
    if (input == nullptr && test.get("dataset").is_string())
      input = datasets_.get("datasets").find(test.get("dataset").as_string());
    Surroundings surroundings{.now = clock_.now(), .ids = *ids_};
    surroundings.limits.max_range_items = kReferenceRangeItems;
    if (const json::Value* depth = test.find("depth"))
      surroundings.limits.max_depth = static_cast<size_t>(depth->int_or(500));
    return {expression->evaluate({.input = input, .bindings = bindings}, surroundings)};
  }

  static std::string judge_result(const json::Value& test, const json::Value& wanted, const Outcome& outcome,
                                  const std::string& got) {
    // A function is no JSON: the suite writes nothing for it.
    if (!outcome.result) return "wanted " + json::write(wanted) + ", got " + got;
    const bool same = outcome.result->has_value() &&
                      (test.get("unordered").bool_or(false) ? same_in_any_order(**outcome.result, wanted)
                                                            : equal(**outcome.result, wanted));
    return same ? "" : "wanted " + json::write(wanted) + ", got " + got;
  }

  static bool is_error(const json::Value& wanted, const Outcome& outcome, bool has_message) {
    const os::Error& error = outcome.result.error();
    if (wanted.get("code").string_or("") != detail(error, "code")) return false;
    if (has_message && wanted.has("message") && wanted.get("message").string_or("") != error.message)
      return false;
    const json::Value* token = wanted.find("token");
    return token == nullptr || (outcome.compiled && !has_message) == false ||
           token->string_or("") == detail(error, "token");
  }

  json::Value datasets_;
  os::VirtualClock clock_;
  std::unique_ptr<os::IdSource> ids_;
};

TEST(JsonataConformance, EveryCase) {
  if (!std::filesystem::exists(folder() / "cases.json")) {
    std::printf("jsonata: 0 of 0 passed, skipped: no %s\n", folder().c_str());
    GTEST_SKIP();
  }
  const json::Value cases = read("cases.json");
  Suite suite;
  size_t passed = 0, judged = 0, out_of_scope = 0;
  for (const json::Value& test : cases.get("cases").as_array()) {
    if (!test.get("aws").bool_or(true)) {  // $eval, which the service does not have
      ++out_of_scope;
      continue;
    }
    ++judged;
    const std::string verdict = suite.judge(test);
    passed += verdict.empty() ? 1 : 0;
    EXPECT_EQ(verdict, "") << test.get("id").string_or("") << "\n  " << test.get("expr").string_or("");
  }
  std::printf("jsonata: %zu of %zu passed, %zu out of scope\n", passed, judged, out_of_scope);
}

}  // namespace
}  // namespace soma::workflow::jsonata
