// Carrying a compaction out, and its JSON form.
#include <fmt/format.h>

#include <algorithm>

#include "services/harness/context/context_window.h"
#include "services/harness/session/events.h"

namespace soma::harness {
namespace {

using json::Value;
using model::Block;
using model::Message;
using model::Role;
using os::Code;
using os::Result;

std::unexpected<os::Error> corrupt(std::string_view pointer, std::string_view what) {
  return std::unexpected(os::Error{Code::kCorrupt,
                                   fmt::format("compaction{}: {}", pointer, what),
                                   {},
                                   {{"pointer", std::string(pointer)}}});
}

Value references_to_json(const std::vector<BlockReference>& references) {
  Value out{json::Array{}};
  for (const auto& [message, block] : references) out.push_back(json::array({message, block}));
  return out;
}

Result<int64_t> count_from_json(const Value& from, std::string_view pointer, std::string_view key) {
  const int64_t count = from.get(key).int_or(-1);
  if (count < 0) return corrupt(json::append_pointer(pointer, key), "must be an integer from 0");
  return count;
}

Result<std::vector<BlockReference>> references_from_json(const Value& kept, std::string_view key) {
  const std::string pointer = json::append_pointer("/kept", key);
  const Value& value = kept.get(key);
  if (!value.is_array()) return corrupt(pointer, "must be an array");
  std::vector<BlockReference> out;
  for (const Value& entry : value.as_array()) {
    const int64_t message = entry.at(0).int_or(-1), block = entry.at(1).int_or(-1);
    if (entry.size() != 2 || message < 0 || block < 0)
      return corrupt(pointer, "must hold [message, block] pairs");
    out.push_back({static_cast<size_t>(message), static_cast<size_t>(block)});
  }
  return out;
}

// The references lead, in order, to blocks of removed messages that may stand where they are to go.
Result<> check(const std::vector<Message>& messages, size_t removed, std::string_view key,
               const std::vector<BlockReference>& references, bool (*may_stay)(Role, const Block&)) {
  const std::string pointer = json::append_pointer("/kept", key);
  const BlockReference* last = nullptr;
  for (const BlockReference& reference : references) {
    const auto& [m, b] = reference;
    if (m >= removed || b >= messages[m].content.size())
      return corrupt(pointer, fmt::format("there is no block {} in the removed message {}", b, m));
    if (last != nullptr && std::pair(last->message, last->block) >= std::pair(m, b))
      return corrupt(pointer, "is not in order");
    if (!may_stay(messages[m].role, messages[m].content[b]))
      return corrupt(pointer, fmt::format("block {} of message {} is of another kind", b, m));
    last = &reference;
  }
  return {};
}

bool may_stay_as_request(Role role, const Block& block) {
  return role == Role::kUser && !std::holds_alternative<model::ToolResult>(block);
}
bool may_stay_pinned(Role role, const Block& block) {
  return role == Role::kUser ? std::holds_alternative<model::ToolResult>(block)
                             : std::holds_alternative<model::ToolUse>(block);
}

// At most `tokens`, head included.
std::string summary_text(std::string_view summary, size_t removed, int64_t tokens) {
  constexpr std::string_view kCut = " …";
  std::string text = fmt::format("{}, in place of its first {} messages]\n{}", kSummaryHead, removed,
                                 os::to_valid_utf8(os::trim(summary)));
  if (estimate_tokens(text) <= tokens) return text;
  return std::string(prefix_of_tokens(text, tokens - estimate_tokens(kCut))) + std::string(kCut);
}

}  // namespace

bool is_compaction_text(const Block& block) {
  const auto* text = std::get_if<model::Text>(&block);
  return text != nullptr &&
         (text->text.starts_with(kSummaryHead) || text->text == kLeftOutNote || text->text == kRequestNote);
}

Result<std::vector<Message>> apply_compaction(const std::vector<Message>& messages,
                                              const Compaction& compaction,
                                              const std::optional<std::string>& summary) {
  const size_t removed = compaction.removed;
  if (removed == 0 || removed >= messages.size())
    return corrupt("/removed", fmt::format("{} of {} messages cannot go", removed, messages.size()));
  SOMA_TRY(check(messages, removed, "task", compaction.task, may_stay_as_request));
  SOMA_TRY(check(messages, removed, "request", compaction.request, may_stay_as_request));
  SOMA_TRY(check(messages, removed, "pinned", compaction.pinned, may_stay_pinned));

  std::vector<Message> out{Message{Role::kUser, {}}};
  std::vector<Block>& head = out.front().content;
  for (const auto& [m, b] : compaction.task) head.push_back(messages[m].content[b]);
  if (!compaction.request.empty()) head.emplace_back(model::Text{std::string(kRequestNote)});
  for (const auto& [m, b] : compaction.request) head.push_back(messages[m].content[b]);
  const bool has_summary = summary && compaction.max_summary_tokens >= kMinSummaryTokens;
  head.emplace_back(model::Text{has_summary ? summary_text(*summary, removed, compaction.max_summary_tokens)
                                            : std::string(kLeftOutNote)});
  for (const auto& [m, b] : compaction.pinned)
    push_message(out, Message{messages[m].role, {messages[m].content[b]}});
  for (size_t m = removed; m < messages.size(); ++m) push_message(out, messages[m]);
  return out;
}

MessageRange range_after(const MessageRange& range, const Compaction& compaction, size_t size_before,
                         size_t size_after) {
  const auto moved = [&](size_t index) { return index + size_after - size_before; };
  if (range.begin >= compaction.removed) return {moved(range.begin), moved(range.end)};
  if (range.end > compaction.removed) return {0, moved(range.end)};
  return {0, range.end > range.begin ? size_t{1} : size_t{0}};
}

Value to_json(const Compaction& compaction) {
  return json::object({{"strategy", strategy_name(compaction.strategy)},
                       {"removed", compaction.removed},
                       {"kept", json::object({{"task", references_to_json(compaction.task)},
                                              {"request", references_to_json(compaction.request)},
                                              {"pinned", references_to_json(compaction.pinned)}})},
                       {"maxSummaryTokens", compaction.max_summary_tokens},
                       {"tokensBefore", compaction.tokens_before},
                       {"tokensAfter", compaction.tokens_after}});
}

Result<Compaction> compaction_from_json(const Value& value) {
  Compaction out;
  const auto strategy = parse_strategy(value.get("strategy").string_or(""));
  if (!strategy) return corrupt("/strategy", strategy.error().message);
  out.strategy = *strategy;
  SOMA_ASSIGN(const int64_t removed, count_from_json(value, "", "removed"));
  out.removed = static_cast<size_t>(removed);
  SOMA_ASSIGN(out.task, references_from_json(value.get("kept"), "task"));
  SOMA_ASSIGN(out.request, references_from_json(value.get("kept"), "request"));
  SOMA_ASSIGN(out.pinned, references_from_json(value.get("kept"), "pinned"));
  SOMA_ASSIGN(out.max_summary_tokens, count_from_json(value, "", "maxSummaryTokens"));
  SOMA_ASSIGN(out.tokens_before, count_from_json(value, "", "tokensBefore"));
  SOMA_ASSIGN(out.tokens_after, count_from_json(value, "", "tokensAfter"));
  return out;
}

}  // namespace soma::harness
