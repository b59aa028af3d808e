// Is every value of the narrow schema a value of the wide one?
//
// Keyword by keyword, from the wide side: each thing that the wide schema demands must follow from what the
// narrow one says. Values that the narrow schema lists (enum, const) are simply tried. Alternatives of the
// narrow schema must all fit; of the wide schema's alternatives one must take everything. This is sound and
// not complete: "undecided" is reported where the keywords of both sides differ and no rule here compares
// them.
#include "services/workflow/contract/inclusion.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/json/canonical.h"
#include "base/json/schema.h"
#include "services/workflow/contract/compatibility.h"

namespace soma::workflow::contract {
namespace {

using json::Value;

const Value kAnything{true};
const Value kNoDemands{json::Object{}};

bool is_true(const Value& schema) {
  if (schema.is_bool()) return schema.as_bool();
  return schema.is_object() && schema.empty();
}
bool is_false(const Value& schema) {
  return schema.is_bool() && !schema.as_bool();
}

// Compared as a whole: equal on both sides, or undecided.
constexpr std::string_view kWhole[] = {"not",
                                       "if",
                                       "then",
                                       "else",
                                       "contains",
                                       "minContains",
                                       "maxContains",
                                       "uniqueItems",
                                       "propertyNames",
                                       "patternProperties",
                                       "dependentRequired",
                                       "dependentSchemas",
                                       "pattern",
                                       "format"};

struct Bound {
  std::string_view keyword;
  bool least;  // the narrow one may only be greater, else only smaller
};
constexpr Bound kBounds[] = {{"minLength", true}, {"maxLength", false},    {"minItems", true},
                             {"maxItems", false}, {"minProperties", true}, {"maxProperties", false}};

std::set<std::string, std::less<>> types_of(const Value& schema) {
  const Value& type = schema.get("type");
  std::set<std::string, std::less<>> out;
  if (type.is_string()) out.insert(type.as_string());
  if (type.is_array())
    for (const Value& entry : type.as_array()) out.insert(entry.as_string());
  if (out.empty()) out = {"null", "boolean", "number", "string", "array", "object"};
  return out;
}

bool has_type(const std::set<std::string, std::less<>>& types, std::string_view type) {
  return types.contains(type) || (type == "integer" && types.contains("number"));
}

class Walk {
 public:
  Walk(const Value& narrow, const Value& wide) : narrow_root_(narrow), wide_root_(wide) {}

  void check(const Value& narrow_in, const Value& wide_in, const std::string& pointer, size_t depth);
  std::vector<Gap> take() { return std::move(gaps_); }

 private:
  void gap(const std::string& pointer, std::string_view rule, std::string message) {
    if (gaps_.size() < kMaxFindings) gaps_.push_back({pointer, std::string(rule), std::move(message)});
  }
  static const Value& follow(const Value& schema, const Value& root);
  bool fits(const Value& narrow, const Value& wide, const std::string& pointer, size_t depth);
  bool try_listed(const Value& narrow, const Value& wide, const std::string& pointer);
  bool check_alternatives(const Value& narrow, const Value& wide, const std::string& pointer, size_t depth);
  void check_types(const Value& narrow, const Value& wide, const std::string& pointer);
  void check_bounds(const Value& narrow, const Value& wide, const std::string& pointer);
  void check_range(const Value& narrow, const Value& wide, const std::string& pointer);
  void check_array(const Value& narrow, const Value& wide, const std::string& pointer, size_t depth);
  void check_object(const Value& narrow, const Value& wide, const std::string& pointer, size_t depth);
  void check_whole(const Value& narrow, const Value& wide, const std::string& pointer);

  const Value& narrow_root_;
  const Value& wide_root_;
  std::set<std::pair<const Value*, const Value*>>
      open_;  // pairs that are being compared: recursion ends here
  std::vector<Gap> gaps_;
};

// A `$ref` with nothing beside it is what it names.
const Value& Walk::follow(const Value& schema, const Value& root) {
  const Value* at = &schema;
  for (size_t hops = 0; hops < kMaxComparisonDepth && at->is_object(); ++hops) {
    const Value* reference = at->find("$ref");
    if (reference == nullptr || !reference->is_string()) break;
    std::string_view target = reference->as_string();
    if (target.starts_with('#')) target.remove_prefix(1);
    const Value* found = root.pointer(target);
    if (found == nullptr) break;
    at = found;
  }
  return *at;
}

bool Walk::fits(const Value& narrow, const Value& wide, const std::string& pointer, size_t depth) {
  const size_t before = gaps_.size();
  check(narrow, wide, pointer, depth);
  const bool fine = gaps_.size() == before;
  gaps_.resize(before);
  return fine;
}

void Walk::check(const Value& narrow_in, const Value& wide_in, const std::string& pointer, size_t depth) {
  const Value& narrow = follow(narrow_in, narrow_root_);
  const Value& wide = follow(wide_in, wide_root_);
  if (is_true(wide) || is_false(narrow)) return;
  if (is_false(wide)) return gap(pointer, "closed", "is allowed on one side and not at all on the other");
  if (depth > kMaxComparisonDepth)
    return gap(pointer, "undecided", fmt::format("is nested deeper than {} schemas", kMaxComparisonDepth));
  if (!open_.insert({&narrow, &wide}).second) return;
  const Value& from = is_true(narrow) ? kNoDemands : narrow;
  if (!try_listed(from, wide, pointer) && !check_alternatives(from, wide, pointer, depth)) {
    check_types(from, wide, pointer);
    check_bounds(from, wide, pointer);
    check_range(from, wide, pointer);
    check_array(from, wide, pointer, depth);
    check_object(from, wide, pointer, depth);
    check_whole(from, wide, pointer);
  }
  open_.erase({&narrow, &wide});
}

// The narrow schema names its values: each is tried on the wide one.
bool Walk::try_listed(const Value& narrow, const Value& wide, const std::string& pointer) {
  std::vector<Value> listed;
  if (const Value* one = narrow.find("const")) listed.push_back(*one);
  if (const Value* many = narrow.find("enum"); many != nullptr && many->is_array()) listed = many->as_array();
  if (listed.empty()) {
    if (wide.has("enum") || wide.has("const"))
      gap(pointer, "enum", "is free on one side and limited to listed values on the other");
    return wide.has("enum") || wide.has("const");
  }
  Value whole = wide;
  if (const Value* definitions = wide_root_.find("$defs"); definitions != nullptr && !whole.has("$defs"))
    whole.set("$defs", *definitions);
  const auto schema = json::Schema::compile(whole);
  for (const Value& value : listed)
    if (!schema || !schema->validate(value).empty())
      gap(pointer, "enum",
          fmt::format("has the value {}, which the other side does not know", json::write(value)));
  return true;
}

// True when alternatives decided the question for the whole schema.
bool Walk::check_alternatives(const Value& narrow, const Value& wide, const std::string& pointer,
                              size_t depth) {
  for (const std::string_view keyword : {"anyOf", "oneOf"})
    if (const Value* options = narrow.find(keyword); options != nullptr && options->is_array()) {
      // What stands beside the alternatives only narrows further: leaving it out keeps the answer safe.
      for (const Value& option : options->as_array()) check(option, wide, pointer, depth + 1);
      return true;
    }
  if (const Value* all = wide.find("allOf"); all != nullptr && all->is_array())
    for (const Value& part : all->as_array()) check(narrow, part, pointer, depth + 1);
  for (const std::string_view keyword : {"anyOf", "oneOf"})
    if (const Value* options = wide.find(keyword); options != nullptr && options->is_array())
      if (std::ranges::none_of(options->as_array(),
                               [&](const Value& option) { return fits(narrow, option, pointer, depth + 1); }))
        gap(pointer, "alternatives", fmt::format("fits none of the alternatives in {} as a whole", keyword));
  if (const Value* all = narrow.find("allOf"); all != nullptr && all->is_array()) {
    // One part that fits is enough, since the others narrow it further.
    if (std::ranges::any_of(all->as_array(),
                            [&](const Value& part) { return fits(part, wide, pointer, depth + 1); }))
      return true;
  }
  return false;
}

void Walk::check_types(const Value& narrow, const Value& wide, const std::string& pointer) {
  const auto allowed = types_of(wide);
  for (const std::string& type : types_of(narrow))
    if (!has_type(allowed, type))
      gap(pointer, "type", fmt::format("may be {} on one side and not on the other", type));
}

void Walk::check_bounds(const Value& narrow, const Value& wide, const std::string& pointer) {
  for (const Bound& bound : kBounds) {
    const Value* limit = wide.find(bound.keyword);
    if (limit == nullptr || (bound.least && limit->as_double() <= 0)) continue;
    const Value* own = narrow.find(bound.keyword);
    if (own == nullptr ||
        (bound.least ? own->as_double() < limit->as_double() : own->as_double() > limit->as_double()))
      gap(pointer, "bounds",
          fmt::format("{} is {} on one side and {} on the other", bound.keyword,
                      own ? json::write(*own) : "absent", json::write(*limit)));
  }
}

// minimum, maximum and their exclusive twins together; multipleOf.
void Walk::check_range(const Value& narrow, const Value& wide, const std::string& pointer) {
  struct Edge {
    std::string_view inclusive, exclusive;
    double sign;  // comparing upwards for minimum, downwards for maximum
  };
  constexpr Edge kEdges[] = {{"minimum", "exclusiveMinimum", 1}, {"maximum", "exclusiveMaximum", -1}};
  for (const Edge& edge : kEdges) {
    // {value, strict}: the tighter of both spellings; absent is the infinite one.
    const auto tightest = [&edge](const Value& schema) {
      std::pair<double, bool> best{-INFINITY, false};
      if (const Value* at = schema.find(edge.inclusive)) best = {edge.sign * at->as_double(), false};
      if (const Value* at = schema.find(edge.exclusive))
        best = std::max(best, std::pair{edge.sign * at->as_double(), true});
      return best;
    };
    if (tightest(narrow) < tightest(wide))
      gap(pointer, "bounds", fmt::format("{} is looser on one side than on the other", edge.inclusive));
  }
  if (const Value* step = wide.find("multipleOf")) {
    const Value* own = narrow.find("multipleOf");
    const double ratio = own ? own->as_double() / step->as_double() : 0.5;
    if (ratio != std::floor(ratio))
      gap(pointer, "bounds", "multipleOf is looser on one side than on the other");
  }
}

void Walk::check_array(const Value& narrow, const Value& wide, const std::string& pointer, size_t depth) {
  if (!has_type(types_of(narrow), "array")) return;
  const auto element = [](const Value& schema, size_t index) -> const Value& {
    const Value& first = schema.get("prefixItems");
    if (index < first.size()) return first.at(index);
    const Value* rest = schema.find("items");
    return rest ? *rest : kAnything;
  };
  const size_t fixed = std::max(narrow.get("prefixItems").size(), wide.get("prefixItems").size());
  for (size_t i = 0; i < fixed; ++i)
    check(element(narrow, i), element(wide, i), fmt::format("{}/prefixItems/{}", pointer, i), depth + 1);
  check(element(narrow, fixed), element(wide, fixed), pointer + "/items", depth + 1);
}

void Walk::check_object(const Value& narrow, const Value& wide, const std::string& pointer, size_t depth) {
  if (!has_type(types_of(narrow), "object")) return;
  const auto names = [](const Value& list, std::string_view name) {
    return list.is_array() && std::ranges::any_of(list.as_array(), [name](const Value& entry) {
             return entry.string_or("") == name;
           });
  };
  if (const Value& required = wide.get("required"); required.is_array())
    for (const Value& name : required.as_array())
      if (!names(narrow.get("required"), name.as_string()))
        gap(json::append_pointer(pointer + "/properties", name.as_string()), "required",
            "is required on one side and may be missing on the other");
  const auto member = [](const Value& schema, std::string_view name) -> const Value& {
    if (const Value* own = schema.get("properties").find(name)) return *own;
    const Value* rest = schema.find("additionalProperties");
    return rest ? *rest : kAnything;
  };
  if (const Value& properties = narrow.get("properties"); properties.is_object())
    for (const auto& [name, own] : properties.as_object())
      check(own, member(wide, name), json::append_pointer(pointer + "/properties", name), depth + 1);
  if (const Value& properties = wide.get("properties"); properties.is_object())
    for (const auto& [name, demand] : properties.as_object()) {
      if (narrow.get("properties").has(name)) continue;
      const std::string place = json::append_pointer(pointer + "/properties", name);
      if (is_true(member(narrow, name)) && !is_true(demand)) {
        gap(place, "undeclared", "is described on one side and left open on the other");
      } else {
        check(member(narrow, name), demand, place, depth + 1);
      }
    }
  const Value* narrow_rest = narrow.find("additionalProperties");
  const Value* wide_rest = wide.find("additionalProperties");
  if (wide_rest != nullptr)
    check(narrow_rest ? *narrow_rest : kAnything, *wide_rest, pointer + "/additionalProperties", depth + 1);
}

void Walk::check_whole(const Value& narrow, const Value& wide, const std::string& pointer) {
  for (const std::string_view keyword : kWhole) {
    const Value* demand = wide.find(keyword);
    if (demand == nullptr) continue;
    const Value* own = narrow.find(keyword);
    if (own == nullptr || json::canonical_text(*own) != json::canonical_text(*demand))
      gap(pointer, keyword == "pattern" || keyword == "format" ? "bounds" : "undecided",
          fmt::format("{} differs between both sides", keyword));
  }
}

}  // namespace

std::vector<Gap> gaps(const Value& narrow, const Value& wide) {
  Walk walk(narrow, wide);
  walk.check(narrow, wide, "", 0);
  return walk.take();
}

}  // namespace soma::workflow::contract
