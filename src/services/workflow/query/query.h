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

inline constexpr size_t kMaxIntrinsicNesting = 10;
inline constexpr size_t kMaxIntrinsicBytes = 10'000;  // of what Hash, Base64Encode and Base64Decode take
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
// (wildcards, slices, filters, deep scan).
class Path {
 public:
  // kInvalidArgument, in the service's words.
  static os::Result<Path> compile(std::string_view text);
  // A definite path's value, or the list of what an indefinite one finds. `field`: the field's name in
  // messages ("InputPath").
  Outcome<json::Value> evaluate(const Scope& scope, std::string_view field) const;
  // Points into the scope instead of copying; nothing when the path is indefinite (then use evaluate).
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

// A ResultPath: where a result goes into the input. "$", "$.a.b", "$.a[0]"; null keeps the input.
class ReferencePath {
 public:
  static os::Result<ReferencePath> compile(std::string_view text);
  // Fails with States.ResultPathMatchFailure.
  Outcome<json::Value> put(json::Value input, json::Value result) const;
  bool whole() const;
  const std::string& text() const;

 private:
  struct Program;
  std::shared_ptr<const Program> program_;
};

// A field's JSON with expressions in it: a JSONPath payload template (keys that end in ".$" hold a path or an
// intrinsic function), or JSONata strings between "{%" and "%}".
class Template {
 public:
  // `location`: where the field stands, for messages and for Failure::location ("Arguments",
  // "Assign"). kInvalidArgument with details location (within the field, RFC 6901) and what is wrong.
  static os::Result<Template> compile(const json::Value& value, Language language, std::string_view location);
  Outcome<json::Value> evaluate(const Scope& scope, const jsonata::Surroundings& surroundings) const;
  bool constant() const;  // nothing in it computes
  const json::Value& source() const;
  // Names of the variables that it reads (DescribeStateMachine's variableReferences), sorted, without
  // repeats.
  std::vector<std::string> variables() const;
  // Whether it reads $states.<member> in JSONata or "$$" in JSONPath (member "context").
  bool reads(std::string_view states_member) const;

 private:
  struct Node;
  std::shared_ptr<const Node> root_;
};

// One value in JSONPath mode that is a path or an intrinsic function: "$.a", "$$.Task.Token",
// "States.UUID()".
class Source {
 public:
  static os::Result<Source> compile(std::string_view text);
  Outcome<json::Value> evaluate(const Scope& scope, const jsonata::Surroundings& surroundings,
                                std::string_view field) const;
  const std::string& text() const;
  std::vector<std::string> variables() const;

 private:
  struct Program;
  std::shared_ptr<const Program> program_;
};

}  // namespace soma::workflow::query
