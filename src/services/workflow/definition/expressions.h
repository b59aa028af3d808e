// The fields of one object in a definition, read and compiled: what stands between the JSON text and the
// engine's structures. Private to definition/.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "services/workflow/definition/report.h"

namespace soma::workflow {

// What JSONata's $states offers in a place, besides input and context.
struct StatesMembers {
  bool result = false;
  bool error_output = false;
};

// Reads an object whose shape was checked. A field that is absent or of a wrong type gives nothing: the
// shape's check has reported it. A field that does not compile is reported here.
class FieldReader {
 public:
  // The value and the report outlive the reader.
  FieldReader(const json::Value& object, Place place, query::Language language, Report& report,
              std::string prefix = {})
      : object_(object),
        place_(std::move(place)),
        prefix_(std::move(prefix)),
        language_(language),
        report_(report) {}
  // Of the object in this one's field `name`, or of the element `index` of the array there.
  FieldReader inside(std::string_view name) const;
  FieldReader inside(std::string_view name, size_t index) const;

  const json::Value& object() const { return object_; }
  const Place& place() const { return place_; }
  query::Language language() const { return language_; }
  Report& report() const { return report_; }
  const json::Value& get(std::string_view name) const { return object_.get(name); }
  bool has(std::string_view name) const { return object_.has(name); }
  bool is_null(std::string_view name) const { return has(name) && get(name).is_null(); }

  std::string text(std::string_view name) const { return std::string(get(name).string_or("")); }

  // A payload template, or a value with JSONata expressions in it.
  std::optional<query::Template> payload(std::string_view name, StatesMembers members = {}) const;
  // Assign: a payload whose keys are names of variables.
  std::optional<query::Template> assign(StatesMembers members = {}) const;
  // JSONPath that reads: "InputPath", "ItemsPath".
  std::optional<query::Path> path(std::string_view name) const;
  std::optional<query::Source> path_source(std::string_view name) const;
  // A path to one place: "Variable", "SecondsPath".
  std::optional<query::Path> single_path(std::string_view name) const;
  // ErrorPath, CausePath: one place, or an intrinsic function that makes a string.
  std::optional<query::Source> text_source(std::string_view name) const;
  ResultPlace result_place(std::string_view name) const;
  // The literal or the expression of `name`, or the path of `name` + "Path"; nothing when neither is there.
  enum class ContextObject { kReadable, kNotReadable };
  std::optional<Computed> computed(std::string_view name,
                                   ContextObject context = ContextObject::kReadable) const;

 private:
  Place at(std::string_view name) const { return place_.member(name); }
  std::optional<query::Template> compile(std::string_view name, StatesMembers members) const;
  std::optional<query::Path> compile_single(std::string_view text, const Place& place) const;

  const json::Value& object_;
  Place place_;
  std::string prefix_;  // from the state to here, in messages at run time: "Choices[1]/"
  query::Language language_;
  Report& report_;
};

// Reports every string in `value` that has one of JSONata's delimiters without the other. False when there
// was one.
bool check_delimiters(const json::Value& value, const Place& place, Report& report);

// Reports every expression that reads $states.result or $states.errorOutput where there is none.
void check_states_members(const query::Template& field, StatesMembers members, const Place& place,
                          Report& report);

// Reports two keys that mean one ("a" and "a.$"), and warns of strings that look like a path and are none.
void check_payload(const json::Value& value, const Place& place, Report& report);

}  // namespace soma::workflow
