// Violations in the order of the document, and as one error.
#include <algorithm>

#include <fmt/format.h>

#include "base/json/pointer.h"
#include "base/json/schema_node.h"

namespace soma::json {
namespace {

// The indexes of the members and elements on the way to a pointer: sorts as the document reads.
std::vector<size_t> document_order(const Value& root, std::string_view pointer) {
  std::vector<size_t> order;
  const Value* value = &root;
  for (const std::string& token : split_pointer(pointer).value_or(std::vector<std::string>())) {
    const Value* next = value->is_object() ? value->find(token) : nullptr;
    if (next != nullptr) {
      const auto& members = value->as_object();
      order.push_back(static_cast<size_t>(
          std::ranges::find_if(members, [&](const Member& member) { return &member.second == next; }) -
          members.begin()));
    } else if (auto index = index_of_token(token); value->is_array() && index && *index < value->size()) {
      order.push_back(*index);
      next = &value->at(*index);
    }
    if (next == nullptr) break;
    value = next;
  }
  return order;
}

}  // namespace

void sort_by_place(std::vector<Violation>& violations, const Value& value) {
  std::vector<std::pair<std::vector<size_t>, size_t>>
      order;  // the second keeps what stands at one place in order
  order.reserve(violations.size());
  for (const Violation& violation : violations) {
    order.emplace_back(document_order(value, violation.pointer), order.size());
  }
  std::ranges::sort(order);
  std::vector<Violation> sorted;
  sorted.reserve(order.size());
  for (const auto& [place, index] : order) sorted.push_back(std::move(violations[index]));
  violations = std::move(sorted);
}

os::Error violations_error(const std::vector<Violation>& violations, std::string_view text,
                           std::string_view source) {
  os::Error error{os::Code::kInvalidArgument, {}};
  for (const Violation& violation : violations) {
    if (!error.message.empty()) error.message += "; ";
    if (!source.empty()) error.message += source;
    if (!text.empty()) {
      Position position = locate(text, violation.pointer);
      error.message += fmt::format("{}{}:{}", source.empty() ? "line " : ":", position.line, position.column);
      if (error.details.empty()) {
        error.details.emplace_back("line", std::to_string(position.line));
        error.details.emplace_back("column", std::to_string(position.column));
      }
    }
    if (!source.empty() || !text.empty()) error.message += ": ";
    error.message +=
        fmt::format("{} {}", violation.pointer.empty() ? "the value" : violation.pointer, violation.message);
  }
  if (violations.empty()) return error;
  if (!source.empty()) error.details.emplace_back("file", source);
  error.details.emplace_back("pointer", violations.front().pointer);
  error.details.emplace_back("keyword", violations.front().keyword);
  return error;
}

}  // namespace soma::json
