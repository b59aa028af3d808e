#include "services/memory/turns.h"

#include <fmt/format.h>

#include <charconv>

#include "services/memory/texts.h"

namespace soma::memory {

using json::Value;

namespace {

std::optional<bool> success_of(std::string_view status) {
  if (status == "success") return true;
  if (status == "error") return false;
  return std::nullopt;
}

// The turns of one message in the Converse shape; results find their calls by id, as far as they are in the
// same event.
class Unpacker {
 public:
  explicit Unpacker(std::vector<Turn>& turns) : turns_(turns) {}

  void unpack(const Value& message, const Turn& as) {
    Turn said = as;
    said.text.clear();
    for (const Value& block : message.get("content").as_array()) {
      if (const Value* text = block.find("text")) append_line(said.text, text->string_or(""), kMaxTextBytes);
      if (const Value* use = block.find("toolUse")) call(*use, as);
      if (const Value* result = block.find("toolResult")) answer(*result, as);
    }
    if (!said.text.empty()) turns_.push_back(std::move(said));
  }

 private:
  void call(const Value& use, const Turn& as) {
    Turn turn = as;
    turn.role = Role::kTool;
    turn.text.clear();
    turn.call = ToolCall{std::string(use.get("name").string_or("")), use.get("input"), {}};
    open_.emplace_back(use.get("toolUseId").string_or(""), turns_.size());
    turns_.push_back(std::move(turn));
  }

  void answer(const Value& result, const Turn& as) {
    std::string text;
    append_texts(text, result.get("content"), kMaxTextBytes);
    const std::string_view id = result.get("toolUseId").string_or("");
    for (const auto& [open, index] : open_) {
      if (open != id || id.empty()) continue;
      turns_[index].text = std::move(text);
      turns_[index].call->succeeded = success_of(result.get("status").string_or("success"));
      return;
    }
    Turn turn = as;
    turn.role = Role::kTool;
    turn.text = std::move(text);
    turn.call = ToolCall{{}, {}, success_of(result.get("status").string_or("success"))};
    turns_.push_back(std::move(turn));
  }

  std::vector<Turn>& turns_;
  std::vector<std::pair<std::string, size_t>> open_;
};

bool is_message(const Value& value) {
  return value.get("content").is_array();
}

void add_message(Turn turn, const Payload& payload, Unpacker& unpacker, std::vector<Turn>& turns) {
  turn.role = payload.role;
  if (payload.text.starts_with('{')) {
    if (const auto parsed = json::parse(payload.text)) {
      if (is_message(parsed->get("message"))) return unpacker.unpack(parsed->get("message"), turn);
      if (is_message(*parsed)) return unpacker.unpack(*parsed, turn);
      if (payload.role == Role::kTool && parsed->get("tool").is_string()) {
        turn.call = ToolCall{parsed->get("tool").as_string(), parsed->get("arguments"),
                             success_of(parsed->get("status").string_or(""))};
        append_texts(turn.text, parsed->get("result"), kMaxTextBytes);
        turns.push_back(std::move(turn));
        return;
      }
    }
  }
  turn.text = payload.text;
  turns.push_back(std::move(turn));
}

}  // namespace

std::vector<Turn> turns_of(const Event& event) {
  std::vector<Turn> turns;
  Unpacker unpacker(turns);
  for (size_t index = 0; index < event.payload.size(); ++index) {
    const Payload& payload = event.payload[index];
    Turn turn{.source = source_of(event.id, index), .role = Role::kAssistant, .text = {}, .at = event.at};
    if (payload.kind == Payload::Kind::kDocument) append_texts(turn.text, payload.data, kMaxTextBytes);
    if (payload.kind == Payload::Kind::kMessage)
      add_message(std::move(turn), payload, unpacker, turns);
    else if (!turn.text.empty())
      turns.push_back(std::move(turn));
  }
  return turns;
}

std::string source_of(std::string_view event_id, size_t index) {
  return fmt::format("{}/{}", event_id, index);
}

size_t index_of(std::string_view source) {
  const size_t slash = source.rfind('/');
  size_t index = 0;
  std::from_chars(source.data() + slash + 1, source.data() + source.size(), index);
  return index;
}

}  // namespace soma::memory
