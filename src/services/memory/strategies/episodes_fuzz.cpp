// Any bytes as a conversation, a line a turn: summaries and episodes are well-formed, within their limits,
// and the same when the strategies are asked again.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/os/text.h"
#include "services/memory/strategies/strategies.h"

using namespace soma;

namespace {

class NothingKnown final : public memory::KnownRecords {
 public:
  std::vector<memory::Known> like(memory::Place, std::string_view, size_t) const override { return {}; }
  std::vector<memory::Known> about(memory::Place, std::string_view) const override { return {}; }
};

// The first byte of a line says whose it is, and whether a tool was called.
memory::Turn turn_of(std::string_view line, size_t number) {
  memory::Turn turn{.source = std::to_string(number) + "/0", .text = std::string(line)};
  turn.at = os::from_unix_ms(static_cast<int64_t>(number) * 60'000);
  if (line.empty()) return turn;
  const auto kind = static_cast<uint8_t>(line.front());
  turn.role = static_cast<memory::Role>(kind % 4);
  if (kind % 3 != 0) return turn;
  json::Value arguments = json::object({{"text", line}});
  arguments.set(line.substr(0, 8), number);
  turn.call = memory::ToolCall{.name = std::string(line.substr(0, 20)),
                               .arguments = std::move(arguments),
                               .succeeded = kind % 5 == 0 ? std::nullopt : std::optional(kind % 2 == 0)};
  return turn;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  memory::Conversation conversation{.actor_id = "a", .session_id = "s"};
  for (const std::string_view line : os::split(bytes, '\n'))
    if (conversation.turns.size() < memory::kMaxConversationTurns)
      conversation.turns.push_back(turn_of(line, conversation.turns.size()));
  conversation.at_rest = true;
  for (const auto type : {memory::StrategyType::kSummarization, memory::StrategyType::kEpisodic}) {
    json::Value notes, again_notes;
    const auto made = memory::strategy(type).consolidate(conversation, NothingKnown(), notes);
    const auto again = memory::strategy(type).consolidate(conversation, NothingKnown(), again_notes);
    if (made.changes.size() != again.changes.size() || notes != again_notes) abort();
    if (json::write(notes).size() > memory::kMaxNotesBytes) abort();
    for (size_t at = 0; at < made.changes.size(); ++at) {
      const std::string& text = made.changes[at].text;
      if (text != again.changes[at].text || text.empty() || text.size() > memory::kMaxRecordTextBytes)
        abort();
      if (!os::is_valid_utf8(text)) abort();
      if (type == memory::StrategyType::kEpisodic && !json::parse(text)) abort();
    }
  }
  return 0;
}
