// A harness's memory: what it remembers beyond one session. HarnessMemoryConfiguration of the AgentCore
// control plane:
//
//   "memory": {"managedMemoryConfiguration": {"strategies": ["SEMANTIC", "SUMMARIZATION"],
//                                             "eventExpiryDuration": 30}}
//   "memory": {"agentCoreMemoryConfiguration": {"arn": "…", "actorId": "sloane", "messagesCount": 10,
//                "retrievalConfig": {"/cases/{actorId}/facts/": {"topK": 5, "relevanceScore": 0.2}}}}
//   "memory": {"disabled": {}}        none, as without the member
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "services/memory/memory.h"

namespace soma::harness {

inline constexpr size_t kMaxRetrievals = 16;  // of one configuration
inline constexpr int64_t kDefaultTopK = 10;
inline constexpr double kDefaultRelevance = 0.2;  // as the AgentCore SDK's session manager
inline constexpr int64_t kDefaultManagedExpiryDays = 30;

// What is looked up before the model is asked: records of a namespace and below it.
struct Retrieval {
  std::string name_space;  // a template: {actorId}, {sessionId}, {memoryStrategyId}
  int64_t top_k = kDefaultTopK;
  double relevance = kDefaultRelevance;  // records with a lower score are left out
  std::string strategy_id{};
};

struct MemoryUse {
  bool managed = false;
  // Managed: the memory is the harness's own, made when it is first needed.
  std::vector<memory::StrategyType> strategies{};
  int64_t expiry_days = kDefaultManagedExpiryDays;
  std::string encryption_key_arn{};
  // Else: one that exists.
  std::string memory{};                     // an ARN or id
  std::string actor_id{};                   // unless an invocation names another; empty: "default"
  std::optional<int64_t> messages_count{};  // earlier messages of the session that a new one begins with
  std::vector<Retrieval> retrievals{};
};

// Reads what the schema accepted; `pointer` is where it stands. Nothing: no memory. kInvalidArgument.
os::Result<std::optional<MemoryUse>> memory_use_from_json(const json::Value& value,
                                                          const std::string& pointer, std::string_view text,
                                                          std::string_view source);
json::Value to_json(const MemoryUse& use);
std::string_view memory_schema_text();

}  // namespace soma::harness
