#include "core/model/providers/openai_items.h"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>
#include "core/model/providers/history.h"
#include "core/model/providers/openai.h"

namespace soma::model {
namespace {

constexpr size_t kMaxToolIdBytes = 64;
// Families that refuse reasoning items, which a session has when it began with another model of OpenAI's.
constexpr std::array<std::string_view, 3> kWithoutReasoning = {"gpt-3", "gpt-4", "chatgpt-4o"};

bool takes_reasoning(std::string_view model) {
  return std::ranges::none_of(kWithoutReasoning,
                              [&](std::string_view family) { return model.starts_with(family); });
}

json::Value text_part(std::string text) {
  return json::object({{"type", "input_text"}, {"text", std::move(text)}});
}

json::Value image_part(const Media& media) {
  json::Value part = json::object({{"type", "input_image"}, {"detail", "auto"}});
  if (!media.url.empty() && !is_address(media.url)) {
    part.set("file_id", media.url);
  } else {
    part.set("image_url", media.url.empty() ? data_url(media) : media.url);
  }
  return part;
}

json::Value document_part(const Media& media) {
  json::Value part = json::object({{"type", "input_file"}});
  if (!media.url.empty()) {
    part.set(is_address(media.url) ? "file_url" : "file_id", media.url);
    return part;
  }
  if (is_text_format(media.format)) return text_part(document_text(media));
  if (media.format != "pdf") return text_part(unreadable_note("document", media));
  part.set("filename", media.name.empty() ? "document.pdf" : media.name);
  part.set("file_data", data_url(media));
  return part;
}

json::Value result_output(const ToolResult& result) {
  if (!has_media(result)) return result_text(result);
  json::Value parts = json::array({});
  for (const ResultContent& content : result.content) {
    if (const auto* text = std::get_if<Text>(&content)) parts.push_back(text_part(text->text));
    if (const auto* value = std::get_if<JsonContent>(&content))
      parts.push_back(text_part(json::write(value->value)));
    if (const auto* image = std::get_if<Image>(&content)) parts.push_back(image_part(image->media));
    if (const auto* document = std::get_if<Document>(&content))
      parts.push_back(document_part(document->media));
  }
  return parts;
}

// A search's result names the tools that it found; anything else is an ordinary result.
const json::Value* found_tools(const ToolResult& result) {
  if (result.content.size() != 1) return nullptr;
  const auto* content = std::get_if<JsonContent>(&result.content.front());
  return content != nullptr ? content->value.find("tools") : nullptr;
}

class ItemWriter {
 public:
  explicit ItemWriter(bool reasoning) : reasoning_(reasoning) {}

  void add(const Message& message) {
    if (message.role == Role::kUser) return add_user(message);
    for (const Block& block : message.content) {
      if (const auto* text = std::get_if<Text>(&block)) add(*text);
      if (const auto* reasoning = std::get_if<Reasoning>(&block)) add(*reasoning);
      if (const auto* use = std::get_if<ToolUse>(&block)) add(*use);
    }
    drop_loose_reasoning();
    marker_ = {};
    open_message_ = false;
  }

  json::Value take() { return std::move(items_); }

 private:
  void add_user(const Message& message) {
    json::Value parts = json::array({});
    for (const Block& block : message.content) {
      if (const auto* result = std::get_if<ToolResult>(&block)) add(*result);
      if (const auto* text = std::get_if<Text>(&block)) parts.push_back(text_part(text->text));
      if (const auto* image = std::get_if<Image>(&block)) parts.push_back(image_part(image->media));
      if (const auto* document = std::get_if<Document>(&block))
        parts.push_back(document_part(document->media));
    }
    if (parts.empty()) return;
    const bool plain = parts.size() == 1 && parts.at(0).has("text");
    json::Value content = plain ? parts.at(0).get("text") : parts;
    items_.push_back(json::object({{"role", "user"}, {"content", std::move(content)}}));
  }

  void add(const ToolResult& result) {
    json::Value item = json::object({{"type", "function_call_output"}, {"call_id", result.tool_use_id}});
    const json::Value* tools = searches_.contains(result.tool_use_id) ? found_tools(result) : nullptr;
    if (tools != nullptr) {
      item.set("type", "tool_search_output");
      item.set("execution", "client");
      item.set("status", "completed");
      item.set("tools", *tools);
    } else {
      item.set("output", result_output(result));
    }
    items_.push_back(std::move(item));
  }

  void add(const Text& text) {
    json::Value part =
        json::object({{"type", "output_text"}, {"text", text.text}, {"annotations", json::array({})}});
    if (open_message_) {  // a further part of the item that the marker named
      items_.as_array().back().find("content")->push_back(std::move(part));
      return;
    }
    const json::Value marker = take_marker("message");
    if (marker.is_null()) {
      items_.push_back(json::object({{"role", "assistant"}, {"content", text.text}}));
      return;
    }
    json::Value item = marker;
    item.set("role", "assistant");
    item.set("status", "completed");
    item.set("content", json::array({std::move(part)}));
    items_.push_back(std::move(item));
    open_message_ = true;
  }

  void add(const Reasoning& reasoning) {
    open_message_ = false;
    auto signature = json::parse(reasoning.signature);
    if (!signature || !signature->is_object()) return;
    if (signature->get("type").string_or("") != "reasoning") {
      marker_ = *std::move(signature);
    } else if (reasoning_) {
      add_reasoning(*signature, reasoning.text);
    }
  }

  // Blocks of one id are one item's summaries; the last brings the encrypted content.
  void add_reasoning(const json::Value& signature, const std::string& text) {
    json::Value* last = items_.empty() ? nullptr : &items_.as_array().back();
    if (last == nullptr || last->get("type").string_or("") != "reasoning" ||
        !(last->get("id") == signature.get("id"))) {
      json::Value item = json::object({{"type", "reasoning"}, {"id", signature.get("id")}});
      item.set("summary", json::array({}));
      last = &items_.push_back(std::move(item));
    }
    if (!text.empty())
      last->find("summary")->push_back(json::object({{"type", "summary_text"}, {"text", text}}));
    if (const json::Value* encrypted = signature.find("encrypted_content"))
      last->set("encrypted_content", *encrypted);
  }

  void add(const ToolUse& use) {
    open_message_ = false;
    if (!use.origin.empty()) {  // a server's item, as it came
      items_.push_back(use.input);
      return;
    }
    json::Value item = take_marker("function_call");
    if (item.is_null()) item = take_marker("tool_search_call");
    if (item.is_null()) item.set("type", "function_call");
    item.set("call_id", use.id);
    if (item.get("type").string_or("") == "tool_search_call") {
      item.set("execution", "client");
      item.set("status", "completed");
      item.set("arguments", use.input);
      searches_.insert(use.id);
    } else {
      item.set("name", use.name);
      item.set("arguments", json::write(use.input));
    }
    items_.push_back(std::move(item));
  }

  // A marker counts only for the block right after it; null when there is none of this type.
  json::Value take_marker(std::string_view type) {
    if (marker_.get("type").string_or("") != type) return {};
    return std::exchange(marker_, json::Value());
  }

  // The service refuses a reasoning item that nothing follows: an answer that was cut there, or whose text a
  // compaction took.
  void drop_loose_reasoning() {
    while (!items_.empty() && items_.as_array().back().get("type").string_or("") == "reasoning")
      items_.as_array().pop_back();
  }

  const bool reasoning_;
  json::Value items_ = json::array({});
  json::Value marker_;
  bool open_message_ = false;
  std::set<std::string> searches_;
};

}  // namespace

bool needs_marker(const json::Value& item) {
  return item.get("phase").is_string() || item.get("namespace").is_string() ||
         item.get("type").string_or("") == "tool_search_call";
}

std::string marker_of(const json::Value& item) {
  json::Value marker = json::object({{"type", item.get("type")}, {"id", item.get("id")}});
  for (const std::string_view key : {"phase", "namespace"}) {
    if (item.get(key).is_string()) marker.set(key, item.get(key));
  }
  return json::write(marker);
}

std::string reasoning_signature(const json::Value& item) {
  json::Value signature = json::object({{"type", "reasoning"}, {"id", item.get("id")}});
  if (item.get("encrypted_content").is_string())
    signature.set("encrypted_content", item.get("encrypted_content"));
  return json::write(signature);
}

json::Value items_of(const ConverseRequest& request) {
  const HistoryRules rules{
      .origin = kResponsesOrigin, .max_tool_id_bytes = kMaxToolIdBytes, .keep_reasoning = true};
  ItemWriter writer(takes_reasoning(request.model.model_id));
  for (const Message& message : portable_history(request.messages, rules)) writer.add(message);
  return writer.take();
}

}  // namespace soma::model
