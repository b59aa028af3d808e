// Compares what soma answers with what was recorded from the real service, whose recorders replaced volatile
// text by placeholders before they stored it. The rules are those of the recordings' README.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json/json.h"

namespace soma::workflow::conformance {

// A string that holds a JSON object becomes that object, at every depth.
inline json::Value expanded(const json::Value& value) {
  if (value.is_string() && value.as_string().starts_with('{')) {
    const auto parsed = json::parse(value.as_string());
    return parsed ? expanded(*parsed) : value;
  }
  if (value.is_array()) {
    json::Value out = json::Array{};
    for (const json::Value& element : value.as_array()) out.push_back(expanded(element));
    return out;
  }
  if (!value.is_object()) return value;
  json::Value out = json::Object{};
  for (const auto& [member, part] : value.as_object()) out.set(member, expanded(part));
  return out;
}

inline void replace_all(std::string& text, std::string_view from, std::string_view to) {
  if (from.empty()) return;
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

// Members that the service did not have yet when older recordings were made: the first day with them.
struct LaterMember {
  std::string_view name, since;  // "YYYY-MM-DD"
};
inline constexpr LaterMember kLaterMembers[] = {{"redriveCount", "2023-11-15"},
                                                {"encryptionConfiguration", "2024-07-25"},
                                                {"variableReferences", "2024-11-01"}};

class Comparison {
 public:
  // `recorded_on`: "DD-MM-YYYY, …", as the recordings spell it.
  Comparison(std::vector<std::pair<std::string, std::string>> bindings, std::vector<std::string> wildcards,
             std::vector<std::string> wildcard_parts, std::string_view recorded_on)
      : bindings_(std::move(bindings)),
        wildcards_(std::move(wildcards)),
        wildcard_parts_(std::move(wildcard_parts)),
        day_(std::string(recorded_on.substr(6, 4)) + "-" + std::string(recorded_on.substr(3, 2)) + "-" +
             std::string(recorded_on.substr(0, 2))) {
    std::ranges::stable_sort(bindings_, std::ranges::greater(),
                             [](const auto& binding) { return binding.second.size(); });
    for (const char* word : {"timestamp", "date", "datetime", "RequestId", "X-Amzn-Trace-Id", "x-amz-crc32",
                             "x-amzn-RequestId", "x-amzn-requestid"})
      wildcards_.emplace_back(word);
  }

  // Nothing when they fit; else the first place where they do not, and how.
  std::optional<std::string> difference(const json::Value& recorded, const json::Value& actual) {
    return compare(expanded(recorded), expanded(actual), "$");
  }

 private:
  using Difference = std::optional<std::string>;

  Difference compare(const json::Value& recorded, const json::Value& actual, const std::string& at) {
    if (recorded.is_string() && std::ranges::find(wildcards_, recorded.as_string()) != wildcards_.end()) return {};
    if (recorded.is_object() && actual.is_object()) return compare_members(recorded, actual, at);
    if (recorded.is_array() && actual.is_array() && recorded.size() == actual.size()) {
      for (size_t index = 0; index < recorded.size(); ++index)
        if (auto found = compare(recorded.at(index), actual.at(index), at + "[" + std::to_string(index) + "]"))
          return found;
      return {};
    }
    if (recorded.is_string() && actual.is_string() && fits(recorded.as_string(), shown(actual.as_string())))
      return {};
    if (recorded == actual) return {};
    return at + ": recorded " + json::write(recorded) + ", got " + json::write(actual);
  }

  Difference compare_members(const json::Value& recorded, const json::Value& actual, const std::string& at) {
    for (const auto& [member, part] : recorded.as_object()) {
      if (member == "ResponseMetadata") continue;
      // A member's name may be a placeholder too: state names are made up in some cases.
      const json::Value* there = actual.find(member);
      if (!there) return at + "." + member + ": recorded " + json::write(part) + ", and is not there";
      if (auto found = compare(part, *there, at + "." + member)) return found;
    }
    for (const auto& [member, part] : actual.as_object())
      if (!recorded.has(member) && !came_later(member))
        return at + "." + member + ": is not in the recording, got " + json::write(part);
    return {};
  }

  bool came_later(std::string_view member) const {
    const auto* const found = std::ranges::find(kLaterMembers, member, &LaterMember::name);
    return found != std::end(kLaterMembers) && day_ < found->since;
  }

  // soma's text with the recording's tokens in place of what they stand for.
  std::string shown(std::string text) const {
    for (const auto& [token, value] : bindings_) replace_all(text, value, token);
    replace_all(text, "us-east-1", "<region>");
    replace_all(text, "arn:aws:", "arn:<partition>:");
    return text;
  }

  // Whether a text is a recorded one, whose tokens "<word>" stand for anything, each for the same everywhere.
  bool fits(std::string_view recorded, std::string_view actual) {
    if (recorded.empty()) return actual.empty();
    for (const std::string& part : wildcard_parts_)
      if (recorded.starts_with(part)) return fits_after(recorded.substr(part.size()), actual, 0, nullptr);
    const std::string_view token = token_at(recorded);
    if (token.empty() || actual.starts_with(token))
      return !actual.empty() && recorded.front() == actual.front() && fits(recorded.substr(1), actual.substr(1));
    const auto known = meanings_.find(token);
    if (known != meanings_.end())
      return actual.starts_with(known->second) &&
             fits(recorded.substr(token.size()), actual.substr(known->second.size()));
    const std::string name(token);
    return fits_after(recorded.substr(token.size()), actual, 1, &name);
  }

  // The rest fits after some text of at least `least` bytes, which the token `name` then means.
  bool fits_after(std::string_view rest, std::string_view actual, size_t least, const std::string* name) {
    for (size_t size = least; size <= actual.size(); ++size) {
      if (name) meanings_[*name] = actual.substr(0, size);
      if (fits(rest, actual.substr(size))) return true;
    }
    if (name) meanings_.erase(*name);
    return false;
  }

  // "<word>" or "<word:N>" at the beginning; empty when there is none.
  static std::string_view token_at(std::string_view text) {
    if (!text.starts_with('<')) return {};
    const size_t end = text.find('>');
    if (end == std::string_view::npos || end == 1) return {};
    const std::string_view word = text.substr(1, end - 1);
    const bool plain = std::ranges::all_of(word, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
             c == ':';
    });
    return plain ? text.substr(0, end + 1) : std::string_view();
  }

  std::vector<std::pair<std::string, std::string>> bindings_;  // token, and what it stands for
  std::vector<std::string> wildcards_, wildcard_parts_;
  std::string day_;
  std::map<std::string, std::string, std::less<>> meanings_;
};

}  // namespace soma::workflow::conformance
