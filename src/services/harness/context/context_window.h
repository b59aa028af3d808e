// Context compaction: which of a conversation's oldest messages go when it grows too long, and what takes
// their place. Pure functions over the messages; the loop (invocation.cpp) decides when, asks a model for the
// summary (context_summary.h) and journals the plan, which a fold applies again.
//
// A compaction takes a prefix [0, removed) of the messages away and puts in its place
//
//   user       the session's task · the running request · the summary, or a note that messages were left out
//   assistant  pinned tool calls of one turn            ┐ for each turn that had some
//   user       their results                            ┘
//
// before the rest, which stays byte for byte. What holds, whatever the plan:
//
//  * A call is never apart from its result: the rest never begins with a results message, so the parallel
//  calls
//    of one turn stay or go together. Calls that are pending stay, with everything after them.
//  * The task stays verbatim: what the first user message of the session that carries text says, and the user
//    messages that started the running invocation. Tool results that were joined into the same message go.
//  * Calls of pinned tools (Truncation::pinned_tools) stay verbatim with their results, without the other
//    blocks of their messages. Reasoning goes with its message: no provider takes a signature apart from its
//    turn.
//  * The newest turn stays: the last message, with the calls that it answers.
//  * The estimate (token_estimate.h) of the result is below that of what was there before.
//
// The texts that soma adds begin in a way that soma recognises: in the first user message, what follows such
// a text is no part of the session's task, and the text itself is replaced by the next compaction's, so that
// neither requests that are done nor summaries pile up. A user's text that begins with kSummaryHead, or is
// one of the notes, is taken for soma's.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "base/os/os.h"
#include "core/model/message.h"
#include "services/harness/context/token_estimate.h"
#include "services/harness/context/truncation.h"

namespace soma::harness {

inline constexpr std::string_view kSummaryHead = "[Summary of the earlier conversation";
inline constexpr std::string_view kLeftOutNote = "[Earlier messages of this conversation were left out.]";
inline constexpr std::string_view kRequestNote = "[The request that is being worked on:]";

inline constexpr double kTargetShare = 0.7;    // of the usable window: where a compaction for the budget ends
inline constexpr double kOverflowShare = 0.5;  // of the refused request: where one after a refusal ends
inline constexpr int64_t kMinSummaryTokens = 128, kMaxSummaryTokens = 4'096;

// How many messages beyond messagesCount may be there before a compaction by count: half of messagesCount,
// from 4 to 100. Every compaction changes the prompt's beginning and so voids the provider's prompt cache;
// with the default of 40, one comes every ten model calls, not with every call.
int64_t window_slack(int64_t messages_count);

// Indices [begin, end) of messages.
struct MessageRange {
  size_t begin = 0, end = 0;
  friend bool operator==(const MessageRange&, const MessageRange&) = default;
};
struct BlockReference {
  size_t message = 0, block = 0;
  friend bool operator==(const BlockReference&, const BlockReference&) = default;
};

enum class CompactionReason {
  kBeforeCall,   // before a model call: something is done when the estimate is over the usable window
  kOverflow,     // the provider refused the request as too long: the estimate was wrong, something must go
  kWindowCount,  // sliding_window: something is done when more than messagesCount + slack messages are there
};

struct PlanInput {
  MessageRange request{};                           // the messages that started the running invocation
  std::vector<std::string> pending_tool_use_ids{};  // calls without a result
  CompactionReason reason = CompactionReason::kBeforeCall;
  ContextBudget budget{};
  int64_t fixed_tokens = 0;  // estimate_fixed_tokens() of the request
};

// A plan: small, journaled, and applied the same from its JSON.
struct Compaction {
  TruncationStrategy strategy = TruncationStrategy::kNone;
  size_t removed = 0;  // the messages [0, removed) go; with summarization they are what is to be summarised
  std::vector<BlockReference> task{};     // kept of them: the session's task,
  std::vector<BlockReference> request{};  // the running invocation's request where it is another,
  std::vector<BlockReference> pinned{};   // and calls of pinned tools with their results; each in order
  int64_t max_summary_tokens = 0;         // estimated; a longer summary is cut. 0: there is no summary
  // Of the whole request, in the provider's count (ContextBudget::scaled); after: with a summary of full
  // length.
  int64_t tokens_before = 0, tokens_after = 0;

  friend bool operator==(const Compaction&, const Compaction&) = default;
};
// {"strategy", "removed", "kept": {"task": [[message, block], …], "request", "pinned"}, "maxSummaryTokens",
// "tokensBefore", "tokensAfter"}: members of the event context.compacted. Other members are not looked at.
json::Value to_json(const Compaction& compaction);
os::Result<Compaction> compaction_from_json(const json::Value& value);  // kCorrupt, with details "pointer"

// Nothing when there is nothing to do, or nothing to win; always with the strategy "none".
//  sliding_window: the oldest go; messagesCount stay, fewer only when the budget needs it.
//  summarization: the oldest summaryRatio go, more when the budget needs it; of the last
//  preserveRecentMessages only when the usable window cannot be met otherwise. Not for kWindowCount.
// A compaction for the budget goes on to kTargetShare of the usable window, one after a refusal also to
// kOverflowShare of what was refused, or as near as it comes.
// Errors: kLimitExceeded when what may not go (instructions and tools, the task, pinned calls, the newest
// turn) is larger than the window, or when the provider refused the request and nothing may go. It names the
// parts.
os::Result<std::optional<Compaction>> plan_compaction(const std::vector<model::Message>& messages,
                                                      const Truncation& truncation, const PlanInput& input);

// The conversation afterwards. Without a summary, or where the plan has no room for one, kLeftOutNote says
// that messages are missing. kCorrupt when the plan is not one for these messages.
os::Result<std::vector<model::Message>> apply_compaction(const std::vector<model::Message>& messages,
                                                         const Compaction& compaction,
                                                         const std::optional<std::string>& summary);

// Where messages of a conversation of `size_before` are in the one of `size_after` that the compaction made:
// to carry PlanInput::request over. What was kept of the removed ones is in the first message.
MessageRange range_after(const MessageRange& range, const Compaction& compaction, size_t size_before,
                         size_t size_after);

// Whether soma put this text there (a summary or a note).
bool is_compaction_text(const model::Block& block);

}  // namespace soma::harness
