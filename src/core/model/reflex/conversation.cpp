#include "core/model/reflex/conversation.h"

#include "base/os/os.h"

#include <algorithm>
#include <map>

namespace soma::model::reflex {
namespace {

CallResult result_of(const ToolResult& result) {
  CallResult out{.error = result.error, .text = {}};
  for (const ResultContent& content : result.content) {
    if (const auto* text = std::get_if<Text>(&content)) {
      if (!out.text.empty() && !out.text.ends_with('\n')) out.text += '\n';
      out.text += text->text;
    } else if (const auto* value = std::get_if<JsonContent>(&content)) {
      if (!out.text.empty() && !out.text.ends_with('\n')) out.text += '\n';
      out.text += json::write(value->value);
    } else if (const auto* image = std::get_if<Image>(&content)) {
      out.files.push_back(image->media.file);
    }
  }
  return out;
}

// A prompt has text and answers no tool.
bool is_prompt(const Message& message) {
  if (message.role != Role::kUser) return false;
  bool text = false;
  for (const Block& block : message.content) {
    if (std::holds_alternative<ToolResult>(block)) return false;
    text = text || std::holds_alternative<Text>(block);
  }
  return text;
}

}  // namespace

Conversation::Conversation(const ConverseRequest& request) {
  for (const std::string& text : request.system) read_memory(text);
  size_t prompt = request.messages.size();
  std::map<std::string, const ToolResult*> results;
  for (size_t i = 0; i < request.messages.size(); ++i) {
    if (is_prompt(request.messages[i])) prompt = i;
    for (const Block& block : request.messages[i].content) {
      if (const auto* result = std::get_if<ToolResult>(&block)) results[result->tool_use_id] = result;
    }
  }
  if (prompt == request.messages.size())
    prompt = 0;  // a conversation without a prompt: everything belongs to "now"
  for (size_t i = 0; i < request.messages.size(); ++i) {
    const Message& message = request.messages[i];
    if (i == prompt) read_prompt(message);
    if (i < prompt && is_prompt(message)) earlier_prompts_.push_back(text_of(message));
    if (i < prompt && message.role == Role::kAssistant && !text_of(message).empty())
      last_answer_ = text_of(message);
    for (const Block& block : message.content) {
      const auto* use = std::get_if<ToolUse>(&block);
      if (use == nullptr) continue;
      ++tool_uses_;
      const auto found = results.find(use->id);
      if (found == results.end()) continue;
      if (i > prompt) {
        made_.push_back({{use->name, use->input}, result_of(*found->second)});
      } else {
        earlier_.push_back({{use->name, use->input}, result_of(*found->second)});
        if (earlier_.size() > kMaxEarlierResults) earlier_.pop_front();
      }
    }
  }
}

void Conversation::read_prompt(const Message& message) {
  prompt_ = text_of(message);
  for (const Block& block : message.content) {
    const auto* document = std::get_if<model::Document>(&block);
    if (document == nullptr || document->media.bytes.empty() || !os::is_valid_utf8(document->media.bytes))
      continue;
    attachments_.emplace_back(document->media.name + "." + document->media.format, document->media.bytes);
  }
}

const CallResult* Conversation::call(ToolCall call) {
  const auto found = std::ranges::find_if(made_, [&](const Made& made) {
    return !made.used && made.call.tool == call.tool && made.call.input == call.input;
  });
  if (found == made_.end()) {
    pending_.push_back(std::move(call));
    return nullptr;
  }
  found->used = true;
  return &found->result;
}

bool Conversation::has(const ToolCall& call) const {
  return std::ranges::any_of(made_, [&](const Made& made) {
    return !made.used && made.call.tool == call.tool && made.call.input == call.input;
  });
}

void Conversation::read_memory(std::string_view system) {
  if (!system.starts_with("<user_context>")) return;
  for (const std::string_view line : os::split(system, '\n')) {
    const size_t label = line.find("] ");
    if (!line.starts_with('[') || label == std::string_view::npos) continue;
    const std::string_view text = os::trim(line.substr(label + 2));
    if (!text.empty() && !text.starts_with('{') && !text.starts_with('<')) remembered_.emplace_back(text);
  }
}

}  // namespace soma::model::reflex
