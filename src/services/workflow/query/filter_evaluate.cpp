// The comparisons of the library: a number equals a string that spells it, null only null, what is missing
// nothing; an order exists between two numbers and between two strings.
#include <re2/re2.h>

#include <algorithm>
#include <charconv>

#include "services/workflow/query/filter.h"
#include "services/workflow/query/text_scan.h"

namespace soma::workflow::query {
namespace {

// Without a value: the expression cannot be evaluated.
using Truth = std::optional<bool>;

// An operand's value for one item. `value` null and no pattern: undefined.
struct Resolved {
  const json::Value* value = nullptr;
  const re2::RE2* pattern = nullptr;
  std::optional<json::Value> made{};
};

bool is_list(const Resolved& operand) {
  return operand.value != nullptr && operand.value->is_array();
}

void resolve_path(Resolved& resolved, const PathProgram& path, const json::Value& item,
                  const json::Value& document, PathBudget& budget) {
  const json::Value& root = path.root == Root::kItem ? item : document;
  if (path.plain) {
    resolved.value = walk(path, root);
    return;
  }
  auto selection = select(path, root, document, budget);
  if (!selection) return;
  if (path.definite) {
    if (selection->found.empty()) return;
    resolved.made = *selection->found.back();
  } else {
    json::Array list;
    for (const json::Value* found : selection->found) list.push_back(*found);
    resolved.made = std::move(list);
  }
}

void resolve(Resolved& resolved, const Operand& operand, const json::Value& item, const json::Value& document,
             PathBudget& budget) {
  if (operand.pattern) {
    resolved.pattern = operand.pattern.get();
  } else if (operand.path) {
    resolve_path(resolved, *operand.path, item, document, budget);
    if (resolved.made) resolved.value = &*resolved.made;
  } else {
    resolved.value = &operand.literal;
  }
}

std::optional<double> as_number(const std::string& text) {
  double number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool equal(const json::Value& left, const json::Value& right) {
  if (left.is_number() && right.is_string()) {
    auto number = as_number(right.as_string());
    return number && left.as_double() == *number;
  }
  if (left.is_string() && right.is_number()) return left.as_string() == json::write(right);
  return left == right;
}

bool equal(const Resolved& left, const Resolved& right) {
  return left.value != nullptr && right.value != nullptr && equal(*left.value, *right.value);
}

bool same_type(const Resolved& left, const Resolved& right) {
  if (left.value == nullptr || right.value == nullptr) return false;
  return left.value->type() == right.value->type() || (left.value->is_number() && right.value->is_number());
}

bool contains(const json::Array& list, const json::Value& wanted) {
  return std::ranges::any_of(list, [&](const json::Value& element) { return equal(element, wanted); });
}

// Negative, zero or positive; nothing when there is no order between the two.
std::optional<int> compare(const Resolved& left, const Resolved& right) {
  if (left.value == nullptr || right.value == nullptr) return std::nullopt;
  const json::Value& a = *left.value;
  const json::Value& b = *right.value;
  if (a.is_string() && b.is_string()) return a.as_string().compare(b.as_string());
  if (!a.is_number() || !b.is_number()) return std::nullopt;
  if (a.type() == json::Type::kInt && b.type() == json::Type::kInt) {
    return a.as_int() < b.as_int() ? -1 : a.as_int() > b.as_int() ? 1 : 0;
  }
  return a.as_double() < b.as_double() ? -1 : a.as_double() > b.as_double() ? 1 : 0;
}

bool matches(const re2::RE2& pattern, const json::Value* value) {
  std::string text;
  if (value != nullptr && value->is_string()) {
    text = value->as_string();
  } else if (value != nullptr && (value->is_number() || value->is_bool())) {
    text = json::write(*value);
  }
  return re2::RE2::FullMatch(text, pattern);
}

bool matches(const Resolved& left, const Resolved& right) {
  if ((left.pattern == nullptr) == (right.pattern == nullptr)) return false;
  const re2::RE2& pattern = left.pattern != nullptr ? *left.pattern : *right.pattern;
  const json::Value* value = left.pattern != nullptr ? right.value : left.value;
  if (value == nullptr || !value->is_array()) return matches(pattern, value);
  return std::ranges::any_of(value->as_array(),
                             [&](const json::Value& element) { return matches(pattern, &element); });
}

Truth is_in(const Resolved& left, const Resolved& right) {
  if (!is_list(right)) {
    bool list_needed = right.value == nullptr || !right.value->is_object();
    return list_needed ? Truth() : Truth(false);
  }
  return left.value != nullptr && contains(right.value->as_array(), *left.value);
}

Truth contains(const Resolved& left, const Resolved& right) {
  if (left.value == nullptr || right.value == nullptr) return false;
  if (left.value->is_string() && right.value->is_string()) {
    return left.value->as_string().find(right.value->as_string()) != std::string::npos;
  }
  return left.value->is_array() && contains(left.value->as_array(), *right.value);
}

Truth contains_all(const Resolved& left, const Resolved& right) {
  if (!is_list(right)) return std::nullopt;
  if (left.value == nullptr) return false;
  if (!left.value->is_array()) return left.value->is_object();
  return std::ranges::all_of(right.value->as_array(), [&](const json::Value& wanted) {
    return contains(left.value->as_array(), wanted);
  });
}

// How many elements of `left` are in `right`; nothing without two lists.
std::optional<size_t> count_common(const Resolved& left, const Resolved& right) {
  if (!is_list(left) || !is_list(right)) return std::nullopt;
  return std::ranges::count_if(left.value->as_array(), [&](const json::Value& element) {
    return contains(right.value->as_array(), element);
  });
}

Truth has_size(const Resolved& left, const Resolved& right) {
  if (left.value == nullptr || right.value == nullptr || !right.value->is_number()) return false;
  double expected = right.value->as_double();
  if (left.value->is_string()) return static_cast<double>(utf16_length(left.value->as_string())) == expected;
  return left.value->is_array() && static_cast<double>(left.value->size()) == expected;
}

Truth is_empty(const Resolved& left, const Resolved& right) {
  if (left.value == nullptr) return false;
  bool countable = left.value->is_array() || left.value->is_object();
  if (!countable && !left.value->is_string()) return false;
  if (right.value == nullptr || !right.value->is_bool()) return std::nullopt;
  bool empty = countable ? left.value->empty() : left.value->as_string().empty();
  return empty == right.value->as_bool();
}

Truth compare(FilterOperator operation, const Resolved& left, const Resolved& right) {
  switch (operation) {
    case FilterOperator::kEqual:
      return equal(left, right);
    case FilterOperator::kNotEqual:
      return !equal(left, right);
    case FilterOperator::kSameTypeEqual:
      return same_type(left, right) && equal(left, right);
    case FilterOperator::kSameTypeNotEqual:
      return !(same_type(left, right) && equal(left, right));
    case FilterOperator::kLess:
      return compare(left, right).value_or(0) < 0;
    case FilterOperator::kGreater:
      return compare(left, right).value_or(0) > 0;
    case FilterOperator::kLessEqual:
      return compare(left, right).value_or(1) <= 0;
    case FilterOperator::kGreaterEqual:
      return compare(left, right).value_or(-1) >= 0;
    case FilterOperator::kMatches:
      return matches(left, right);
    case FilterOperator::kIn:
      return is_in(left, right);
    case FilterOperator::kNotIn: {
      Truth inside = is_in(left, right);
      return inside ? Truth(!*inside) : inside;
    }
    case FilterOperator::kContains:
      return contains(left, right);
    case FilterOperator::kAll:
      return contains_all(left, right);
    case FilterOperator::kSize:
      return has_size(left, right);
    case FilterOperator::kEmpty:
      return is_empty(left, right);
    case FilterOperator::kSubsetOf: {
      auto common = count_common(left, right);
      return common && *common == left.value->size();
    }
    case FilterOperator::kAnyOf: {
      auto common = count_common(left, right);
      return common && *common > 0;
    }
    case FilterOperator::kNoneOf: {
      auto common = count_common(left, right);
      return common && *common == 0;
    }
  }
  return std::nullopt;
}

bool exists(const PathProgram& path, const json::Value& item, const json::Value& document,
            PathBudget& budget) {
  const json::Value& root = path.root == Root::kItem ? item : document;
  if (path.plain) return walk(path, root) != nullptr;
  auto selection = select(path, root, document, budget);
  return selection && (!path.definite || !selection->found.empty());
}

Truth evaluate(const Filter& filter, const json::Value& item, const json::Value& document,
               PathBudget& budget) {
  switch (filter.kind) {
    case Filter::Kind::kAnd:
    case Filter::Kind::kOr: {
      bool decisive = filter.kind == Filter::Kind::kOr;
      for (const Filter& operand : filter.operands) {
        Truth truth = evaluate(operand, item, document, budget);
        if (!truth || *truth == decisive) return truth;
      }
      return !decisive;
    }
    case Filter::Kind::kNot: {
      Truth truth = evaluate(filter.operands.front(), item, document, budget);
      return truth ? Truth(!*truth) : truth;
    }
    case Filter::Kind::kExists:
      return exists(*filter.left.path, item, document, budget) == filter.should_exist;
    case Filter::Kind::kCompare: {
      Resolved left;
      Resolved right;
      resolve(left, filter.left, item, document, budget);
      resolve(right, filter.right, item, document, budget);
      return compare(filter.operation, left, right);
    }
  }
  return std::nullopt;
}

}  // namespace

bool accepts(const Filter& filter, const json::Value& item, const json::Value& document, PathBudget& budget) {
  return evaluate(filter, item, document, budget).value_or(false);
}

}  // namespace soma::workflow::query
