// Planning. Every prefix that may be cut off is a candidate; what the conversation would weigh after each is
// known from prefix sums, so a plan is one pass over the blocks and one over the candidates.
#include "services/harness/context/context_window.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace soma::harness {
namespace {

using model::Block;
using model::Message;
using model::Role;
using os::Code;
using os::Result;

bool has_result(const Message& message) {
  return std::ranges::any_of(message.content,
                             [](const Block& b) { return std::holds_alternative<model::ToolResult>(b); });
}

// What a user says, results of tools and soma's own texts aside.
bool is_said(const Block& block) {
  return !std::holds_alternative<model::ToolResult>(block) && !is_compaction_text(block);
}

std::optional<size_t> result_block(const Message& message, std::string_view tool_use_id) {
  for (size_t i = 0; i < message.content.size(); ++i) {
    const auto* result = std::get_if<model::ToolResult>(&message.content[i]);
    if (result != nullptr && result->tool_use_id == tool_use_id) return i;
  }
  return std::nullopt;
}

class Planner {
 public:
  Planner(const std::vector<Message>& messages, const Truncation& truncation, const PlanInput& input)
      : messages_(messages), truncation_(truncation), input_(input) {
    find_task();
    find_request();
    find_pinned();
    weigh();
    find_cuts();
  }

  Result<std::optional<Compaction>> plan() const {
    if (input_.reason == CompactionReason::kWindowCount && !over_count()) return std::nullopt;
    if (input_.reason == CompactionReason::kBeforeCall && !over_budget()) return std::nullopt;
    const std::optional<size_t> cut = choose();
    const bool useful = cut && after(*cut) < before();
    // Estimates err to the high side: only what is over the window at the most favourable scale is hopeless.
    // The rest is the provider's to refuse, and then this is asked again with kOverflow.
    const int64_t least = useful ? unscaled_after(*cut) : unscaled_before();
    const bool hopeless = input_.budget.window &&
                          static_cast<double>(least) * kMinScale > static_cast<double>(*input_.budget.window);
    if (hopeless || (!useful && input_.reason == CompactionReason::kOverflow)) return cannot_fit(cut);
    if (!useful) return std::nullopt;
    return compaction(*cut);
  }

 private:
  void find_task() {
    for (size_t m = 0; m < messages_.size(); ++m) {
      if (messages_[m].role != Role::kUser) continue;
      const std::vector<Block>& blocks = messages_[m].content;
      if (std::ranges::none_of(
              blocks, [](const Block& b) { return std::holds_alternative<model::Text>(b) && is_said(b); }))
        continue;
      size_t b = 0;
      while (!is_said(blocks[b])) ++b;
      for (; b < blocks.size() && !is_compaction_text(blocks[b]); ++b)
        if (is_said(blocks[b])) task_.push_back({m, b});
      return;
    }
  }

  void find_request() {
    for (size_t m = input_.request.begin; m < std::min(input_.request.end, messages_.size()); ++m) {
      if (messages_[m].role != Role::kUser) continue;
      for (size_t b = 0; b < messages_[m].content.size(); ++b) {
        const BlockReference reference{m, b};
        if (is_said(messages_[m].content[b]) && std::ranges::find(task_, reference) == task_.end())
          request_.push_back(reference);
      }
    }
  }

  // Calls that the provider ran itself have their results beside them and belong to their turn.
  bool is_pinned(const model::ToolUse& use) const {
    return use.origin.empty() && std::ranges::any_of(truncation_.pinned_tools, [&](const std::string& glob) {
             return os::glob_match(glob, use.name);
           });
  }

  void find_pinned() {
    for (size_t m = 0; m + 1 < messages_.size(); ++m) {
      if (messages_[m].role != Role::kAssistant) continue;
      std::vector<BlockReference> results;
      for (size_t b = 0; b < messages_[m].content.size(); ++b) {
        const auto* use = std::get_if<model::ToolUse>(&messages_[m].content[b]);
        if (use == nullptr || !is_pinned(*use)) continue;
        const auto result = result_block(messages_[m + 1], use->id);
        if (!result) continue;
        pinned_.push_back({m, b});
        results.push_back({m + 1, *result});
      }
      std::ranges::sort(results, {}, &BlockReference::block);
      pinned_.insert(pinned_.end(), results.begin(), results.end());
    }
  }

  void weigh() {
    std::vector<int64_t> kept(messages_.size(), 0);
    const auto add = [&](const std::vector<BlockReference>& references) {
      for (const auto& [m, b] : references) kept[m] += estimate_tokens(messages_[m].content[b]);
    };
    add(task_);
    add(request_);
    add(pinned_);
    for (size_t i = 0; i < pinned_.size(); ++i)
      if (i == 0 || pinned_[i].message != pinned_[i - 1].message) kept[pinned_[i].message] += kMessageTokens;
    for (size_t m = 0; m < messages_.size(); ++m) {
      weight_.push_back(weight_.back() + estimate_tokens(messages_[m]));
      kept_weight_.push_back(kept_weight_.back() + kept[m]);
      kept_messages_.push_back(kept_messages_.back() + (kept[m] > 0 ? 1 : 0));
    }
  }

  void find_cuts() {
    if (messages_.empty()) return;
    size_t last = messages_.size() - 1;
    for (const std::string& id : input_.pending_tool_use_ids) {
      for (size_t m = messages_.size(); m-- > 0;) {
        if (!std::ranges::any_of(messages_[m].content, [&](const Block& block) {
              const auto* use = std::get_if<model::ToolUse>(&block);
              return use != nullptr && use->id == id;
            }))
          continue;
        last = std::min(last, m);
        break;
      }
    }
    for (size_t n = 1; n <= last; ++n)
      if (messages_[n].role != Role::kUser || !has_result(messages_[n])) cuts_.push_back(n);
  }

  // The weight of the whole request, before and after cutting off the first n messages.
  int64_t unscaled_before() const { return input_.fixed_tokens + weight_.back(); }
  int64_t unscaled_after(size_t n) const {
    int64_t head = kMessageTokens + std::max(summary_tokens(n), estimate_tokens(kLeftOutNote));
    if (keeps_request(n)) head += estimate_tokens(kRequestNote);
    return input_.fixed_tokens + head + kept_weight_[n] + weight_.back() - weight_[n];
  }
  int64_t before() const { return input_.budget.scaled(unscaled_before()); }
  int64_t after(size_t n) const { return input_.budget.scaled(unscaled_after(n)); }
  bool keeps_request(size_t n) const { return !request_.empty() && request_.front().message < n; }

  // A third of what goes; an eighth of the usable window at most.
  int64_t summary_tokens(size_t n) const {
    if (truncation_.strategy != TruncationStrategy::kSummarization) return 0;
    const int64_t room = input_.budget.usable() ? *input_.budget.usable() / 8 : kMaxSummaryTokens;
    return std::clamp(std::min((weight_[n] - kept_weight_[n]) / 3, room), kMinSummaryTokens,
                      kMaxSummaryTokens);
  }

  bool over_budget() const { return needs_compaction(unscaled_before(), input_.budget); }

  bool over_count() const {
    if (truncation_.strategy != TruncationStrategy::kSlidingWindow) return false;
    const std::optional<size_t> start = last_cut(leaving(truncation_.messages_count));
    if (!start) return false;
    const auto count = static_cast<int64_t>(messages_.size() - kept_messages_[*start]);
    return count > truncation_.messages_count + window_slack(truncation_.messages_count);
  }

  // The cut that leaves `count` messages, 0 when there are fewer.
  size_t leaving(int64_t count) const {
    return messages_.size() - std::min(messages_.size(), static_cast<size_t>(count));
  }
  std::optional<size_t> last_cut(size_t most) const {
    const auto above = std::ranges::upper_bound(cuts_, most);
    if (above == cuts_.begin()) return std::nullopt;
    return *(above - 1);
  }
  std::optional<size_t> first_cut(size_t least) const {
    const auto found = std::ranges::lower_bound(cuts_, least);
    if (found == cuts_.end()) return std::nullopt;
    return *found;
  }

  // The most that goes as long as the strategy's own values hold.
  size_t soft_limit() const {
    return truncation_.strategy == TruncationStrategy::kSummarization
               ? leaving(truncation_.preserve_recent_messages)
               : leaving(truncation_.messages_count);
  }
  // Where the strategy cuts when the budget asks for no more; nothing when its values leave no room.
  std::optional<size_t> start() const {
    if (truncation_.strategy == TruncationStrategy::kSlidingWindow) return last_cut(soft_limit());
    const auto share =
        static_cast<size_t>(std::ceil(truncation_.summary_ratio * static_cast<double>(messages_.size())));
    const std::optional<size_t> wanted = first_cut(share);
    return wanted && *wanted <= soft_limit() ? wanted : last_cut(soft_limit());
  }

  int64_t target() const {
    int64_t tokens = before();
    if (const auto usable = input_.budget.usable())
      tokens = static_cast<int64_t>(kTargetShare * static_cast<double>(*usable));
    if (input_.reason == CompactionReason::kOverflow)
      tokens = std::min(tokens, static_cast<int64_t>(kOverflowShare * static_cast<double>(before())));
    return tokens;
  }

  std::optional<size_t> choose() const {
    if (cuts_.empty()) return std::nullopt;
    const std::optional<size_t> own = start();
    if (own && input_.reason == CompactionReason::kWindowCount && !over_budget()) return own;
    const size_t from = own.value_or(cuts_.front());
    const auto first = std::ranges::lower_bound(cuts_, from);
    const int64_t wanted = target();
    const auto fits = std::find_if(first, cuts_.end(), [&](size_t n) { return after(n) <= wanted; });
    if (fits != cuts_.end() && *fits <= soft_limit()) return *fits;
    if (truncation_.strategy == TruncationStrategy::kSummarization &&
        input_.reason == CompactionReason::kBeforeCall) {
      // Recent messages are spared where the window is met without them, if not the target.
      const std::optional<size_t> spared = last_cut(soft_limit());
      if (spared && after(*spared) <= *input_.budget.usable()) return spared;
    }
    return fits != cuts_.end() ? *fits : cuts_.back();
  }

  Compaction compaction(size_t n) const {
    const auto below = [n](const std::vector<BlockReference>& references) {
      std::vector<BlockReference> out;
      std::ranges::copy_if(references, std::back_inserter(out),
                           [n](const BlockReference& r) { return r.message < n; });
      return out;
    };
    return {.strategy = truncation_.strategy,
            .removed = n,
            .task = below(task_),
            .request = below(request_),
            .pinned = below(pinned_),
            .max_summary_tokens = summary_tokens(n),
            .tokens_before = before(),
            .tokens_after = after(n)};
  }

  std::unexpected<os::Error> cannot_fit(std::optional<size_t> cut) const {
    const auto weigh_all = [&](const std::vector<BlockReference>& references) {
      int64_t sum = 0;
      for (const auto& [m, b] : references) sum += estimate_tokens(messages_[m].content[b]);
      return input_.budget.scaled(sum);
    };
    const size_t newest = cuts_.empty() ? 0 : cuts_.back();
    const int64_t left = cut ? std::min(after(*cut), before()) : before();
    os::Error error{
        Code::kLimitExceeded,
        fmt::format("the conversation cannot be made to fit the model's context window{}: about {} "
                    "tokens may not go (instructions and tools {}, the task {}, pinned calls {}, the "
                    "newest turn {})",
                    input_.budget.window ? fmt::format(" of {} tokens", *input_.budget.window) : "", left,
                    input_.budget.scaled(input_.fixed_tokens), weigh_all(task_) + weigh_all(request_),
                    weigh_all(pinned_), input_.budget.scaled(weight_.back() - weight_[newest])),
        "use a model with a larger window, shorten the largest of these parts, or lower "
        "maxToolResultBytes",
        {{"limit", "contextWindow"}}};
    return std::unexpected(std::move(error));
  }

  const std::vector<Message>& messages_;
  const Truncation& truncation_;
  const PlanInput& input_;
  std::vector<BlockReference> task_, request_, pinned_;
  std::vector<int64_t> weight_{0}, kept_weight_{0};  // of the first n messages
  std::vector<size_t> kept_messages_{0};
  std::vector<size_t> cuts_;  // ascending
};

}  // namespace

int64_t window_slack(int64_t messages_count) {
  return std::clamp<int64_t>(messages_count / 2, 4, 100);
}

Result<std::optional<Compaction>> plan_compaction(const std::vector<Message>& messages,
                                                  const Truncation& truncation, const PlanInput& input) {
  if (truncation.strategy == TruncationStrategy::kNone) return std::nullopt;
  return Planner(messages, truncation, input).plan();
}

}  // namespace soma::harness
