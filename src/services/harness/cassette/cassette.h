// A cassette: one session's traffic with its model and its tools, as one file that plays again offline.
//
// Everything that is in it comes from the session's journal, after the fact: nothing has to be switched on
// before a session can be recorded. The file is JSON for people (docs/cassettes.md): they read it in a diff,
// and write what they expect of it into "expect". It holds no key, for configurations hold references alone;
// prompts, answers and results are in it as they were. Images and documents that a tool left in the workspace
// stay references to their file: no replayed model looks at them, and the references are part of what is
// compared.
//
//   record()               a session of the journal -> Cassette       (cassette_record.cpp)
//   prices_json()          what its models cost                       (cassette_prices.cpp)
//   cassette_from_json(),  the file's form                            (cassette_json.cpp)
//   to_json(), write_cassette(), read_cassette()
//   cassette_replay.h      plays one
//   expectation.h          what a file expects of its replay
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/journal/journal.h"
#include "core/model/model.h"
#include "core/model/prices.h"
#include "services/harness/skills/skill.h"

namespace soma::harness {

inline constexpr size_t kMaxCassetteBytes = 64u << 20;  // of the file
inline constexpr size_t kMaxCassetteInvocations = 10'000;
inline constexpr size_t kMaxCassetteTurns = 100'000;  // of all invocations together
inline constexpr int64_t kCassetteVersion = 1;
inline constexpr std::string_view kCassetteSuffix = ".cassette.json";

// What one request showed to the model: by hash, for the messages themselves stand elsewhere in the cassette.
struct ShownMessages {
  size_t count = 0;
  std::string sha256;  // of the JSON array of all of them, members sorted by key
  // Of each one after those that the request before began with as well: the first that differs can be named.
  std::vector<std::string> added{};
};

struct RecordedAnswer {
  model::Message message;
  model::StopReason stop = model::StopReason::kEndTurn;
  model::Usage usage;
};

struct RecordedTool {
  std::string id, name;
  json::Value input;
  bool error = false;
  std::vector<model::ResultContent> content{};
  int64_t latency_ms = 0;
  std::string not_run{};             // why it was refused, as the event's notRun; empty: it ran
  std::optional<double> cost_usd{};  // of a sub-agent
  bool client = false;               // an inline function: the result is the client's, of the next invocation
};

// One model call and the tool calls it asked for. Without an answer and an error the call was cut by a stop
// or a deadline.
struct RecordedTurn {
  ShownMessages request;
  std::optional<RecordedAnswer> answer{};
  std::optional<os::Error> error{};
  std::vector<RecordedTool> tools{};  // in the order of the answer's calls
};

// An approval that was answered. Decisions as answer_name() spells them.
struct RecordedApproval {
  std::string tool_use_id, decision, by{}, reason{};
};

struct RecordedHook {
  std::string name, type;         // type as hook_type_name() spells it
  std::string tool_use_id{};      // empty: about the invocation
  std::optional<bool> allowed{};  // nothing: it was told, not asked
  std::string reason{};
  std::optional<std::string> error{};
  bool cut = false;  // a stop or a deadline came before its answer
};

// What took the place of messages that a compaction removed.
struct RecordedSummary {
  std::string text;
  std::optional<model::Usage> usage{};  // nothing: no model made it (plain_digest)
};

struct RecordedInvocation {
  std::vector<model::Message> messages;  // the new ones
  json::Value config{};                  // null: the cassette's own
  std::vector<Skill> skills{};           // that the system prompt told of
  std::vector<json::Value> sources{};    // what sources of tools offered at its end, as tools.listed says it
  std::vector<RecordedTurn> turns{};
  std::vector<RecordedApproval> approvals{};  // in the order of their answers
  std::vector<RecordedHook> hooks{};          // in the order of their answers, those that were cut last
  std::vector<RecordedSummary> summaries{};
  // The types of the journal's events that a replay must write as well, in order (see is_compared()).
  std::vector<std::string> events{};
  std::string stop_reason;
  std::string answer{};  // the last text that the model said
  std::optional<double> cost_usd{};
};

struct Cassette {
  os::Time recorded{};
  std::string soma{};   // the version that recorded it
  json::Value harness;  // the configuration, of the first invocation
  // A file of prices (docs/prices.md) with those of the models that were asked; null: none is known. With
  // them a limit on cost is met where it was met, whatever the built-in table says by then.
  json::Value prices{};
  std::vector<RecordedInvocation> invocations;
  json::Array expect{};  // expectation.h
};

struct RecordOptions {
  os::Time now{};                 // becomes Cassette::recorded
  bool with_environment = false;  // keep the values of environmentVariables; else they become ""
  const model::PriceTable& prices = model::PriceTable::builtin();  // the server's
};
// The session's finished invocations; blocks while it reads. Errors: kNotFound, kFailedPrecondition (nothing
// was invoked, or an invocation runs), kLimitExceeded (kMaxCassetteInvocations, kMaxCassetteTurns), kCorrupt.
os::Result<Cassette> record(journal::Journal& journal, std::string_view run,
                            const RecordOptions& options = {});
// Whether a type of event tells what the loop did. Left out: how text was cut into pieces, what a crash or an
// exec added between, where sub-agents worked, and what comes in the order of other people's answers (hooks,
// approvals; which of them were asked is compared one by one).
bool is_compared(std::string_view event_type);

json::Value to_json(const Cassette& cassette);
// `text` is what `value` was parsed from and `source` the file, for places in errors; both may be empty.
// Errors: kInvalidArgument with file, line, pointer and the nearest known name; kUnsupported for another
// version.
os::Result<Cassette> cassette_from_json(const json::Value& value, std::string_view text,
                                        std::string_view source);
// The file's text. kLimitExceeded past kMaxCassetteBytes.
os::Result<std::string> write_cassette(const Cassette& cassette);
os::Result<Cassette> read_cassette(const std::string& path);

// The prices as a file of them has them: read back, each model has the price that `table` says.
json::Value prices_json(const std::vector<model::PricedModel>& models, std::string_view date);

// The message's JSON with members sorted by key: equal messages have equal texts.
std::string canonical_text(const model::Message& message);
// SHA-256 of it, lower-case hex.
std::string digest_of(const model::Message& message);
// What a request with these messages shows. `before` holds the digests of the request before, and then those
// of this one.
ShownMessages shown_messages(const std::vector<model::Message>& messages, std::vector<std::string>& before);

// The usage of an answer, as the wire spells it.
os::Result<model::Usage> recorded_usage(const json::Value& value);

// The code of that name; kInternal when there is none.
os::Code code_named(std::string_view name);

// Which tools a model's message asks soma to run (not those that its provider ran itself).
std::vector<const model::ToolUse*> calls_of(const model::Message& message);

}  // namespace soma::harness
