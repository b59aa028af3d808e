#include "services/workflow/state_tester/result_models.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <vector>

#include "base/os/os.h"
#include "services/workflow/state_tester/builtin_results.h"

namespace soma::workflow::state_tester {
namespace {

using engine::Resource;
using json::Value;
using Pattern = Resource::Pattern;

const std::vector<Value>& all_models() {
  static const std::vector<Value> models = [] {
    std::vector<Value> models;
    for (const std::string_view text : builtin_results()) models.push_back(*json::parse(text));
    return models;
  }();
  return models;
}

// What an optimized integration answers differently from the service: JSON instead of a text with JSON in it.
struct OpenMember {
  std::string_view service, action, member;
};
constexpr std::array<OpenMember, 2> kOpenMembers{{
    {"lambda", "invoke", "Payload"},
    {"bedrock", "invokeModel", "Body"},
}};

// What is asked until a .sync task is over. Those that are not here answer a part of what their polling says.
struct Polling {
  std::string_view service, action, polling;
};
constexpr std::array<Polling, 2> kPollings{{
    {"states", "startExecution", "describeExecution"},
    {"athena", "startQueryExecution", "getQueryExecution"},
}};

// The operation whose answer is the task's result; empty: none that is known.
std::string_view answering_operation(const Resource& resource) {
  if (resource.pattern == Pattern::kRequestResponse) return resource.action;
  if (resource.pattern == Pattern::kWaitForTaskToken) return {};
  const auto* const found = std::ranges::find_if(kPollings, [&](const Polling& polling) {
    return polling.service == resource.service && polling.action == resource.action;
  });
  return found == kPollings.end() ? std::string_view() : found->polling;
}

bool is_open(const Resource& resource, std::string_view member) {
  if (resource.kind != Resource::Kind::kService) return false;
  if (resource.pattern == Pattern::kSync2 && member == "Output") return true;
  return std::ranges::any_of(kOpenMembers, [&](const OpenMember& open) {
    return open.service == resource.service && open.action == resource.action && open.member == member;
  });
}

struct Range {
  double least = -std::numeric_limits<double>::infinity();
  double most = std::numeric_limits<double>::infinity();
};
// "1..6144", either side may be missing; "" is no limit.
Range range_of(std::string_view text) {
  Range range;
  const size_t dots = text.find("..");
  if (dots == std::string_view::npos) return range;
  const auto read = [](std::string_view digits, double& into) {
    std::from_chars(digits.data(), digits.data() + digits.size(), into);
  };
  read(text.substr(0, dots), range.least);
  read(text.substr(dots + 2), range.most);
  return range;
}

double characters(std::string_view text) {
  return static_cast<double>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

using Breach = std::optional<std::string>;

Breach not_a(std::string_view field, std::string_view kind) {
  return fmt::format("Field '{}' must be {}", field, kind);
}

Breach text_breach(std::string_view field, std::string_view limits, const Value& value) {
  if (!value.is_string()) return not_a(field, "a string");
  const Range range = range_of(limits);
  const double length = characters(value.as_string());
  if (length < range.least) return fmt::format("Field '{}' is smaller than the minimum length", field);
  if (length > range.most) return fmt::format("Field '{}' exceeds the maximum length", field);
  return std::nullopt;
}

Breach number_breach(std::string_view field, std::string_view limits, const Value& value) {
  if (!value.is_number()) return not_a(field, "a number");
  const Range range = range_of(limits);
  if (value.as_double() < range.least) return fmt::format("Field '{}' is less than the minimum value", field);
  if (value.as_double() > range.most) return fmt::format("Field '{}' exceeds the maximum value", field);
  return std::nullopt;
}

Breach word_breach(std::string_view field, std::string_view words, const Value& value) {
  if (!value.is_string()) return not_a(field, "a string");
  const auto all = os::split(words, '|');
  if (std::ranges::find(all, value.as_string()) != all.end()) return std::nullopt;
  return fmt::format("Field '{}' is not an expected value", field);
}

// Holds one result to one service's structures. How deep it goes follows from the result, which was parsed
// within a limit.
class Check {
 public:
  Check(const Resource& resource, const Value& structures, FieldValidation mode)
      : resource_(resource), structures_(structures), mode_(mode) {}

  Breach structure(std::string_view name, const Value& value) const {
    const Value& members = structures_.get(name);
    if (!members.is_object()) return std::nullopt;
    for (const auto& [spelled, type] : members.as_object()) {
      if (mode_ != FieldValidation::kStrict || !spelled.ends_with('!')) continue;
      const std::string_view member = std::string_view(spelled).substr(0, spelled.size() - 1);
      if (!value.has(member)) return fmt::format("Required field '{}' is missing", member);
    }
    for (const auto& [spelled, type] : members.as_object()) {
      std::string_view member = spelled;
      if (member.ends_with('!')) member.remove_suffix(1);
      const Value* found = value.find(member);
      if (found == nullptr || is_open(resource_, member)) continue;
      if (Breach breach = of_type(member, type.string_or("x"), *found)) return breach;
    }
    return std::nullopt;
  }

 private:
  Breach of_type(std::string_view field, std::string_view type, const Value& value) const {
    const std::string_view rest = type.substr(1);
    switch (type.front()) {
      case 's':
        return text_breach(field, rest, value);
      case 'n':
        return number_breach(field, rest, value);
      case 'e':
        return word_breach(field, rest, value);
      case 'b':
        return value.is_bool() ? std::nullopt : not_a(field, "a boolean");
      case '[':
        return list(field, rest, value);
      case '{':
        return map(field, rest, value);
      case '.':
        return value.is_object() ? structure(rest, value) : not_a(field, "an object");
      default:
        return std::nullopt;
    }
  }

  Breach list(std::string_view field, std::string_view type, const Value& value) const {
    if (!value.is_array()) return not_a(field, "an array");
    for (const Value& element : value.as_array())
      if (Breach breach = of_type(field, type, element)) return breach;
    return std::nullopt;
  }

  Breach map(std::string_view field, std::string_view type, const Value& value) const {
    if (!value.is_object()) return not_a(field, "an object");
    for (const auto& [key, element] : value.as_object())
      if (Breach breach = of_type(key, type, element)) return breach;
    return std::nullopt;
  }

  const Resource& resource_;
  const Value& structures_;
  const FieldValidation mode_;
};

const Value* model_of(std::string_view service) {
  for (const Value& model : all_models())
    for (const Value& name : model.get("names").as_array())
      if (name.string_or("") == service) return &model;
  return nullptr;
}

}  // namespace

Breach breach_of_model(const Resource& resource, const Value& result, FieldValidation mode) {
  if (mode == FieldValidation::kNone) return std::nullopt;
  const Value* model = model_of(resource.service);
  if (model == nullptr) return std::nullopt;
  const std::string_view structure =
      model->get("operations").get(answering_operation(resource)).string_or("");
  if (structure.empty()) return std::nullopt;
  return Check(resource, model->get("structures"), mode).structure(structure, result);
}

}  // namespace soma::workflow::state_tester
