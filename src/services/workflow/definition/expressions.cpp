#include "services/workflow/definition/expressions.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "services/workflow/definition/shape.h"
#include "services/workflow/definition/variables.h"

namespace soma::workflow {
namespace {

// The intrinsic functions that ErrorPath and CausePath take: those whose result is a string.
constexpr std::array<std::string_view, 7> kTextIntrinsics = {
    "States.Format",       "States.JsonToString", "States.ArrayGetItem", "States.Base64Encode",
    "States.Base64Decode", "States.Hash",         "States.UUID"};

// Template::compile names the code and, within the field's value, the place.
void report_template(const os::Error& error, const json::Value& value, const Place& place, Report& report) {
  report.error(detail(error, "code"), place.descend(detail(error, "location"), value), error.message);
}

}  // namespace

FieldReader FieldReader::inside(std::string_view name) const {
  return {get(name), at(name), language_, report_, fmt::format("{}{}/", prefix_, name)};
}

FieldReader FieldReader::inside(std::string_view name, size_t index) const {
  return {get(name).at(index), at(name).element(index), language_, report_,
          fmt::format("{}{}[{}]/", prefix_, name, index)};
}

std::optional<query::Template> FieldReader::compile(std::string_view name, StatesMembers members) const {
  const json::Value& value = get(name);
  Place place = at(name);
  if (language_ == query::Language::kJsonPath) {
    check_payload(value, place, report_);
  } else if (!check_delimiters(value, place, report_)) {
    return std::nullopt;
  }
  auto compiled = query::Template::compile(value, language_, prefix_ + std::string(name));
  if (!compiled) {
    report_template(compiled.error(), value, place, report_);
    return std::nullopt;
  }
  if (language_ == query::Language::kJsonata) check_states_members(*compiled, members, place, report_);
  return std::move(*compiled);
}

std::optional<query::Template> FieldReader::payload(std::string_view name, StatesMembers members) const {
  if (!has(name)) return std::nullopt;
  return compile(name, members);
}

std::optional<query::Template> FieldReader::assign(StatesMembers members) const {
  const json::Value& value = get("Assign");
  if (!value.is_object()) return std::nullopt;
  check_variable_names(value, language_, at("Assign"), report_);
  return compile("Assign", members);
}

std::optional<query::Path> FieldReader::path(std::string_view name) const {
  if (!get(name).is_string()) return std::nullopt;
  auto compiled = query::Path::compile(get(name).as_string());
  if (compiled) return *compiled;
  report_.schema(at(name), "Value must be a valid JSONPath.");
  return std::nullopt;
}

std::optional<query::Source> FieldReader::path_source(std::string_view name) const {
  if (!path(name)) return std::nullopt;
  auto compiled = query::Source::compile(get(name).as_string());
  if (compiled) return *compiled;
  report_.schema(at(name), "Value must be a valid JSONPath.");
  return std::nullopt;
}

std::optional<query::Path> FieldReader::compile_single(std::string_view text, const Place& place) const {
  if (!text.starts_with('$')) {
    report_.schema(place, "Value is not a Reference Path: Reference path didn't start with '$'");
    return std::nullopt;
  }
  auto compiled = query::Path::compile(text);
  if (!compiled) {
    report_.schema(place, fmt::format("Value is not a Reference Path: {}", compiled.error().message));
    return std::nullopt;
  }
  if (!compiled->definite()) {
    report_.schema(place, "Value is not a Reference Path: it may find more than one value");
    return std::nullopt;
  }
  return *compiled;
}

std::optional<query::Path> FieldReader::single_path(std::string_view name) const {
  if (!get(name).is_string()) return std::nullopt;
  return compile_single(get(name).as_string(), at(name));
}

std::optional<query::Source> FieldReader::text_source(std::string_view name) const {
  if (!get(name).is_string()) return std::nullopt;
  const std::string& text = get(name).as_string();
  if (!text.starts_with("States.")) {
    if (!compile_single(text, at(name))) return std::nullopt;
  } else if (std::ranges::count(kTextIntrinsics, std::string_view(text).substr(0, text.find('('))) == 0) {
    report_.schema(at(name), fmt::format("The intrinsic function must return a string: {}",
                                         fmt::join(kTextIntrinsics, ", ")));
    return std::nullopt;
  }
  auto compiled = query::Source::compile(text);
  if (compiled) return *compiled;
  report_.schema(at(name), fmt::format("The value for the field '{}' must be a valid JSONPath or a valid "
                                       "intrinsic function call",
                                       name));
  return std::nullopt;
}

ResultPlace FieldReader::result_place(std::string_view name) const {
  if (is_null(name)) return {.discard = true};
  if (!get(name).is_string()) return {};
  auto compiled = query::ReferencePath::compile(get(name).as_string());
  if (compiled) return {.path = *compiled};
  report_.schema(at(name), fmt::format("Value is not a Reference Path: {}", compiled.error().message));
  return {};
}

std::optional<Computed> FieldReader::computed(std::string_view name, ContextObject context) const {
  std::string path_name = fmt::format("{}Path", name);
  if (has(path_name)) {
    if (!single_path(path_name)) return std::nullopt;
    if (context == ContextObject::kNotReadable && text(path_name).starts_with("$$")) {
      report_.schema(at(path_name), "Value is not a Reference Path: the context object cannot be read here");
      return std::nullopt;
    }
    auto source = query::Source::compile(get(path_name).as_string());
    if (!source) {
      report_.schema(at(path_name), "Value must be a valid JSONPath.");
      return std::nullopt;
    }
    return Computed{.path = std::move(*source), .field = path_name};
  }
  if (!has(name)) return std::nullopt;
  if (language_ == query::Language::kJsonata && get(name).is_string()) {
    auto expression = compile(name, {});
    if (!expression) return std::nullopt;
    if (is_jsonata(get(name)))
      return Computed{.expression = std::move(expression), .field = std::string(name)};
  }
  return Computed{.literal = get(name), .field = std::string(name)};
}

}  // namespace soma::workflow
