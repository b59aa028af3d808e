#include "services/harness/session/client_messages.h"

#include <fmt/format.h>

#include <algorithm>

namespace soma::harness {
namespace {

using os::Code;
using os::Result;

// Goes through the messages in their order, and knows which calls have no result yet.
class Pairing {
 public:
  explicit Pairing(const HandedOverCalls& calls) : calls_(calls), open_(calls.waiting) {}

  Result<> take(const model::Message& message) {
    const bool of_model = message.role == model::Role::kAssistant;
    if (of_model) SOMA_TRY(all_answered());
    for (const model::Block& block : message.content) {
      const auto* use = std::get_if<model::ToolUse>(&block);
      const auto* result = std::get_if<model::ToolResult>(&block);
      if (use && !of_model) return wrong("a toolUse belongs into a message of role assistant");
      if (result && of_model && !ran_elsewhere(result->tool_use_id))
        return wrong("a toolResult belongs into a message of role user");
      if (use) SOMA_TRY(take_use(*use));
      if (result) SOMA_TRY(take_result(*result));
    }
    ++index_;
    return {};
  }

  // Calls that were handed over may stay unanswered; one that the client brought along may not.
  Result<> all_answered() const {
    if (handed_over() || open_.empty()) return {};
    return os::fail(
        Code::kInvalidArgument,
        fmt::format("messages: the call '{}' has no toolResult in the message behind it", open_.front()));
  }

 private:
  bool handed_over() const { return !calls_.all.empty(); }

  std::unexpected<os::Error> wrong(std::string message, std::string hint = {}) const {
    return os::fail(Code::kInvalidArgument, fmt::format("messages/{}: {}", index_, message), std::move(hint));
  }

  std::string what_waits() const {
    return open_.empty() ? "none does: it was answered already, or is not of this session"
                         : fmt::format("these wait: {}", os::join(open_, ", "));
  }

  bool ran_elsewhere(const std::string& id) const {
    return std::ranges::find(elsewhere_, id) != elsewhere_.end();
  }

  Result<> take_use(const model::ToolUse& use) {
    if (!use.type.empty() && use.type != "tool_use") {
      elsewhere_.push_back(use.id);
    } else if (!handed_over()) {
      open_.push_back(use.id);
    } else if (std::ranges::find(calls_.all, use.id) == calls_.all.end()) {
      return wrong(fmt::format("'{}' is no call of the turn that waits for its results", use.id),
                   what_waits());
    }
    return {};
  }

  Result<> take_result(const model::ToolResult& result) {
    if (!ran_elsewhere(result.tool_use_id) && std::erase(open_, result.tool_use_id) == 0)
      return wrong(fmt::format("no call '{}' waits for a toolResult", result.tool_use_id), what_waits());
    return {};
  }

  const HandedOverCalls& calls_;
  std::vector<std::string> open_;       // calls whose results may come
  std::vector<std::string> elsewhere_;  // calls of servers: their results are where those put them
  size_t index_ = 0;
};

}  // namespace

Result<> check_calls_and_results(const std::vector<model::Message>& messages, const HandedOverCalls& calls) {
  Pairing pairing(calls);
  for (const model::Message& message : messages) SOMA_TRY(pairing.take(message));
  return pairing.all_answered();
}

}  // namespace soma::harness
