// What a memory remembers of conversations: strategies, which turn what was said into records.
//
// A strategy is a pure function: the same conversation and the same known records make the same changes. It
// has no clock, no files, no model. What it may say: add a record, or rewrite one; it never deletes. A fact
// that contradicts an older one is added, and says which record it supersedes, since the rules cannot know
// which of the two is true.
//
//   semantic      standalone facts, a sentence each                          semantic.cpp
//   summary       what a session was about, a record for each topic          summary.cpp
//   preference    what a user likes, avoids, always does                     preference.cpp
//   episodic      what was tried and how it ended; reflections over many     episodic.cpp
//
// The shapes of the records' texts follow the published output schemas of AgentCore Memory's strategies
// (developer guide, "System prompts for … strategy"). To add a strategy: one file, and one line in
// strategies.cpp.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "base/os/os.h"

namespace soma::memory {

inline constexpr size_t kMaxConversationTurns = 2'000;  // the newest of a session
inline constexpr size_t kMaxRecordTextBytes = 16'000;   // of a record
inline constexpr size_t kMaxChanges = 500;              // of one consolidation; what is over waits for no one
inline constexpr size_t kMaxNotesBytes = 256u << 10;    // of a strategy's notes about one actor
inline constexpr os::Duration kIdle =
    std::chrono::minutes(10);  // a session without news for so long is at rest

enum class Role { kUser, kAssistant, kTool, kOther };

// A call of a tool, when a turn tells of one.
struct ToolCall {
  std::string name;       // empty in an answer by itself, whose call an earlier message told of
  json::Value arguments;  // an object, unless the name is empty
  std::optional<bool> succeeded{};
};

// One message of a conversation.
struct Turn {
  std::string source;  // which message it is: "<event id>/<index>"
  Role role = Role::kUser;
  std::string text;  // UTF-8; of a tool: its result, as far as it is known
  os::Time at;       // when it was said
  std::optional<ToolCall> call{};
};

struct Conversation {
  std::string actor_id, session_id;
  std::vector<Turn> turns;  // in the order of arrival, at most kMaxConversationTurns
  size_t first_new = 0;     // turns from here on were in no conversation before
  bool at_rest = false;     // nothing new for kIdle: what was open is over
};

// A record that exists already.
struct Known {
  std::string id, text;
  std::string subject;  // as its strategy named it
  os::Time updated;
};

// Where a strategy's records are: its namespace, and the one above it where an episodic strategy reflects.
enum class Place { kRecords, kReflections };

// What was known in the conversation's namespaces before this consolidation: not what it adds itself.
class KnownRecords {
 public:
  virtual ~KnownRecords() = default;
  // The most similar ones by words, best first.
  virtual std::vector<Known> like(Place place, std::string_view text, size_t limit) const = 0;
  // Those with exactly this subject, oldest first.
  virtual std::vector<Known> about(Place place, std::string_view subject) const = 0;
};

struct Change {
  Place place = Place::kRecords;
  std::string record_id{};             // the record that is rewritten; empty: a new one
  std::string text;                    // the record's whole text, 1..kMaxRecordTextBytes bytes of UTF-8
  std::string subject{};               // the strategy's own key, by which about() finds it again
  std::vector<std::string> sources{};  // of the turns that say so
  std::string supersedes{};            // the id of a record that says otherwise and is older
};

struct Consolidated {
  std::vector<Change> changes;
  // The strategy has turns that it could judge better when the conversation is at rest: call again then,
  // with `at_rest`.
  bool wants_rest = false;
};

class Strategy {
 public:
  virtual ~Strategy() = default;
  // `notes` is what the strategy keeps about the actor between calls: null at first, at most kMaxNotesBytes
  // as JSON text, forgotten with the actor. It is the only thing that is changed.
  virtual Consolidated consolidate(const Conversation& conversation, const KnownRecords& known,
                                   json::Value& notes) const = 0;
};

enum class StrategyType { kSemantic, kSummarization, kUserPreference, kEpisodic };
// As the API spells them: SEMANTIC, SUMMARIZATION, USER_PREFERENCE, EPISODIC.
std::string_view to_string(StrategyType type);
std::optional<StrategyType> parse_strategy_type(std::string_view text);

// Lives as long as the program.
const Strategy& strategy(StrategyType type);

}  // namespace soma::memory
