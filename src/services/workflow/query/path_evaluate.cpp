// A plain path is a walk along pointers. Every other one is a depth-first search that collects pointers, with
// a budget of visits and of results, so that no path can pin a core or fill the memory.
#include <algorithm>
#include <string>
#include <utility>

#include "services/workflow/query/filter.h"
#include "services/workflow/query/path_functions.h"
#include "services/workflow/query/path_program.h"

namespace soma::workflow::query {
namespace {

const json::Value kNull;

constexpr std::string_view kNodes = "com.fasterxml.jackson.databind.node.";
constexpr std::string_view kProvider = "com.jayway.jsonpath.spi.json.JacksonJsonNodeJsonProvider";

// The class of a value in the library's messages.
std::string node_class(const json::Value* value) {
  if (value == nullptr) return "null";
  std::string_view name = "NullNode";
  switch (value->type()) {
    case json::Type::kBool:
      name = "BooleanNode";
      break;
    case json::Type::kInt:
      name = value->as_int() >= INT32_MIN && value->as_int() <= INT32_MAX ? "IntNode" : "LongNode";
      break;
    case json::Type::kUint:
      name = "BigIntegerNode";
      break;
    case json::Type::kDouble:
      name = "DoubleNode";
      break;
    case json::Type::kString:
      name = "TextNode";
      break;
    case json::Type::kArray:
      name = "ArrayNode";
      break;
    case json::Type::kObject:
      name = "ObjectNode";
      break;
    case json::Type::kNull:
      break;
  }
  return std::string(kNodes) + std::string(name);
}

// The path of the value in front of a step. Only wanted where all steps before it are definite.
std::string path_before(const PathProgram& program, size_t step) {
  std::string out = program.root == Root::kItem ? "@" : "$";
  if (program.root == Root::kVariable) out += "['" + program.variable + "']";
  for (size_t i = 0; i < step; ++i) {
    const Step& passed = program.steps[i];
    out += passed.kind == Step::Kind::kNames ? "['" + passed.names.front() + "']" : passed.text();
  }
  return out;
}

std::string path_from(const PathProgram& program, size_t step) {
  std::string out;
  for (size_t i = step; i < program.steps.size(); ++i) out += program.steps[i].text();
  return out;
}

PathMiss no_member(const PathProgram& program, size_t step) {
  if (step + 1 == program.steps.size()) return {"No results for path: " + program.canonical(), step};
  return {"Missing property in path " + path_before(program, step) + "['" +
              program.steps[step].names.front() + "']",
          step};
}

// `value` null: the element behind the end of an array.
PathMiss no_object(const PathProgram& program, size_t step, const json::Value* value) {
  return {"Expected to find an object with property " + program.steps[step].text() + " in path " +
              path_before(program, step) + " but found '" + node_class(value) +
              "'. This is not a json object according to the JsonProvider: '" + std::string(kProvider) + "'.",
          step};
}

PathMiss no_array(const PathProgram& program, size_t step, const json::Value* value) {
  if (value == nullptr) return {"The path " + path_before(program, step) + " is null", step};
  return {"Filter: " + path_from(program, step) +
              " can only be applied to arrays. Current context is: " + json::write(*value),
          step, false, true};
}

// The element at an index that may count from the end; null outside.
const json::Value* element(const json::Value& array, int64_t index) {
  auto size = static_cast<int64_t>(array.size());
  if (index < 0) index += size;
  return index < 0 || index >= size ? nullptr : &array.at(static_cast<size_t>(index));
}

struct Walk {
  const json::Value* value = nullptr;  // null with `past_end`: behind the end of an array
  std::optional<PathMiss> miss{};
};

// `explain`: what to say costs more than the walk and is not always wanted.
Walk walk_along(const PathProgram& program, const json::Value& root, bool explain) {
  const json::Value* value = &root;
  for (size_t i = 0; i < program.steps.size(); ++i) {
    const Step& step = program.steps[i];
    if (step.kind == Step::Kind::kNames) {
      bool object = value != nullptr && value->is_object();
      const json::Value* member = object ? value->find(step.names.front()) : nullptr;
      if (member == nullptr) {
        if (!explain) return {nullptr, PathMiss{}};
        return {nullptr, object ? no_member(program, i) : no_object(program, i, value)};
      }
      value = member;
    } else {
      if (value == nullptr || !value->is_array()) {
        return {nullptr, explain ? no_array(program, i, value) : PathMiss{}};
      }
      value = element(*value, step.indexes.front());
    }
  }
  return {value, std::nullopt};
}

// What a copy of the value takes, roughly; stops counting past `limit`.
size_t copy_bytes(const json::Value& value, size_t limit) {
  size_t bytes = sizeof(json::Value);
  if (value.is_string()) return bytes + value.as_string().size();
  if (value.is_array()) {
    for (const json::Value& item : value.as_array()) {
      if (bytes > limit) break;
      bytes += copy_bytes(item, limit - bytes);
    }
  } else if (value.is_object()) {
    for (const json::Member& member : value.as_object()) {
      if (bytes > limit) break;
      bytes += member.first.size() + copy_bytes(member.second, limit - bytes);
    }
  }
  return bytes;
}

std::expected<json::Value, PathMiss> list_of(const Selection& selection) {
  json::Array list;
  list.reserve(selection.found.size());
  size_t bytes = 0;
  for (const json::Value* found : selection.found) {
    bytes += copy_bytes(*found, kMaxPathResultBytes);
    if (bytes > kMaxPathResultBytes) {
      return std::unexpected(PathMiss{
          "The path finds more than " + std::to_string(kMaxPathResultBytes) + " bytes (kMaxPathResultBytes)",
          0, true});
    }
    list.push_back(*found);
  }
  return list;
}

class Selector {
 public:
  Selector(const PathProgram& program, const json::Value& document, PathBudget& budget)
      : program_(program), document_(document), budget_(budget) {}

  std::expected<Selection, PathMiss> run(const json::Value& root) {
    take(0, &root);
    if (!miss_ && gathers()) gather();
    if (miss_) return std::unexpected(std::move(*miss_));
    return std::move(selection_);
  }

 private:
  bool stopped() const { return miss_.has_value(); }
  bool last(size_t step) const { return step + 1 == program_.steps.size(); }

  void fail(PathMiss miss) {
    if (!miss_) miss_ = std::move(miss);
  }
  void spend() {
    if (++budget_.visits > kMaxPathVisits) {
      fail({"The path looks at more than " + std::to_string(kMaxPathVisits) + " values (kMaxPathVisits)", 0,
            true});
    }
  }
  void collect(const json::Value* value) {
    if (selection_.found.size() == kMaxPathResults) {
      return fail(
          {"The path finds more than " + std::to_string(kMaxPathResults) + " values (kMaxPathResults)", 0,
           true});
    }
    selection_.found.push_back(value == nullptr ? &kNull : value);
  }

  // Goes on with the step `step` at `value`; null: behind the end of an array.
  void take(size_t step, const json::Value* value) {
    spend();
    if (stopped()) return;
    if (step == program_.steps.size()) return collect(value);
    switch (program_.steps[step].kind) {
      case Step::Kind::kNames:
        return take_names(step, value);
      case Step::Kind::kIndexes:
        return take_indexes(step, value);
      case Step::Kind::kSlice:
        return take_slice(step, value);
      case Step::Kind::kWildcard:
        return take_all(step, value);
      case Step::Kind::kScan:
        return scan(step, value);
      case Step::Kind::kFilter:
        return take_filtered(step, value);
      case Step::Kind::kFunction:
        return take_function(step, value);
    }
  }

  void take_names(size_t step, const json::Value* value) {
    const Step& names = program_.steps[step];
    if (value == nullptr || !value->is_object()) {
      if (names.definite_before) fail(no_object(program_, step, value));
      return;
    }
    if (names.names.size() > 1 && last(step)) {
      json::Value& merged = selection_.built.emplace_back(json::Object());
      for (const std::string& name : names.names) {
        if (const json::Value* member = value->find(name)) merged.set(name, *member);
      }
      return collect(&merged);
    }
    for (const std::string& name : names.names) {
      const json::Value* member = value->find(name);
      if (member != nullptr) {
        take(step + 1, member);
      } else if (names.definite_before && names.names.size() == 1) {
        fail(no_member(program_, step));
      }
      if (stopped()) return;
    }
  }

  // Whether there is an array to take from; says what is wrong where that is an error.
  bool array_at(size_t step, const json::Value* value) {
    if (value != nullptr && value->is_array()) return true;
    if (program_.steps[step].definite_before) fail(no_array(program_, step, value));
    return false;
  }

  void take_indexes(size_t step, const json::Value* value) {
    if (!array_at(step, value)) return;
    for (int32_t index : program_.steps[step].indexes) {
      take(step + 1, element(*value, index));
      if (stopped()) return;
    }
  }

  // A negative beginning with an end counts through zero, as the library does: [-1:1] is the last and the
  // first element.
  void take_slice(size_t step, const json::Value* value) {
    if (!array_at(step, value)) return;
    const Step& slice = program_.steps[step];
    auto size = static_cast<int64_t>(value->size());
    int64_t from = slice.from.value_or(0);
    int64_t to = slice.to.value_or(size);
    if (slice.from && !slice.to) from = std::max<int64_t>(0, from < 0 ? from + size : from);
    if (!slice.from && to < 0) to += size;
    for (int64_t i = from; i < std::min(size, to) && size > 0; ++i) {
      take(step + 1, element(*value, i));
      if (stopped()) return;
    }
  }

  void take_all(size_t step, const json::Value* value) {
    if (value == nullptr) return;
    if (value->is_object()) {
      for (const json::Member& member : value->as_object()) {
        take(step + 1, &member.second);
        if (stopped()) return;
      }
    } else if (value->is_array()) {
      for (const json::Value& item : value->as_array()) {
        take(step + 1, &item);
        if (stopped()) return;
      }
    }
  }

  void take_filtered(size_t step, const json::Value* value) {
    const Filter& filter = *program_.steps[step].filter;
    if (value != nullptr && value->is_object()) {
      if (accepts(filter, *value, document_, budget_)) take(step + 1, value);
    } else if (value != nullptr && value->is_array()) {
      for (const json::Value& item : value->as_array()) {
        spend();
        if (stopped()) return;
        if (accepts(filter, item, document_, budget_)) take(step + 1, &item);
      }
    } else if (program_.steps[step].definite_before) {
      fail({"Filter: " + path_from(program_, step) +
                " can not be applied to primitives. Current context is: " +
                (value == nullptr ? "null" : json::write(*value)),
            step});
    }
  }

  // Whether the step behind ".." is tried at this value.
  bool scan_stops_at(size_t next, const json::Value& value) const {
    const Step& step = program_.steps[next];
    switch (step.kind) {
      case Step::Kind::kNames: {
        if (!value.is_object()) return false;
        if (!step.definite(last(next))) return true;
        return std::ranges::all_of(step.names, [&](const std::string& name) { return value.has(name); });
      }
      case Step::Kind::kIndexes:
      case Step::Kind::kSlice:
        return value.is_array();
      case Step::Kind::kFilter:
        return accepts(*step.filter, value, document_, budget_);
      default:
        return true;
    }
  }

  void scan(size_t step, const json::Value* value) {
    spend();
    if (stopped() || value == nullptr || (!value->is_object() && !value->is_array())) return;
    if (scan_stops_at(step + 1, *value)) take(step + 1, value);
    if (value->is_object()) {
      for (const json::Member& member : value->as_object()) {
        if (stopped()) return;
        scan(step, &member.second);
      }
    } else {
      for (const json::Value& item : value->as_array()) {
        if (stopped()) return;
        scan(step, &item);
      }
    }
  }

  // A function works on the one value in front of it; where there are several, on the list of all, when they
  // are known.
  bool gathers() const {
    return !program_.steps.empty() && program_.steps.back().kind == Step::Kind::kFunction &&
           !program_.steps.back().definite_before;
  }
  void take_function(size_t step, const json::Value* value) {
    if (gathers()) return collect(value);
    apply(program_.steps[step], value == nullptr ? kNull : *value);
  }
  void gather() {
    auto list = list_of(selection_);
    if (!list) return fail(std::move(list.error()));
    selection_.found.clear();
    apply(program_.steps.back(), *list);
  }
  void apply(const Step& function, const json::Value& value) {
    auto made = apply_function(function, value);
    if (!made) return fail({std::move(made.error()), program_.steps.size() - 1});
    collect(&selection_.built.emplace_back(std::move(*made)));
  }

  const PathProgram& program_;
  const json::Value& document_;
  PathBudget& budget_;
  Selection selection_{};
  std::optional<PathMiss> miss_{};
};

}  // namespace

const json::Value* root_value(const PathProgram& program, const Scope& scope) {
  switch (program.root) {
    case Root::kContext:
      return scope.context;
    case Root::kVariable:
      return scope.variables == nullptr ? nullptr : scope.variables->find(program.variable);
    default:
      return scope.input;
  }
}

const json::Value* walk(const PathProgram& program, const json::Value& root) {
  Walk walked = walk_along(program, root, false);
  if (walked.miss) return nullptr;
  return walked.value == nullptr ? &kNull : walked.value;
}

const json::Value* find_in_place(const PathProgram& program, const Scope& scope) {
  const json::Value* root = root_value(program, scope);
  if (root == nullptr || !program.plain) return nullptr;
  return walk_along(program, *root, false).value;
}

std::expected<Selection, PathMiss> select(const PathProgram& program, const json::Value& root,
                                          const json::Value& document, PathBudget& budget) {
  return Selector(program, document, budget).run(root);
}

std::expected<json::Value, PathMiss> read_path(const PathProgram& program, const Scope& scope) {
  const json::Value* root = root_value(program, scope);
  if (root == nullptr) return std::unexpected(PathMiss{"No results for path: " + program.canonical()});
  if (program.plain) {
    Walk walked = walk_along(program, *root, true);
    if (walked.miss) return std::unexpected(std::move(*walked.miss));
    return walked.value == nullptr ? json::Value() : *walked.value;
  }
  PathBudget budget;
  auto selection = select(program, *root, *root, budget);
  if (!selection) {
    if (program.definite || selection.error().too_large) return std::unexpected(std::move(selection.error()));
    return json::Value(json::Array());
  }
  if (!program.definite) return list_of(*selection);
  if (selection->found.empty()) {
    return std::unexpected(PathMiss{"No results for path: " + program.canonical()});
  }
  return *selection->found.back();
}

}  // namespace soma::workflow::query
