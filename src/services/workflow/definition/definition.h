// A state machine as plain data: Amazon States Language, read once, every expression compiled.
//
// parse_definition() is the only way from text to a Definition; it validates as CreateStateMachine does and
// says what is wrong with code, message and location. The engine reads these structures and never the text.
// Sources: states-language.net, the developer guide, recorded answers of the service.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/json/json.h"
#include "services/workflow/query/query.h"

namespace soma::workflow {

inline constexpr size_t kMaxDefinitionBytes = 1u << 20;
inline constexpr size_t kMaxStateNameCharacters = 80;
inline constexpr size_t kMaxStates = 10'000;
inline constexpr size_t kMaxStateNesting = 50;  // Parallel and Map inside each other
inline constexpr size_t kMaxDiagnostics = 100;
inline constexpr int64_t kMaxTimeoutSeconds = 99'999'999;
inline constexpr size_t kMaxVariableNameCharacters = 80;
inline constexpr size_t kMaxLabelCharacters = 40;

enum class StateType { kPass, kTask, kChoice, kWait, kSucceed, kFail, kParallel, kMap };
std::string_view state_type_name(StateType type);  // "Pass", …

// A number (or string) that the definition gives, or that a state computes when it is entered. Exactly one is
// set: the JSONPath spelling's path ("TimeoutSecondsPath"), or a JSONata expression.
struct Computed {
  std::optional<json::Value> literal{};
  std::optional<query::Source> path{};
  std::optional<query::Template> expression{};
  std::string field{};  // as spelled: "TimeoutSeconds", "TimeoutSecondsPath"
};

struct Retrier {
  std::vector<std::string> error_equals;
  int64_t interval_seconds = 1;
  int64_t max_attempts = 3;
  double backoff_rate = 2.0;
  std::optional<int64_t> max_delay_seconds{};
  bool full_jitter = false;
};

// ResultPath's three cases: absent ("$"), null (the result is dropped), a path.
struct ResultPlace {
  bool discard = false;
  std::optional<query::ReferencePath> path{};
};

struct Catcher {
  std::vector<std::string> error_equals;
  std::string next;
  ResultPlace result_path;                  // JSONPath
  std::optional<query::Template> output{};  // JSONata
  std::optional<query::Template> assign{};
};

// A Choice rule's test in JSONPath mode, as a tree.
struct Comparison {
  enum class Kind { kAnd, kOr, kNot, kOperator };
  Kind kind = Kind::kOperator;
  std::vector<Comparison> operands;       // of And, Or, Not
  std::optional<query::Path> variable{};  // of an operator
  std::string operation{};                // "NumericEquals", "StringMatches", "IsPresent", … without "Path"
  std::optional<json::Value> literal{};   // what it is compared with,
  std::optional<query::Path> other{};     // or the path of the "…Path" twin
};
struct ChoiceRule {
  std::variant<Comparison, query::Template> condition;  // Template: JSONata's Condition
  std::string next;
  std::optional<query::Template> assign{}, output{};
};

struct Definition;
struct State;

// States with a beginning: a machine, a branch, an item processor. Names are unique across the whole machine.
struct Flow {
  std::string start_at;
  std::vector<State> states;  // in the order written
  const State* find(std::string_view name) const;
};

struct ItemReader {
  std::string resource;                        // "arn:aws:states:::s3:getObject", …
  std::optional<query::Template> arguments{};  // Parameters or Arguments: Bucket, Key, …
  json::Value reader_config;                   // InputType, CSVHeaderLocation, … as written
  std::optional<Computed> max_items{};
};
struct ItemBatcher {
  std::optional<Computed> max_items{}, max_input_bytes{};
  std::optional<query::Template> batch_input{};
};
struct ResultWriter {
  std::string resource;
  std::optional<query::Template> arguments{};
  json::Value writer_config;
};

struct PassDetails {
  std::optional<json::Value> result{};
};
struct TaskDetails {
  std::string resource;
  std::optional<Computed> timeout{}, heartbeat{};
  std::optional<query::Template> credentials{};
};
struct ChoiceDetails {
  std::vector<ChoiceRule> rules;
  std::string default_next;  // empty: none
};
struct WaitDetails {
  Computed value;
  bool is_timestamp = false;
};
struct FailDetails {
  std::optional<Computed> error{}, cause{};
};
struct ParallelDetails {
  std::vector<Flow> branches;
};
struct MapDetails {
  Flow processor;
  bool distributed = false;
  std::string execution_type{};  // "STANDARD" or "EXPRESS", of a distributed one
  std::string label{};
  std::optional<query::Path> items_path{};  // JSONPath
  std::optional<query::Template> items{};   // JSONata
  std::optional<query::Template> item_selector{};
  std::optional<Computed> max_concurrency{}, tolerated_count{}, tolerated_percentage{};
  std::optional<ItemReader> reader{};
  std::optional<ItemBatcher> batcher{};
  std::optional<ResultWriter> writer{};
};

struct State {
  std::string name;
  StateType type = StateType::kPass;
  query::Language language = query::Language::kJsonPath;
  std::string pointer;  // RFC 6901, in the definition: "/States/A/Branches/0/States/B"
  std::string next;     // empty: End, or a type without Next
  bool end = false;

  // JSONPath. An absent InputPath or OutputPath is "$"; null makes it an empty object.
  std::optional<query::Source> input_path{}, output_path{};
  bool input_null = false, output_null = false;
  std::optional<query::Template> parameters{};  // Parameters, or Arguments in JSONata
  std::optional<query::Template> result_selector{};
  ResultPlace result_path;
  // JSONata.
  std::optional<query::Template> output{};
  // Both.
  std::optional<query::Template> assign{};
  std::vector<Retrier> retry;
  std::vector<Catcher> catchers;

  std::variant<PassDetails, TaskDetails, ChoiceDetails, WaitDetails, std::monostate, FailDetails,
               ParallelDetails, MapDetails>
      details;  // the index is the StateType
};

struct Definition {
  std::string text;  // as given
  std::string comment{};
  query::Language language = query::Language::kJsonPath;
  std::optional<int64_t> timeout_seconds{};
  Flow flow;
};
using DefinitionPtr = std::shared_ptr<const Definition>;

// The state of this name, wherever in the machine it stands; null when there is none.
const State* find_state(const Definition& definition, std::string_view name);

// The variables that each state reads, by state in the order written; states that read none are left out. The
// names are sorted and without repeats. DescribeStateMachine's variableReferences.
std::vector<std::pair<std::string, std::vector<std::string>>> variable_references(
    const Definition& definition);

enum class Severity { kError, kWarning };
struct Diagnostic {
  Severity severity = Severity::kError;
  std::string code;  // "SCHEMA_VALIDATION_FAILED", "MISSING_TRANSITION_TARGET", …
  std::string message;
  std::string location;          // "/States/A/Choices[0]/Next", as the service writes it; empty: it has none
  json::Position position = {};  // of the same place in the text
};
// STANDARD or EXPRESS: an Express machine may not wait for tokens, run .sync, activities or distributed maps.
enum class MachineType { kStandard, kExpress };

struct Parsed {
  DefinitionPtr definition;             // null when an error was found
  std::vector<Diagnostic> diagnostics;  // errors first, at most kMaxDiagnostics
  bool truncated = false;               // there were more
};
Parsed parse_definition(std::string_view text, MachineType type);

// One state by itself, as TestState takes it: a machine that starts at the state `name` and has no other.
// Where its Next, Default and Catch lead is not checked. Locations begin with "/States/<name>".
Parsed parse_state(std::string_view text, std::string_view name, MachineType type);

// The sentence of CreateStateMachine's InvalidDefinition for the errors among these diagnostics: "Invalid
// State Machine Definition: 'SCHEMA_VALIDATION_FAILED: … at /States/A'".
std::string invalid_definition_message(const std::vector<Diagnostic>& diagnostics);

}  // namespace soma::workflow
