// Recorded Chat Completions requests read back into soma's shape.
#include <algorithm>
#include <set>

#include <fmt/format.h>
#include "core/model/providers/cassette_test_kit.h"

namespace soma::model {
namespace {

std::string text_of(const json::Value& value, std::string_view key) {
  return std::string(value.get(key).string_or(""));
}

json::Value parsed(const json::Value& text) {
  return json::parse(text.string_or("")).value_or(json::Value());
}

os::Result<Block> read_part(const json::Value& part) {
  const std::string type = text_of(part, "type");
  if (type == "text") return Text{text_of(part, "text")};
  const json::Value& file = part.get("file");
  if (file.has("file_id")) return Document{{.format = "pdf", .url = text_of(file, "file_id")}};
  if (type != "image_url" && type != "file") return out_of_scope(fmt::format("a part of type {}", type));
  const std::string url = type == "file" ? text_of(file, "file_data") : text_of(part.get("image_url"), "url");
  if (!url.starts_with("data:")) return Image{{.format = "png", .url = url}};
  Media media{.format = format_of_mime(std::string_view(url).substr(5, url.find(';') - 5)),
              .name = text_of(file, "filename")};
  SOMA_ASSIGN(media.bytes, os::base64_decode(std::string_view(url).substr(url.find(',') + 1)));
  if (type == "image_url") return Image{std::move(media)};
  return Document{std::move(media)};
}

os::Result<Message> read_message(const json::Value& from) {
  const std::string role = text_of(from, "role");
  const json::Value& content = from.get("content");
  if (role == "tool")
    return Message{Role::kUser,
                   {ToolResult{text_of(from, "tool_call_id"), false, {Text{text_of(from, "content")}}}}};
  Message message{role == "assistant" ? Role::kAssistant : Role::kUser, {}};
  if (content.is_string()) message.content.emplace_back(Text{content.as_string()});
  for (size_t i = 0; content.is_array() && i < content.size(); ++i) {
    SOMA_ASSIGN(Block block, read_part(content.at(i)));
    message.content.push_back(std::move(block));
  }
  const json::Value& calls = from.get("tool_calls");
  for (size_t i = 0; i < calls.size(); ++i) {
    const json::Value& function = calls.at(i).get("function");
    message.content.emplace_back(
        ToolUse{text_of(calls.at(i), "id"), text_of(function, "name"), parsed(function.get("arguments"))});
  }
  return message;
}

os::Result<> read_messages(const json::Value& messages, ConverseRequest& out) {
  for (const json::Value& from : messages.as_array()) {
    const std::string role = text_of(from, "role");
    if (role == "system" || role == "developer") {
      if (!out.messages.empty()) return out_of_scope("system messages inside the conversation");
      out.system.push_back(text_of(from, "content"));
      continue;
    }
    SOMA_ASSIGN(Message message, read_message(from));
    out.messages.push_back(std::move(message));
  }
  return {};
}

void read_settings(const json::Value& body, ConverseRequest& out) {
  static const std::set<std::string, std::less<>> kElsewhere = {"messages", "stream", "stream_options"};
  json::Value extra = json::object({});
  for (const auto& [key, value] : body.as_object()) {
    if (key == "model") {
      out.model.model_id = value.string_or("");
    } else if (key == "max_completion_tokens") {
      out.model.max_tokens = value.int_or(0);
    } else if (key == "temperature" && value.is_number()) {
      out.model.temperature = value.as_double();
    } else if (key == "top_p" && value.is_number()) {
      out.model.top_p = value.as_double();
    } else if (key == "stop" && value.is_array()) {
      for (const json::Value& each : value.as_array())
        out.model.stop_sequences.emplace_back(each.string_or(""));
    } else if (key == "tools") {
      for (size_t i = 0; i < value.size(); ++i) {
        const json::Value& function = value.at(i).get("function");
        out.tools.push_back(
            {text_of(function, "name"), text_of(function, "description"), function.get("parameters")});
      }
    } else if (!kElsewhere.contains(key)) {
      extra.set(key, value);
    }
  }
  out.model.additional_params = std::move(extra);
}

os::Result<ConverseRequest> read(const json::Value& request) {
  ConverseRequest out;
  out.model.provider = "openai";
  const json::Value& body = request.get("body");
  read_settings(body, out);
  SOMA_TRY(read_messages(body.get("messages"), out));
  return out;
}

json::Value canonical_message(const json::Value& from) {
  json::Value blocks = json::array({});
  const json::Value& content = from.get("content");
  if (content.is_string() && !content.as_string().empty()) {
    blocks.push_back(json::object({{"type", "text"}, {"text", content}}));
  } else if (content.is_array()) {
    blocks = content;
  }
  const json::Value& calls = from.get("tool_calls");
  for (size_t i = 0; i < calls.size(); ++i) {
    const json::Value& function = calls.at(i).get("function");
    blocks.push_back(
        call_fact(text_of(calls.at(i), "id"), text_of(function, "name"), parsed(function.get("arguments"))));
  }
  const std::string role = text_of(from, "role");
  json::Value out = json::object({{"role", role == "developer" ? "system" : role}});
  if (role == "tool") blocks.push_back(json::object({{"result_of", from.get("tool_call_id")}}));
  out.set("content", std::move(blocks));
  return out;
}

json::Value canonical(const json::Value& body) {
  json::Value out = json::object({});
  for (const auto& [key, value] : body.as_object()) {
    if (value.is_null() || key.starts_with("stream") || key == "messages" || key == "tools") continue;
    if (key == "tool_choice" && value.string_or("") == "auto") continue;
    out.set(key, value);
  }
  json::Value messages = json::array({});
  for (const json::Value& message : body.get("messages").as_array())
    messages.push_back(canonical_message(message));
  out.set("messages", std::move(messages));
  json::Value tools = json::object({});
  for (size_t i = 0; i < body.get("tools").size(); ++i) {
    const json::Value& function = body.get("tools").at(i).get("function");
    tools.set(text_of(function, "name"),
              json::array({function.get("description").string_or(""), function.get("parameters")}));
  }
  out.set("tools", std::move(tools));
  return out;
}

Facts with_usage(std::string text, json::Value calls, const json::Value& usage) {
  if (!usage.is_object()) return facts(std::move(text), "", std::move(calls), {}, {});
  const json::Value& details = usage.get("prompt_tokens_details");
  const int64_t cached = details.get("cached_tokens").int_or(0) + details.get("cache_write_tokens").int_or(0);
  return facts(std::move(text), "", std::move(calls), usage.get("prompt_tokens").int_or(0) - cached,
               usage.get("completion_tokens"));
}

Facts document_facts(const json::Value& document) {
  const json::Value& message = document.get("choices").at(0).get("message");
  json::Value calls = json::array({});
  for (size_t i = 0; i < message.get("tool_calls").size(); ++i) {
    const json::Value& call = message.get("tool_calls").at(i);
    calls.push_back(call_fact(text_of(call, "id"), text_of(call.get("function"), "name"),
                              parsed(call.get("function").get("arguments"))));
  }
  return with_usage(text_of(message, "content") + text_of(message, "refusal"), std::move(calls),
                    document.get("usage"));
}

Facts event_facts(const std::vector<NamedEvent>& events) {
  struct Call {
    std::string id, name, arguments;
  };
  std::vector<Call> calls;
  std::string text;
  json::Value usage;
  for (const NamedEvent& event : events) {
    if (event.data.get("usage").is_object()) usage = event.data.get("usage");
    const json::Value& delta = event.data.get("choices").at(0).get("delta");
    text += text_of(delta, "content") + text_of(delta, "refusal");
    for (size_t i = 0; i < delta.get("tool_calls").size(); ++i) {
      const json::Value& piece = delta.get("tool_calls").at(i);
      calls.resize(std::max(calls.size(), static_cast<size_t>(piece.get("index").int_or(0)) + 1));
      Call& call = calls[static_cast<size_t>(piece.get("index").int_or(0))];
      call.id += text_of(piece, "id");
      call.name += text_of(piece.get("function"), "name");
      call.arguments += text_of(piece.get("function"), "arguments");
    }
  }
  json::Value list = json::array({});
  for (const Call& call : calls) list.push_back(call_fact(call.id, call.name, parsed(call.arguments)));
  return with_usage(std::move(text), std::move(list), usage);
}

}  // namespace

CassetteApi openai_chat_cassettes() {
  return {"openai-chat",  make_openai_codec, read, canonical, [](const json::Value&) { return false; },
          document_facts, event_facts};
}

}  // namespace soma::model
