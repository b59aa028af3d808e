// How many tokens a request will cost, guessed from its bytes before it is sent.
//
// The guess is deterministic, needs no tokenizer and errs to the high side. A provider's own count of one
// request corrects the guess for the next (calibrated_scale), so the ratios only have to be right for the
// first.
//
//   text       1 token for 3 ASCII bytes (English runs at 4 to 5, source code and JSON at 3 to 4), 1 token
//   for
//              2 other bytes: a Cyrillic letter 1, a Chinese character 1.5, an emoji 2. Rounded up for each
//              block.
//   images     kImageTokens each: about what a full-size picture costs at the dearest of the large providers
//   documents  their text; what is no text kDocumentTokens and 1 token for 20 bytes (a PDF page of 50 KB:
//   2,500) frames     kMessageTokens a message, kToolBlockTokens a call or result, kToolSpecTokens a tool
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/model/model.h"

namespace soma::harness {

inline constexpr int64_t kImageTokens = 1'600;
inline constexpr int64_t kDocumentTokens = 3'000;
inline constexpr int64_t kDocumentBytesPerToken = 20;
inline constexpr int64_t kMessageTokens = 4;
inline constexpr int64_t kToolBlockTokens = 12;
inline constexpr int64_t kToolSpecTokens = 16;

int64_t estimate_tokens(std::string_view text);
int64_t estimate_tokens(const model::Block& block);
// kMessageTokens and the sum of its blocks.
int64_t estimate_tokens(const model::Message& message);
int64_t estimate_tokens(std::span<const model::Message> messages);
// What every request carries besides the messages.
int64_t estimate_fixed_tokens(std::span<const std::string> system, std::span<const model::ToolSpec> tools);

// The longest prefix of `text` that is estimated at no more than `tokens` and ends at a whole character.
std::string_view prefix_of_tokens(std::string_view text, int64_t tokens);

inline constexpr double kMinScale = 0.5, kMaxScale = 3;
// What the next estimates are to be multiplied with, when a request that was estimated (unscaled) at
// `estimated` was counted by the provider as `usage`: input, cache reads and cache writes together. Between
// kMinScale and kMaxScale; 1 when either side is not known (zero).
double calibrated_scale(int64_t estimated, const model::Usage& usage);

// The room that a conversation has.
struct ContextBudget {
  std::optional<int64_t> window{};  // the model's context window in tokens; nothing: not known
  int64_t reserve = 0;              // of it, for the answer
  double scale = 1;                 // of estimates: calibrated_scale()

  // Tokens that a request may have, in the provider's count; nothing when the window is not known.
  std::optional<int64_t> usable() const;
  // An estimate in the provider's count, rounded up.
  int64_t scaled(int64_t estimated) const;
};
// reserve: the answer's limit, at least a tenth and at most half of the window.
ContextBudget context_budget(std::optional<int64_t> window, std::optional<int64_t> max_answer_tokens,
                             double scale = 1);
// Whether a request that is estimated (unscaled) at `estimated` is over the usable window; never when that is
// not known.
bool needs_compaction(int64_t estimated, const ContextBudget& budget);

}  // namespace soma::harness
