// How a session's context is kept inside the model's window: the `truncation` member of a harness.
//
//   {"strategy": "none"}
//   {"strategy": "sliding_window", "config": {"slidingWindow": {"messagesCount": 40}}}
//   {"strategy": "summarization", "config": {"summarization": {"summaryRatio": 0.3, "preserveRecentMessages":
//   10,
//                                            "summarizationSystemPrompt": "…"}}}
//
// and beside them "pinnedTools": ["skill*"], globs of the tools whose calls are never dropped. The shape is
// HarnessTruncationConfiguration of the AgentCore control plane; pinnedTools is soma's own. What the values
// do is in context_window.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "base/os/os.h"

namespace soma::harness {

inline constexpr int64_t kMaxWindowMessages = 10'000;  // slidingWindow.messagesCount, from 1
inline constexpr double kMinSummaryRatio = 0.1, kMaxSummaryRatio = 0.8;
inline constexpr int64_t kMaxPreservedMessages = 1'000;  // summarization.preserveRecentMessages, from 1
inline constexpr size_t kMaxSummarizationPromptBytes = 32u << 10;
inline constexpr size_t kMaxPinnedTools = 64;
inline constexpr size_t kMaxPinnedToolBytes = 128;

enum class TruncationStrategy { kNone, kSlidingWindow, kSummarization };
std::string_view strategy_name(TruncationStrategy strategy);  // "sliding_window"
// kInvalidArgument naming the known strategies.
os::Result<TruncationStrategy> parse_strategy(std::string_view name);

struct Truncation {
  TruncationStrategy strategy = TruncationStrategy::kNone;
  int64_t messages_count = 40;            // sliding_window: at least so many of the newest messages stay
  double summary_ratio = 0.3;             // summarization: the share of the messages, the oldest, that goes
  int64_t preserve_recent_messages = 10;  // summarization: so many of the newest messages stay as they are
  std::string summarization_system_prompt{};  // empty: soma's own
  std::vector<std::string> pinned_tools{"skill*"};

  friend bool operator==(const Truncation&, const Truncation&) = default;
};

// Errors: kInvalidArgument with details "pointer" (inside `value`): an unknown key, a value out of its range,
// or a config that belongs to another strategy.
os::Result<Truncation> truncation_from_json(const json::Value& value);
// The canonical form: every value that the strategy uses, spelled out. Reads back the same; values of the
// other strategies are not in it.
json::Value to_json(const Truncation& truncation);

}  // namespace soma::harness
