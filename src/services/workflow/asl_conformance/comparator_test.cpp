#include "services/workflow/asl_conformance/comparator_test_kit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace soma::workflow::conformance {
namespace {

constexpr size_t kShownBytes = 600;

// Whole values that stand for anything.
constexpr auto kAnything =
    std::to_array<std::string_view>({"timestamp", "date", "datetime", "RequestId", "X-Amzn-Trace-Id",
                                     "x-amz-crc32", "x-amzn-RequestId", "x-amzn-requestid"});
// Members that say how a call went over the wire.
constexpr auto kIgnored =
    std::to_array<std::string_view>({"ResponseMetadata", "SdkHttpMetadata", "SdkResponseMetadata"});

bool is_ignored(std::string_view key) {
  return std::ranges::find(kIgnored, key) != kIgnored.end();
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (size_t at = 0; !from.empty() && (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return text;
}

std::string shown(const json::Value& value) {
  std::string text = json::write(value);
  if (text.size() > kShownBytes) text = text.substr(0, kShownBytes) + "…";
  return text;
}

// Without what never compares, and without what a chain does not have.
json::Value bare_event(const json::Value& event) {
  json::Value bare = json::Object();
  for (const auto& [key, value] : event.as_object()) {
    if (key != "timestamp" && key != "id" && key != "previousEventId") bare.set(key, value);
  }
  return bare;
}

// Each event with all that it follows from, back to the first one.
json::Array chains_of(const json::Array& events) {
  std::map<int64_t, const json::Value*> by_id;
  for (const json::Value& event : events) by_id[event.get("id").int_or(0)] = &event;
  json::Array chains;
  for (const json::Value& event : events) {
    json::Value chain = json::Array();
    const json::Value* at = &event;
    for (size_t steps = 0; at != nullptr && steps <= events.size(); ++steps) {
      chain.push_back(bare_event(*at));
      const auto before = by_id.find(at->get("previousEventId").int_or(0));
      at = before == by_id.end() ? nullptr : before->second;
    }
    chains.push_back(std::move(chain));
  }
  return chains;
}

}  // namespace

json::Value expanded(const json::Value& value) {
  if (value.is_array()) {
    json::Value out = json::Array();
    for (const json::Value& element : value.as_array()) out.push_back(expanded(element));
    return out;
  }
  if (value.is_object()) {
    json::Value out = json::Object();
    for (const auto& [key, member] : value.as_object()) out.set(key, expanded(member));
    return out;
  }
  if (value.is_string() && value.as_string().starts_with("{")) {
    if (auto parsed = json::parse(value.as_string()); parsed && parsed->is_object()) return expanded(*parsed);
  }
  return value;
}

Comparator::Comparator(std::vector<std::pair<std::string, std::string>> bindings,
                       const json::Value& wildcards, const json::Value& wildcard_parts)
    : bindings_(std::move(bindings)), wildcards_(kAnything.begin(), kAnything.end()) {
  std::ranges::sort(
      bindings_, [](const auto& left, const auto& right) { return left.first.size() > right.first.size(); });
  if (wildcards.is_array()) {
    for (const json::Value& word : wildcards.as_array()) wildcards_.insert(std::string(word.string_or("")));
  }
  if (wildcard_parts.is_array()) {
    for (const json::Value& word : wildcard_parts.as_array()) parts_.emplace_back(word.string_or(""));
  }
}

std::string Comparator::bound(std::string text) const {
  for (const auto& [value, token] : bindings_) text = replaced(std::move(text), value, token);
  text = replaced(std::move(text), "us-east-1", "<region>");
  return replaced(std::move(text), "arn:aws:", "arn:<partition>:");
}

json::Value Comparator::prepared(const json::Value& actual) const {
  if (actual.is_string()) return bound(actual.as_string());
  if (actual.is_array()) {
    json::Value out = json::Array();
    for (const json::Value& element : actual.as_array()) out.push_back(prepared(element));
    return out;
  }
  if (!actual.is_object()) return actual;
  json::Value out = json::Object();
  for (const auto& [key, member] : actual.as_object()) out.set(bound(key), prepared(member));
  return out;
}

bool Comparator::same(const json::Value& expected, const json::Value& actual, const std::string& place) {
  return compare(expanded(expected), prepared(expanded(actual)), place);
}

bool Comparator::alike(const json::Value& expected, const json::Value& actual) {
  const auto kept = seen_;
  quiet_ = true;
  const bool same = compare(expected, actual, {});
  quiet_ = false;
  seen_ = kept;
  return same;
}

bool Comparator::differ(const std::string& place, const std::string& expected, const std::string& actual) {
  if (!quiet_ && differences_.size() < kMaxDifferences) {
    differences_.push_back(fmt::format("{}\n      expected {}\n      actual   {}", place, expected, actual));
  }
  return false;
}

bool Comparator::compare(const json::Value& expected, const json::Value& actual, const std::string& place) {
  if (expected.is_string() && is_wildcard(expected.as_string())) return true;
  if (expected.is_object() && actual.is_object()) return compare_objects(expected, actual, place);
  if (expected.is_array() && actual.is_array() && expected.size() == actual.size()) {
    bool same = true;
    for (size_t i = 0; i < expected.size(); ++i) {
      same = compare(expected.at(i), actual.at(i), fmt::format("{}[{}]", place, i)) && same;
    }
    return same;
  }
  if (expected.is_string() && actual.is_string()) {
    return compare_strings(expected.as_string(), actual.as_string(), place);
  }
  // Some recordings have lists and scalars of payload texts expanded too.
  if (actual.is_string() && !expected.is_string()) {
    if (const auto parsed = json::parse(actual.as_string()); parsed && parsed->type() == expected.type()) {
      return compare(expected, expanded(*parsed), place);
    }
  }
  // A placeholder may stand for a whole value, or for so much of a text that it is no JSON any more.
  if (expected.is_string() && expected.as_string().find('<') != std::string::npos) {
    return compare_strings(expected.as_string(), json::write(actual), place);
  }
  return expected == actual || differ(place, shown(expected), shown(actual));
}

bool Comparator::compare_objects(const json::Value& expected, const json::Value& actual,
                                 const std::string& place) {
  bool same = true;
  for (const auto& [key, value] : expected.as_object()) {
    if (is_ignored(key)) continue;
    // Names of a map may be placeholders too.
    const json::Value* other = actual.find(key);
    if (other == nullptr && key.find('<') != std::string::npos) {
      for (const auto& [name, member] : actual.as_object()) {
        if (other == nullptr && text_matches(key, name)) other = &member;
      }
    }
    same = (other == nullptr ? differ(place + "." + key, shown(value), "(absent)")
                             : compare(value, *other, place + "." + key)) &&
           same;
  }
  for (const auto& [key, value] : actual.as_object()) {
    if (is_ignored(key) || expected.has(key)) continue;
    const bool named = std::ranges::any_of(expected.as_object(), [&](const auto& member) {
      return member.first.find('<') != std::string::npos && text_matches(member.first, key);
    });
    if (!named) same = differ(place + "." + key, "(absent)", shown(value));
  }
  return same;
}

bool Comparator::compare_strings(const std::string& expected, const std::string& actual,
                                 const std::string& place) {
  if (expected == actual) return true;
  // Scalars and lists inside payload texts: by value.
  const auto left = json::parse(expected);
  const auto right = json::parse(actual);
  if (left && right) return compare(expanded(*left), expanded(*right), place);
  return text_matches(expected, actual) || differ(place, "\"" + expected + "\"", "\"" + actual + "\"");
}

// How long the placeholder at the text's beginning is; 0: none.
size_t Comparator::placeholder_length(std::string_view text) const {
  for (const std::string& part : parts_) {
    if (!part.empty() && text.starts_with(part)) return part.size();
  }
  if (!text.starts_with('<')) return 0;
  const size_t end = text.find('>');
  if (end == std::string_view::npos || end == 1) return 0;
  const bool word = std::ranges::all_of(text.substr(1, end - 1), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-' || c == ':' || c == '.';
  });
  return word ? end + 1 : 0;
}

bool Comparator::text_matches(std::string_view expected, std::string_view actual) {
  while (!expected.empty()) {
    const size_t length = placeholder_length(expected);
    if (length == 0) {
      if (actual.empty() || actual.front() != expected.front()) return false;
      actual.remove_prefix(1);
      expected.remove_prefix(1);
      continue;
    }
    const std::string token(expected.substr(0, length));
    const bool part = std::ranges::find(parts_, token) != parts_.end();
    if (actual.starts_with(token) && text_matches(expected.substr(length), actual.substr(length)))
      return true;
    if (const auto known = seen_.find(token); known != seen_.end() && !part) {
      if (!actual.starts_with(known->second)) return false;
      actual.remove_prefix(known->second.size());
      expected.remove_prefix(length);
      continue;
    }
    for (size_t taken = 1; taken <= actual.size(); ++taken) {
      const auto kept = seen_;
      if (!part) seen_[token] = std::string(actual.substr(0, taken));
      if (text_matches(expected.substr(length), actual.substr(taken))) return true;
      seen_ = kept;
    }
    return false;
  }
  return actual.empty();
}

bool Comparator::same_history(const json::Array& expected, const json::Array& actual, bool concurrent,
                              bool normalised) {
  const json::Value wanted = expanded(json::Value(expected));
  const json::Value got = prepared(expanded(json::Value(actual)));
  if (normalised) return same_multiset(wanted.as_array(), got.as_array());
  if (concurrent) {
    const size_t before = differences_.size();
    const auto kept = seen_;
    if (compare(wanted, got, "history")) return true;
    seen_ = kept;
    const std::vector<std::string> in_order(differences_);
    differences_.resize(before);
    if (same_chains(wanted.as_array(), got.as_array())) return true;
    differences_ = in_order;
    return false;
  }
  if (compare(wanted, got, "history")) return true;
  if (differences_.empty()) {
    differ("history", fmt::format("{} events", expected.size()), fmt::format("{} events", actual.size()));
  }
  return false;
}

bool Comparator::same_chains(const json::Array& expected, const json::Array& actual) {
  if (expected.size() != actual.size()) return false;
  const json::Array wanted = chains_of(expected);
  json::Array got = chains_of(actual);
  return std::ranges::all_of(wanted, [&](const json::Value& chain) {
    const auto found =
        std::ranges::find_if(got, [&](const json::Value& other) { return alike(chain, other); });
    if (found == got.end()) return false;
    got.erase(found);
    return true;
  });
}

// Events of a history whose middle lost its ids, and its ParallelStateSucceeded and -Failed: what is left
// over must be exactly the events whose ids are missing.
bool Comparator::same_multiset(const json::Array& expected, const json::Array& actual) {
  json::Array got;
  for (const json::Value& event : actual) got.push_back(bare_event(event));
  bool same = true;
  for (const json::Value& event : expected) {
    const json::Value bare = bare_event(event);
    const auto found =
        std::ranges::find_if(got, [&](const json::Value& other) { return alike(bare, other); });
    if (found == got.end()) {
      same = differ("history", shown(bare), "(no such event)");
    } else {
      got.erase(found);
    }
  }
  const auto last = static_cast<size_t>(expected.empty() ? 0 : expected.back().get("id").int_or(0));
  if (same && expected.size() + got.size() != last) {
    same = differ("history", fmt::format("{} events", last), fmt::format("{} events", actual.size()));
  }
  return same;
}

namespace {

Comparator comparator() {
  return {{{"real-name", "<name>"}}, json::array({"anything"}), {}};
}

TEST(AslComparator, PutsTokensInThePlaceOfBoundValues) {
  EXPECT_TRUE(comparator().same("arn:<partition>:x:<region>:<name>", "arn:aws:x:us-east-1:real-name", ""));
  EXPECT_FALSE(comparator().same("arn:<partition>:x:<region>:<name>", "arn:aws:x:us-east-1:", ""));
}

TEST(AslComparator, KeepsWhatAPlaceholderMet) {
  Comparator same = comparator();
  EXPECT_TRUE(same.same(json::array({"<uuid:1>", "id <uuid:1>!"}), json::array({"abc", "id abc!"}), ""));
  Comparator other = comparator();
  EXPECT_FALSE(other.same(json::array({"<uuid:1>", "<uuid:1>"}), json::array({"abc", "abd"}), ""));
}

TEST(AslComparator, ComparesPayloadTextsByValue) {
  EXPECT_TRUE(comparator().same("[1, 2]", "[1.0,2]", ""));
  EXPECT_TRUE(comparator().same(json::object({{"a", 1}}), R"({"a":1})", ""));
  EXPECT_FALSE(comparator().same("[1, 2]", "[2,1]", ""));
}

TEST(AslComparator, SaysWhereTheDifferenceIs) {
  Comparator differs = comparator();
  EXPECT_FALSE(differs.same(json::object({{"a", json::array({1})}}), json::object({{"a", json::array({2})}}),
                            "output"));
  ASSERT_EQ(differs.differences().size(), 1u);
  EXPECT_TRUE(differs.differences().front().starts_with("output.a[0]"));
}

json::Value event(int id, int previous, std::string_view type) {
  return json::object({{"id", id}, {"previousEventId", previous}, {"type", type}});
}

TEST(AslComparator, LetsBranchesInterleave) {
  const json::Array expected{event(1, 0, "A"), event(2, 1, "B"), event(3, 1, "C"), event(4, 2, "D")};
  const json::Array actual{event(1, 0, "A"), event(2, 1, "C"), event(3, 1, "B"), event(4, 3, "D")};
  EXPECT_TRUE(comparator().same_history(expected, actual, true, false));
  EXPECT_FALSE(comparator().same_history(expected, actual, false, false));
  const json::Array elsewhere{event(1, 0, "A"), event(2, 1, "C"), event(3, 1, "B"), event(4, 2, "D")};
  EXPECT_FALSE(comparator().same_history(expected, elsewhere, true, false));
}

}  // namespace
}  // namespace soma::workflow::conformance
