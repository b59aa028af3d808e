// What the fields of a state compute with: JSONPath with its templates and intrinsic functions, or JSONata.
//
// Every field that is not plain data becomes one of the classes below when the definition is read, and is
// only evaluated after that. Sources: "Amazon States Language" (states-language.net), the developer guide's
// "Processing input and output", the Jayway JsonPath library whose dialect and messages the service shows.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "base/os/os.h"
#include "services/workflow/jsonata/jsonata.h"

namespace soma::workflow::query {

inline constexpr size_t kMaxPathBytes = 10'000;
inline constexpr size_t kMaxPathSteps = 256;
inline constexpr size_t kMaxPathVisits = 4'000'000;        // values looked at in one evaluation
inline constexpr size_t kMaxPathResults = 1'000'000;       // found by one evaluation
inline constexpr size_t kMaxPathResultBytes = 256u << 20;  // of the list they make
inline constexpr size_t kMaxIntrinsicNesting = 10;
inline constexpr size_t kMaxIntrinsicArguments = 1'000;
inline constexpr size_t kMaxIntrinsicCharacters = 10'000;  // of what Hash, Base64Encode and Base64Decode take
inline constexpr size_t kMaxArrayRangeItems = 1'000;
inline constexpr size_t kMaxTemplateDepth = 100;

enum class Language { kJsonPath, kJsonata };

// Variables as one state sees them: its own scope first, then the outer ones.
class Variables {
 public:
  virtual ~Variables() = default;
  virtual const json::Value* find(std::string_view name) const = 0;
  // All that are visible, inner ones hiding outer ones.
  virtual std::vector<std::pair<std::string_view, const json::Value*>> all() const = 0;
};

// What an expression can see. Null: not there in this place.
struct Scope {
  const json::Value* input = nullptr;         // "$" in JSONPath, $states.input in JSONata
  const json::Value* context = nullptr;       // "$$", $states.context
  const json::Value* result = nullptr;        // $states.result
  const json::Value* error_output = nullptr;  // $states.errorOutput
  const Variables* variables = nullptr;
};

// How an evaluation fails, in the service's words. The engine puts "An error occurred while executing the
// state …" in front where the service does.
struct Failure {
  std::string error;  // "States.Runtime", "States.ParameterPathFailure", "States.QueryEvaluationError", …
  std::string cause;
  std::string location{};  // JSONata: of the field, "Arguments/Payload"; for the EvaluationFailed event
};
template <class T>
using Outcome = std::expected<T, Failure>;

// A JSONPath that reads: "$", "$.a[0]", "$$.Execution.Id", "$variable.b", with everything the dialect knows
// (wildcards, slices, unions, filters, deep scan, functions like ".length()"). Cheap to copy, immutable.
class Path {
 public:
  // kInvalidArgument; the message is the library's reason ("Path must not end with a '.' or '..'").
  static os::Result<Path> compile(std::string_view text);
  // A definite path's value, or the list of what an indefinite one finds, empty when it finds no way. A last
  // index behind the end of its array gives null. `field`: the field's name as written ("InputPath",
  // "Variable"); with the field goes the sentence that the service says when nothing is there.
  Outcome<json::Value> evaluate(const Scope& scope, std::string_view field) const;
  // Points into the scope instead of copying. Null when nothing is there, and when the value must be made:
  // the path is indefinite, joins several names or ends with a function (then use evaluate).
  const json::Value* find(const Scope& scope) const;
  bool definite() const;
  bool whole() const;  // it is "$"
  // The variable's name when it reads one.
  std::string_view variable() const;
  const std::string& text() const;

 private:
  struct Program;
  std::shared_ptr<const Program> program_;
};

// A ResultPath: where a result goes into the input. "$", "$.a.b", "$['a'][0]": names and indexes alone.
class ReferencePath {
 public:
  // kInvalidArgument; the message is the reason alone ("Reference path didn't start with '$'").
  static os::Result<ReferencePath> compile(std::string_view text);
  // Makes the objects that are missing on the way; an index must be inside its array or one behind its end.
  // Fails with States.ReferencePathConflict where the input has something else in the way.
  Outcome<json::Value> put(json::Value input, json::Value result) const;
  bool whole() const;
  const std::string& text() const;

 private:
  struct Program;
  std::shared_ptr<const Program> program_;
};

// One value in JSONPath mode that is a path or an intrinsic function: "$.a", "$$.Task.Token",
// "States.Format('{}', $.a)".
class Source {
 public:
  // kInvalidArgument; the message is the reason alone.
  static os::Result<Source> compile(std::string_view text);
  // `field` as in Path::evaluate.
  Outcome<json::Value> evaluate(const Scope& scope, const jsonata::Surroundings& surroundings,
                                std::string_view field) const;
  // As Path::find; null for an intrinsic function.
  const json::Value* find(const Scope& scope) const;
  const std::string& text() const;
  bool whole() const;          // it is "$"
  bool reads_context() const;  // "$$" stands somewhere in it
  std::vector<std::string> variables() const;

 private:
  struct Program;
  std::shared_ptr<const Program> program_;
};

// A field's JSON with expressions in it: a JSONPath payload template (keys that end in ".$" hold a path or an
// intrinsic function), or JSONata strings that begin with "{%" and end with "%}".
class Template {
 public:
  // `location`: where the field stands in the state, for messages and for Failure::location ("Arguments",
  // "Choices[1]/Condition"). kInvalidArgument in the service's words, with details location (the object or
  // string within the value, RFC 6901, "" for the value itself) and code: "SCHEMA_VALIDATION_FAILED",
  // "INVALID_JSONATA_EXPRESSION" or "UNSUPPORTED_JSONATA_EXPRESSION".
  static os::Result<Template> compile(const json::Value& value, Language language, std::string_view location);
  Outcome<json::Value> evaluate(const Scope& scope, const jsonata::Surroundings& surroundings) const;
  bool constant() const;  // nothing in it computes: evaluate() gives source()
  const json::Value& source() const;
  const std::string& location() const;
  // A single JSONata expression is the whole value: its text, without the braces.
  std::string_view expression() const;
  // Names of the variables that it reads (DescribeStateMachine's variableReferences), sorted, without
  // repeats.
  std::vector<std::string> variables() const;
  // Whether it reads $states.<member> in JSONata or "$$" in JSONPath (member "context").
  bool reads(std::string_view states_member) const;

 private:
  struct Program;
  std::shared_ptr<const Program> program_;
};

}  // namespace soma::workflow::query
