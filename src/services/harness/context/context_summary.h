// The summary that takes the place of messages that a compaction removes: the request that asks a model for
// it, and what is put there when no model can.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/model/model.h"
#include "services/harness/context/context_window.h"

namespace soma::harness {

// Of the conversation that a summary request holds, at most; less where the window is smaller.
inline constexpr size_t kMaxSummaryInputBytes = 512u << 10;
// Of one text, call or result in it.
inline constexpr size_t kMaxRenderedTextBytes = 8u << 10;
inline constexpr size_t kMaxRenderedResultBytes = 4u << 10;
// What a summary's answer may have at least: models that think first need room for that too.
inline constexpr int64_t kMinSummaryAnswerTokens = 1'024;
inline constexpr size_t kMaxDigestBytes = 6u << 10;

// The instructions when Truncation::summarization_system_prompt is empty.
std::string_view default_summarization_prompt();

// Asks for the summary of the messages [0, compaction.removed). They stand as plain text inside one user
// message, so that any model takes it whoever made the calls; long texts and results are cut in their middle,
// and the whole fits `budget` beside the answer. The model's settings are the session's, but for what could
// spoil a summary: no stop sequences, no additionalParams (a thinking budget may be over the answer's limit),
// and max_tokens from kMinSummaryAnswerTokens to kMaxSummaryTokens, a quarter of the window at most. No
// tools.
model::ConverseRequest summary_request(const model::ModelSettings& model,
                                       const std::vector<model::Message>& messages,
                                       const Compaction& compaction, const Truncation& truncation,
                                       const ContextBudget& budget);

// The messages as text: "User: …", "Assistant: …", "Assistant called shell with {…}", "Result of shell: …".
// At most `max_bytes`; the middle goes.
std::string render_conversation(std::span<const model::Message> messages, size_t max_bytes);

// The summary without a model: what was asked, which tools were called with what, and how each call ended;
// the newest where not all have room. At most kMaxDigestBytes; the same messages give the same text.
std::string plain_digest(std::span<const model::Message> messages);

}  // namespace soma::harness
