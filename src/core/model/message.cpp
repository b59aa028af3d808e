#include "core/model/message.h"

#include <array>

#include <fmt/format.h>

namespace soma::model {
namespace {

// In the order of StopReason.
constexpr std::array<std::string_view, 17> kStopReasonNames = {
    "end_turn",
    "tool_use",
    "tool_result",
    "max_tokens",
    "stop_sequence",
    "content_filtered",
    "malformed_model_output",
    "malformed_tool_use",
    "interrupted",
    "partial_turn",
    "model_context_window_exceeded",
    "max_iterations_exceeded",
    "max_output_tokens_exceeded",
    "timeout_exceeded",
    "hook_stopped",
    "max_tool_calls_exceeded",
    "max_cost_exceeded",
};
static_assert(kStopReasonNames.size() == static_cast<size_t>(StopReason::kMaxCostExceeded) + 1);

}  // namespace

std::string_view stop_reason_name(StopReason reason) {
  return kStopReasonNames[static_cast<size_t>(reason)];
}

os::Result<StopReason> parse_stop_reason(std::string_view name) {
  for (size_t i = 0; i < kStopReasonNames.size(); ++i) {
    if (kStopReasonNames[i] == name) return static_cast<StopReason>(i);
  }
  return os::fail(os::Code::kInvalidArgument, fmt::format("unknown stop reason \"{}\"", name),
                  fmt::format("known: {}", fmt::join(kStopReasonNames, ", ")));
}

Usage& Usage::operator+=(const Usage& other) {
  input_tokens += other.input_tokens;
  output_tokens += other.output_tokens;
  cache_read_input_tokens += other.cache_read_input_tokens;
  cache_write_input_tokens += other.cache_write_input_tokens;
  return *this;
}

std::string text_of(const Message& message) {
  std::string out;
  for (const Block& block : message.content) {
    const auto* text = std::get_if<Text>(&block);
    if (text == nullptr) continue;
    if (!out.empty()) out += '\n';
    out += text->text;
  }
  return out;
}

}  // namespace soma::model
