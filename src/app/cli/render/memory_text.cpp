#include "app/cli/render/memory_text.h"

#include <fmt/format.h>

#include <cmath>

#include "app/cli/render/one_line.h"
#include "base/os/os.h"

namespace soma::cli {
namespace {

using json::Value;

constexpr size_t kMaxWholeSessionBytes = 24;  // longer ids are shown by their end
constexpr size_t kShortSessionBytes = 8;

// "20:11:01" of "2026-01-31T20:11:01.123Z".
std::string clock_text(const Value& time) {
  const std::string text = time_text(time);
  return text.size() > 18 ? text.substr(11, 8) : text;
}

Message message_of(const Value& payload) {
  if (const Value* said = payload.find("conversational"))
    return {os::to_lower(said->get("role").string_or("other")),
            std::string(said->get("content").get("text").string_or(""))};
  if (const Value* document = payload.find("json")) return {"json", json::write(document->get("content"))};
  return {"blob", json::write(payload.get("blob"))};
}

}  // namespace

StrategyTitles strategy_titles(const Value& memory) {
  StrategyTitles titles;
  const Value& strategies = memory.get("strategies");
  for (size_t i = 0; i < strategies.size(); ++i) {
    const Value& strategy = strategies.at(i);
    titles.emplace(
        strategy.get("strategyId").string_or(""),
        fmt::format("{} ({})", strategy.get("type").string_or(""), strategy.get("name").string_or("")));
  }
  return titles;
}

std::string strategy_title(const Value& record, const StrategyTitles& titles) {
  const std::string_view id = record.get("memoryStrategyId").string_or(kNoStrategy);
  if (id == kNoStrategy) return "written";
  const auto found = titles.find(id);
  return found == titles.end() ? std::string(id) : found->second;
}

std::vector<Message> messages_of(const Value& event) {
  std::vector<Message> messages;
  const Value& payload = event.get("payload");
  for (size_t i = 0; i < payload.size(); ++i) messages.push_back(message_of(payload.at(i)));
  return messages;
}

std::vector<std::string> event_lines(const Value& event) {
  const std::string begin = fmt::format("[{}] [STM] [{}]", clock_text(event.get("eventTimestamp")),
                                        short_session(event.get("sessionId").string_or("")));
  std::vector<std::string> lines;
  for (const Message& message : messages_of(event))
    lines.push_back(fmt::format("{} [{}] {}", begin, message.role, one_line(message.text, kMaxOneLineBytes)));
  if (lines.empty()) lines.push_back(begin + " [empty]");
  return lines;
}

std::string record_line(const Value& record, const StrategyTitles& titles) {
  return fmt::format("[{}] [LTM] [{}]{} {}", clock_text(record.get("timestamp")),
                     strategy_title(record, titles), record.has("supersededBy") ? " [superseded]" : "",
                     without_controls(record.get("content").get("text").string_or("")));
}

std::string short_session(std::string_view id) {
  return std::string(id.size() <= kMaxWholeSessionBytes ? id : id.substr(id.size() - kShortSessionBytes));
}

std::string time_text(const Value& time) {
  if (!time.is_number()) return std::string(time.string_or(""));
  constexpr double kMilliseconds = 1'000;
  return os::format_time(os::from_unix_ms(std::llround(time.as_double() * kMilliseconds)));
}

}  // namespace soma::cli
