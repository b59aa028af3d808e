// What a memory is made of: its definition, the events that were sent to it, the records that it keeps.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "base/os/os.h"
#include "services/memory/metadata.h"
#include "services/memory/strategies/strategies.h"

namespace soma::memory {

// ---- the definition

inline constexpr size_t kMaxStrategies = 6;          // of one memory
inline constexpr size_t kMaxNamespaceBytes = 1'024;  // of a namespace
inline constexpr size_t kMaxTemplateBytes = 512;     // of a namespace's template
inline constexpr size_t kMaxDescriptionBytes = 4'096;
inline constexpr size_t kMaxIndexedKeys = 10;
inline constexpr int64_t kMinExpiryDays = 3, kMaxExpiryDays = 365;

struct StrategySpec {
  StrategyType type = StrategyType::kSemantic;
  std::string name;  // [a-zA-Z][a-zA-Z0-9_]{0,47}, one of its kind in a memory
  std::string description{};
  // Where its records go: "{actorId}", "{sessionId}" and "{memoryStrategyId}" are filled in. Empty: the
  // default of its type.
  std::string namespace_template{};
  // Of an episodic strategy, where its reflections go: the same or above. Empty: the default.
  std::string reflection_template{};
};
struct StrategyDefinition {
  std::string id;  // "<name>-<10 characters>"
  StrategySpec spec;
  os::Time created, updated;
};

struct IndexedKey {
  std::string key, type;  // STRING, STRINGLIST or NUMBER
  friend bool operator==(const IndexedKey&, const IndexedKey&) = default;
};

struct NewMemory {
  std::string name;  // [a-zA-Z][a-zA-Z0-9_]{0,47}
  std::string description{};
  int64_t event_expiry_days = 90;
  std::vector<StrategySpec> strategies{};
  std::vector<IndexedKey> indexed_keys{};
  // Kept and told, without a meaning here: there are no keys and roles of a cloud.
  std::string encryption_key_arn{}, execution_role_arn{};
  std::string managed_by{};  // the ARN of the harness that made it for itself
  std::string client_token{};
};

struct StrategyUpdate {
  std::string id;
  std::optional<std::string> description{}, namespace_template{}, reflection_template{};
};
struct MemoryUpdate {
  std::optional<std::string> description{}, execution_role_arn{};
  std::optional<int64_t> event_expiry_days{};
  std::vector<IndexedKey> add_indexed_keys{};
  std::vector<StrategySpec> add{};
  std::vector<StrategyUpdate> modify{};
  std::vector<std::string> remove{};  // ids; their records go, too
};

struct Memory {
  std::string id;  // "<name>-<10 characters>"
  std::string name, description;
  int64_t event_expiry_days = 90;
  std::vector<StrategyDefinition> strategies;
  std::vector<IndexedKey> indexed_keys;
  std::string encryption_key_arn, execution_role_arn, managed_by, client_token;
  os::Time created, updated;
  std::string arn() const;
  const StrategyDefinition* strategy(std::string_view id) const;
};

// ---- short-term memory: events

inline constexpr size_t kMaxPayloads = 100;           // of one event
inline constexpr size_t kMaxTextBytes = 100'000;      // of a message
inline constexpr size_t kMaxDocumentBytes = 100'000;  // of a blob or document, as JSON text
inline constexpr size_t kMaxEventBytes = 10u << 20;   // of an event, as JSON text
inline constexpr size_t kMaxActorIdBytes = 255, kMaxSessionIdBytes = 100, kMaxBranchNameBytes = 100;
inline constexpr size_t kMaxPage = 100;  // elements of a page

// One part of an event: a message of a conversation; a document, which is read for memories, too; or a blob,
// which is only kept.
struct Payload {
  enum class Kind { kMessage, kDocument, kBlob };
  Kind kind = Kind::kMessage;
  Role role = Role::kUser;  // of a message
  std::string text{};       // of a message
  json::Value data{};       // of the others
};

struct Branch {
  std::string name;
  std::string root_event_id{};  // the event that the branch goes on from
};

struct NewEvent {
  std::string memory_id, actor_id;
  std::string session_id{};  // empty: made
  os::Time at;               // when it happened
  std::vector<Payload> payload{};
  std::optional<Branch> branch{};
  Metadata metadata{};  // texts only
  std::string client_token{};
  bool remember = true;  // false: strategies do not see it (extractionMode SKIP)
};

struct Event {
  std::string id;  // "<milliseconds since 1970, 19 digits>#<hex>": sorts by time, then by arrival
  std::string actor_id, session_id;
  os::Time at, expires;
  std::vector<Payload> payload;
  std::optional<Branch> branch;
  Metadata metadata;
  bool remember = true;
  uint64_t change = 0;  // its place among all that happened to the memory
};

struct EventFilter {
  std::string branch{};  // empty: all branches
  bool parent_branches = true;
  std::vector<MetadataFilter> metadata{};
};
struct SessionSummary {
  std::string actor_id, session_id;
  os::Time created;
};

// ---- long-term memory: records

inline constexpr size_t kMaxBatchRecords = 100;
inline constexpr size_t kMaxQueryBytes = 10'000;
inline constexpr size_t kMaxTopK = 100;

struct Record {
  std::string id;           // "mem-<uuid>"
  std::string strategy_id;  // empty: it was written by a client
  std::string name_space;   // empty: none
  std::string text;
  Metadata metadata;
  std::string subject{};                  // its strategy's own key
  std::vector<std::string> sources;       // "<event id>/<index>" of the messages that say so
  std::string supersedes, superseded_by;  // ids of records that say otherwise
  os::Time created, updated;
  uint64_t change = 0;  // its place among all that happened to the memory
};
struct FoundRecord {
  Record record;
  double score = 0;  // 0..1: how much of what the question says the record says
};

// Which records: those of a namespace, or of a namespace and all below it ("/a" has "/a/b", not "/ab").
struct RecordFilter {
  std::string name_space{}, path{};  // one of them
  std::string strategy_id{};
  std::vector<MetadataFilter> metadata{};
};

struct NewRecord {
  std::string request_id;  // the client's own word for it
  std::string name_space{}, text, strategy_id{};
  os::Time at;
  Metadata metadata{};
};
struct RecordUpdate {
  std::string id;
  os::Time at;
  std::optional<std::string> text{}, name_space{}, strategy_id{};
  std::optional<Metadata> metadata{};
};
// What became of one element of a batch.
struct BatchOutcome {
  std::string record_id, request_id;
  std::optional<os::Error> error{};
};

// A consolidation that failed kMaxAttempts times and waits for somebody to start it again.
struct FailedJob {
  std::string id, strategy_id, actor_id, session_id, reason;
  std::vector<std::string> sources;  // of the messages that wait, the first kMaxPage
};

template <class T>
struct Page {
  std::vector<T> items;
  std::string next_token{};  // empty: no more
};

// A message of a conversation that was found.
struct FoundTurn {
  std::string event_id, session_id;
  size_t index = 0;  // in the event's payload
  Role role = Role::kUser;
  std::string text;
  os::Time at;
  double score = 0;  // as FoundRecord's
};

}  // namespace soma::memory
