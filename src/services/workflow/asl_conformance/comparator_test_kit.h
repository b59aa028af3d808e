// Compares what soma says with what was recorded, as the cases' README tells: placeholders, bindings,
// wildcards, histories. Test code.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json/json.h"

namespace soma::workflow::conformance {

inline constexpr size_t kMaxDifferences = 6;  // kept of one comparison

class Comparator {
 public:
  // `bindings`: (value, token), the steps' references put in. `wildcards`, `wildcard_parts`: of the case.
  Comparator(std::vector<std::pair<std::string, std::string>> bindings, const json::Value& wildcards,
             const json::Value& wildcard_parts);

  // Whether they are the same; else differences() says where. A placeholder that met a text keeps it.
  bool same(const json::Value& expected, const json::Value& actual, const std::string& place);
  // Event for event; where branches run beside each other, as multisets of causal chains.
  bool same_history(const json::Array& expected, const json::Array& actual, bool concurrent, bool normalised);
  // The same without a word about the difference, and without keeping placeholders.
  bool alike(const json::Value& expected, const json::Value& actual);

  const std::vector<std::string>& differences() const { return differences_; }
  void clear() { differences_.clear(); }

 private:
  json::Value prepared(const json::Value& actual) const;
  std::string bound(std::string text) const;
  bool compare(const json::Value& expected, const json::Value& actual, const std::string& place);
  bool compare_objects(const json::Value& expected, const json::Value& actual, const std::string& place);
  bool compare_strings(const std::string& expected, const std::string& actual, const std::string& place);
  bool text_matches(std::string_view expected, std::string_view actual);
  bool is_wildcard(const std::string& text) const { return wildcards_.contains(text); }
  size_t placeholder_length(std::string_view text) const;
  bool differ(const std::string& place, const std::string& expected, const std::string& actual);
  bool same_chains(const json::Array& expected, const json::Array& actual);
  bool same_multiset(const json::Array& expected, const json::Array& actual);

  std::vector<std::pair<std::string, std::string>> bindings_;
  std::set<std::string> wildcards_;
  std::vector<std::string> parts_;
  std::map<std::string, std::string, std::less<>> seen_;
  std::vector<std::string> differences_;
  bool quiet_ = false;
};

// Strings that hold an object become that object, again and again.
json::Value expanded(const json::Value& value);

}  // namespace soma::workflow::conformance
