#include "core/model/reflex/reflex.h"

#include <fmt/format.h>
#include "core/model/reflex/planner.h"

namespace soma::model {
namespace {

// Estimates: a token is about four characters.
constexpr int64_t kCharactersPerToken = 4;

int64_t tokens_for(size_t characters) {
  return (static_cast<int64_t>(characters) + kCharactersPerToken - 1) / kCharactersPerToken;
}

size_t characters_in(const Block& block) {
  if (const auto* text = std::get_if<Text>(&block)) return text->text.size();
  if (const auto* reasoning = std::get_if<Reasoning>(&block)) return reasoning->text.size();
  if (const auto* use = std::get_if<ToolUse>(&block))
    return use->name.size() + json::write(use->input).size();
  size_t total = 0;
  if (const auto* result = std::get_if<ToolResult>(&block)) {
    for (const ResultContent& content : result->content) {
      if (const auto* text = std::get_if<Text>(&content)) total += text->text.size();
      if (const auto* value = std::get_if<JsonContent>(&content)) total += json::write(value->value).size();
    }
  }
  return total;
}

int64_t input_tokens(const ConverseRequest& request) {
  size_t characters = 0;
  for (const std::string& text : request.system) characters += text.size();
  for (const Message& message : request.messages) {
    for (const Block& block : message.content) characters += characters_in(block);
  }
  for (const ToolSpec& tool : request.tools)
    characters += tool.name.size() + tool.description.size() + json::write(tool.input_schema).size();
  return tokens_for(characters);
}

// What of the text may be said, and why it ends there.
struct Ending {
  std::string text;
  StopReason reason;
};

Ending limit(const ModelSettings& settings, std::string text) {
  for (const std::string& stop : settings.stop_sequences) {
    const size_t at = stop.empty() ? std::string::npos : text.find(stop);
    if (at != std::string::npos) return {text.substr(0, at), StopReason::kStopSequence};
  }
  if (settings.max_tokens && tokens_for(text.size()) > *settings.max_tokens) {
    return {
        std::string(os::utf8_prefix(text, static_cast<size_t>(*settings.max_tokens * kCharactersPerToken))),
        StopReason::kMaxTokens};
  }
  return {std::move(text), StopReason::kEndTurn};
}

// Word by word, as models stream.
void stream_text(const EventSink& sink, int index, std::string_view text) {
  sink(ContentBlockStart{index});
  while (!text.empty()) {
    size_t end = text.find_first_not_of(" \n");
    end = end == std::string_view::npos ? text.size() : text.find_first_of(" \n", end);
    if (end == std::string_view::npos) end = text.size();
    sink(ContentBlockDelta{index, TextDelta{std::string(text.substr(0, end))}});
    text.remove_prefix(end);
  }
  sink(ContentBlockStop{index});
}

class Reflex final : public Provider {
 public:
  explicit Reflex(ProviderContext context) : clock_(context.clock) {}

  net::Task<os::Result<>> converse(const ConverseRequest& request, const EventSink& sink,
                                   const net::Cancellation& cancellation) override {
    if (cancellation.requested()) co_return os::fail(os::Code::kCancelled, cancellation.reason());
    const os::Time begin = clock_.now();
    reflex::Decision decision = reflex::plan(request);
    sink(MessageStart{Role::kAssistant});
    StopReason reason = StopReason::kToolUse;
    size_t characters = 0;
    int index = 0;
    if (decision.calls.empty()) {
      Ending ending = limit(request.model, std::move(decision.text));
      if (!ending.text.empty()) stream_text(sink, index, ending.text);
      characters = ending.text.size();
      reason = ending.reason;
    }
    const size_t before = reflex::Conversation(request).tool_uses();
    for (const reflex::ToolCall& call : decision.calls) {
      // Numbered by their place in the conversation: the same request gives the same ids, and no id comes
      // twice.
      sink(ContentBlockStart{
          index, ToolUseStart{.id = fmt::format("reflex_{}", before + static_cast<size_t>(index) + 1),
                              .name = call.tool}});
      const std::string input = json::write(call.input);
      sink(ContentBlockDelta{index, ToolInputDelta{input}});
      sink(ContentBlockStop{index});
      characters += call.tool.size() + input.size();
      ++index;
    }
    sink(MessageStop{reason});
    const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.now() - begin);
    sink(Metadata{.usage = {.input_tokens = input_tokens(request), .output_tokens = tokens_for(characters)},
                  .latency_ms = elapsed.count()});
    co_return os::Result<>();
  }

 private:
  os::Clock& clock_;
};

}  // namespace

std::unique_ptr<Provider> make_reflex(ProviderContext context) {
  return std::make_unique<Reflex>(std::move(context));
}

}  // namespace soma::model
