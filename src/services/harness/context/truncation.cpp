#include "services/harness/context/truncation.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

namespace soma::harness {
namespace {

using json::Value;
using os::Code;
using os::Result;

// In the order of TruncationStrategy; `member` is the strategy's own in `config`.
struct StrategyRow {
  std::string_view name, member;
};
constexpr std::array<StrategyRow, 3> kStrategies = {
    {{"none", ""}, {"sliding_window", "slidingWindow"}, {"summarization", "summarization"}}};

const StrategyRow& row_of(TruncationStrategy strategy) {
  return kStrategies[static_cast<size_t>(strategy)];
}

std::unexpected<os::Error> wrong(std::string_view pointer, std::string_view what, std::string hint = {}) {
  return std::unexpected(os::Error{Code::kInvalidArgument,
                                   fmt::format("truncation{}: {}", pointer, what),
                                   std::move(hint),
                                   {{"pointer", std::string(pointer)}}});
}

Result<> only_known(const Value& value, std::string_view pointer, std::span<const std::string_view> known) {
  if (!value.is_object())
    return wrong(pointer, fmt::format("must be an object, not {}", json::type_name(value.type())));
  for (const auto& [key, member] : value.as_object()) {
    if (std::ranges::find(known, key) != known.end()) continue;
    const std::string_view near = os::nearest(key, known);
    return wrong(json::append_pointer(pointer, key), "is not a known key",
                 near.empty() ? fmt::format("known: {}", fmt::join(known, ", "))
                              : fmt::format("did you mean '{}'?", near));
  }
  return {};
}

Result<int64_t> bounded_int(const Value& from, std::string_view pointer, std::string_view key,
                            int64_t fallback, int64_t max) {
  const Value* value = from.find(key);
  if (value == nullptr) return fallback;
  if (value->type() != json::Type::kInt || value->as_int() < 1 || value->as_int() > max)
    return wrong(json::append_pointer(pointer, key),
                 fmt::format("must be an integer from 1 to {}, not {}", max, json::write(*value)));
  return value->as_int();
}

Result<> read_sliding_window(const Value& config, Truncation& out) {
  constexpr std::string_view kPointer = "/config/slidingWindow";
  constexpr std::string_view kKnown[] = {"messagesCount"};
  SOMA_TRY(only_known(config, kPointer, kKnown));
  SOMA_ASSIGN(out.messages_count,
              bounded_int(config, kPointer, "messagesCount", out.messages_count, kMaxWindowMessages));
  return {};
}

Result<> read_summarization(const Value& config, Truncation& out) {
  constexpr std::string_view kPointer = "/config/summarization";
  constexpr std::string_view kKnown[] = {"summaryRatio", "preserveRecentMessages",
                                         "summarizationSystemPrompt"};
  SOMA_TRY(only_known(config, kPointer, kKnown));
  SOMA_ASSIGN(out.preserve_recent_messages, bounded_int(config, kPointer, "preserveRecentMessages",
                                                        out.preserve_recent_messages, kMaxPreservedMessages));
  if (const Value* ratio = config.find("summaryRatio")) {
    out.summary_ratio = ratio->double_or(0);
    if (!(out.summary_ratio >= kMinSummaryRatio && out.summary_ratio <= kMaxSummaryRatio))
      return wrong("/config/summarization/summaryRatio",
                   fmt::format("must be a number from {} to {}, not {}", kMinSummaryRatio, kMaxSummaryRatio,
                               json::write(*ratio)));
  }
  if (const Value* prompt = config.find("summarizationSystemPrompt")) {
    if (!prompt->is_string() || prompt->as_string().size() > kMaxSummarizationPromptBytes)
      return wrong("/config/summarization/summarizationSystemPrompt",
                   fmt::format("must be a text of at most {} bytes (kMaxSummarizationPromptBytes)",
                               kMaxSummarizationPromptBytes));
    out.summarization_system_prompt = prompt->as_string();
  }
  return {};
}

Result<> read_config(const Value& config, Truncation& out) {
  constexpr std::string_view kKnown[] = {"slidingWindow", "summarization"};
  SOMA_TRY(only_known(config, "/config", kKnown));
  const StrategyRow& row = row_of(out.strategy);
  for (const auto& [key, member] : config.as_object())
    if (key != row.member)
      return wrong("/config/" + key, fmt::format("does not belong to the strategy \"{}\"", row.name),
                   row.member.empty() ? "leave config out"
                                      : fmt::format("put the values under config.{}", row.member));
  if (config.empty()) return {};
  return out.strategy == TruncationStrategy::kSlidingWindow ? read_sliding_window(config.get(row.member), out)
                                                            : read_summarization(config.get(row.member), out);
}

Result<std::vector<std::string>> read_pinned_tools(const Value& tools) {
  if (!tools.is_array() || tools.size() > kMaxPinnedTools)
    return wrong("/pinnedTools",
                 fmt::format("must be an array of at most {} globs (kMaxPinnedTools)", kMaxPinnedTools));
  std::vector<std::string> out;
  for (size_t i = 0; i < tools.size(); ++i) {
    const std::string_view glob = tools.at(i).string_or("");
    if (glob.empty() || glob.size() > kMaxPinnedToolBytes)
      return wrong(fmt::format("/pinnedTools/{}", i),
                   fmt::format("must be a glob of 1 to {} bytes (kMaxPinnedToolBytes)", kMaxPinnedToolBytes),
                   R"(for example "skill*")");
    out.emplace_back(glob);
  }
  return out;
}

}  // namespace

std::string_view strategy_name(TruncationStrategy strategy) {
  return row_of(strategy).name;
}

Result<TruncationStrategy> parse_strategy(std::string_view name) {
  const auto row = std::ranges::find(kStrategies, name, &StrategyRow::name);
  if (row == kStrategies.end())
    return os::fail(Code::kInvalidArgument, fmt::format("unknown truncation strategy \"{}\"", name),
                    "known: none, sliding_window, summarization");
  return static_cast<TruncationStrategy>(row - kStrategies.begin());
}

Result<Truncation> truncation_from_json(const Value& value) {
  constexpr std::string_view kKnown[] = {"strategy", "config", "pinnedTools"};
  SOMA_TRY(only_known(value, "", kKnown));
  Truncation out;
  if (!value.get("strategy").is_string())
    return wrong("/strategy", "must be given", "one of none, sliding_window, summarization");
  if (auto strategy = parse_strategy(value.get("strategy").as_string()))
    out.strategy = *strategy;
  else
    return wrong("/strategy", strategy.error().message, strategy.error().hint);
  if (const Value* config = value.find("config")) SOMA_TRY(read_config(*config, out));
  if (const Value* pinned = value.find("pinnedTools")) {
    SOMA_ASSIGN(out.pinned_tools, read_pinned_tools(*pinned));
  }
  return out;
}

Value to_json(const Truncation& truncation) {
  const StrategyRow& row = row_of(truncation.strategy);
  Value out = json::object({{"strategy", row.name}});
  if (truncation.strategy == TruncationStrategy::kSlidingWindow) {
    out.set("config", json::object({{std::string(row.member),
                                     json::object({{"messagesCount", truncation.messages_count}})}}));
  } else if (truncation.strategy == TruncationStrategy::kSummarization) {
    Value config = json::object({{"summaryRatio", truncation.summary_ratio},
                                 {"preserveRecentMessages", truncation.preserve_recent_messages}});
    if (!truncation.summarization_system_prompt.empty())
      config.set("summarizationSystemPrompt", truncation.summarization_system_prompt);
    out.set("config", json::object({{std::string(row.member), std::move(config)}}));
  }
  Value pinned{json::Array{}};
  for (const std::string& glob : truncation.pinned_tools) pinned.push_back(glob);
  out.set("pinnedTools", std::move(pinned));
  return out;
}

}  // namespace soma::harness
