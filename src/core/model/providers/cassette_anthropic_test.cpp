// Recorded Messages requests read back into soma's shape.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include "core/model/providers/cassette_test_kit.h"

namespace soma::model {
namespace {

std::string text_of(const json::Value& value, std::string_view key) {
  return std::string(value.get(key).string_or(""));
}

os::Result<Media> read_media(const json::Value& block) {
  const json::Value& source = block.get("source");
  const std::string kind = text_of(source, "type");
  Media media;
  media.name = text_of(block, "title");
  media.format = format_of_mime(source.get("media_type").string_or(""));
  if (kind == "url") {
    media.url = text_of(source, "url");
  } else if (kind == "base64") {
    SOMA_ASSIGN(media.bytes, os::base64_decode(text_of(source, "data")));
  } else if (kind == "text") {
    media.bytes = text_of(source, "data");
  } else {
    return out_of_scope(fmt::format("a {} by the id of a hosted file", text_of(block, "type")));
  }
  return media;
}

os::Result<ResultContent> read_result_content(const json::Value& block) {
  const std::string type = text_of(block, "type");
  if (type == "text") return Text{text_of(block, "text")};
  if (type == "tool_reference") return JsonContent{block};
  if (type == "image" || type == "document") {
    SOMA_ASSIGN(Media media, read_media(block));
    if (type == "image") return Image{std::move(media)};
    return Document{std::move(media)};
  }
  return out_of_scope(fmt::format("a tool result of {}", type));
}

os::Result<Block> read_tool_result(const json::Value& block) {
  ToolResult result{text_of(block, "tool_use_id"), block.get("is_error").bool_or(false), {}};
  const json::Value& content = block.get("content");
  if (content.is_string()) result.content.emplace_back(Text{content.as_string()});
  for (size_t i = 0; content.is_array() && i < content.size(); ++i) {
    SOMA_ASSIGN(ResultContent item, read_result_content(content.at(i)));
    result.content.push_back(std::move(item));
  }
  return result;
}

os::Result<Block> read_block(const json::Value& block) {
  const std::string type = text_of(block, "type");
  if (type == "text") return Text{text_of(block, "text")};
  if (type == "thinking")
    return Reasoning{text_of(block, "thinking"), text_of(block, "signature"), {}, "anthropic"};
  if (type == "redacted_thinking") return Reasoning{{}, {}, text_of(block, "data"), "anthropic"};
  if (type == "tool_use") return ToolUse{text_of(block, "id"), text_of(block, "name"), block.get("input")};
  if (type == "tool_result") return read_tool_result(block);
  if (type.ends_with("_tool_use")) {
    return ToolUse{
        text_of(block, "id"), text_of(block, "name"), block.get("input"), type, text_of(block, "server_name"),
        "anthropic"};
  }
  if (type.ends_with("_tool_result"))
    return ToolResult{text_of(block, "tool_use_id"), false, {JsonContent{block}}};
  if (type == "image" || type == "document") {
    SOMA_ASSIGN(Media media, read_media(block));
    if (type == "image") return Image{std::move(media)};
    return Document{std::move(media)};
  }
  return out_of_scope(fmt::format("a block of type {}", type));
}

os::Result<std::vector<Message>> read_messages(const json::Value& messages) {
  std::vector<Message> out;
  for (const json::Value& from : messages.as_array()) {
    const std::string role = text_of(from, "role");
    if (role == "system") return out_of_scope("system messages inside the conversation");
    Message message{role == "user" ? Role::kUser : Role::kAssistant, {}};
    const json::Value& content = from.get("content");
    if (content.is_string()) message.content.emplace_back(Text{content.as_string()});
    for (size_t i = 0; content.is_array() && i < content.size(); ++i) {
      SOMA_ASSIGN(Block block, read_block(content.at(i)));
      message.content.push_back(std::move(block));
    }
    out.push_back(std::move(message));
  }
  return out;
}

// What soma's tool spec can say; anything more goes by additionalParams.
bool is_plain_tool(const json::Value& tool) {
  static const std::set<std::string, std::less<>> kKnown = {"name", "description", "input_schema",
                                                            "cache_control"};
  return tool.has("input_schema") && std::ranges::all_of(tool.as_object(), [](const json::Member& member) {
           return kKnown.contains(member.first) || member.second.is_null();
         });
}

void read_settings(const json::Value& body, ConverseRequest& out) {
  json::Value extra = json::object({});
  for (const auto& [key, value] : body.as_object()) {
    if (key == "model") {
      out.model.model_id = value.string_or("");
    } else if (key == "max_tokens") {
      out.model.max_tokens = value.int_or(0);
    } else if (key == "temperature" && value.is_number()) {
      out.model.temperature = value.as_double();
    } else if (key == "top_p" && value.is_number()) {
      out.model.top_p = value.as_double();
    } else if (key == "top_k" && value.is_number()) {
      out.model.top_k = value.int_or(0);
    } else if (key == "stop_sequences" && value.is_array()) {
      for (const json::Value& each : value.as_array())
        out.model.stop_sequences.emplace_back(each.string_or(""));
    } else if (key == "tools" && value.is_array()) {
      json::Value special = json::array({});
      for (const json::Value& tool : value.as_array()) {
        if (is_plain_tool(tool)) {
          out.tools.push_back(
              {text_of(tool, "name"), text_of(tool, "description"), tool.get("input_schema")});
        } else {
          special.push_back(tool);
        }
      }
      if (!special.empty()) extra.set("tools", std::move(special));
    } else if (key != "messages" && key != "system" && key != "stream") {
      extra.set(key, value);
    }
  }
  out.model.additional_params = std::move(extra);
}

os::Result<ConverseRequest> read(const json::Value& request) {
  if (text_of(request, "path") != "/v1/messages")
    return out_of_scope(fmt::format("{} is no conversation", text_of(request, "path")));
  const json::Value& body = request.get("body");
  ConverseRequest out;
  out.model.provider = "anthropic";
  read_settings(body, out);
  const json::Value& system = body.get("system");
  if (system.is_string()) out.system.push_back(system.as_string());
  for (size_t i = 0; system.is_array() && i < system.size(); ++i)
    out.system.push_back(text_of(system.at(i), "text"));
  SOMA_ASSIGN(out.messages, read_messages(body.get("messages")));
  return out;
}

// Takes away cache marks, and what the service says of a result that the recording client does not pass back.
json::Value without_marks(json::Value value) {
  if (value.is_array()) {
    for (json::Value& element : value.as_array()) element = without_marks(std::move(element));
  } else if (value.is_object()) {
    value.erase("cache_control");
    if (value.has("citations") && value.get("citations").is_null()) value.erase("citations");
    if (value.get("type").string_or("").ends_with("_tool_result")) value.erase("caller");
    for (auto& [key, member] : value.as_object()) member = without_marks(std::move(member));
  }
  return value;
}

json::Value text_block(std::string_view text) {
  return json::object({{"type", "text"}, {"text", text}});
}

json::Value canonical_content(const json::Value& content) {
  if (content.is_string()) return json::array({text_block(content.as_string())});
  json::Value out = json::array({});
  for (const json::Value& from : content.as_array()) {
    json::Value block = from;
    if (block.get("type").string_or("") == "text" && os::trim(block.get("text").string_or("")).empty())
      continue;
    if (block.get("type").string_or("") == "tool_result") {
      if (!block.get("is_error").bool_or(false)) block.erase("is_error");
      const json::Value& inner = from.get("content");
      block.set("content", inner.is_null() ? json::array({}) : canonical_content(inner));
    }
    block.erase("citations");
    out.push_back(std::move(block));
  }
  return out;
}

json::Value canonical_tools(const json::Value& tools) {
  json::Array sorted;
  for (size_t i = 0; i < tools.size(); ++i) {
    json::Value tool = json::object({});
    for (const auto& [key, value] : tools.at(i).as_object()) {
      const bool empty = value.is_null() || (key == "description" && value.string_or("").empty());
      if (!empty) tool.set(key, value);
    }
    sorted.push_back(std::move(tool));
  }
  std::ranges::sort(sorted, {}, [](const json::Value& tool) { return json::write(tool.get("name")); });
  return sorted;
}

json::Value canonical(const json::Value& body) {
  json::Value out = without_marks(body);
  out.erase("stream");
  json::Value messages = json::array({});
  for (const json::Value& message : out.get("messages").as_array()) {
    json::Value content = canonical_content(message.get("content"));
    if (!messages.empty() && messages.as_array().back().get("role") == message.get("role")) {
      for (json::Value& block : content.as_array())
        messages.as_array().back().find("content")->push_back(std::move(block));
    } else {
      messages.push_back(json::object({{"role", message.get("role")}, {"content", std::move(content)}}));
    }
  }
  out.set("messages", std::move(messages));
  if (out.has("system")) out.set("system", canonical_content(out.get("system")));
  if (out.get("system").empty()) out.erase("system");
  out.set("tools", canonical_tools(out.get("tools")));
  return out;
}

bool optional_block(const json::Value& block) {
  const std::string_view type = block.get("type").string_or("");
  return type == "thinking" || type == "redacted_thinking" || (type.ends_with("_tool_use")) ||
         (type.ends_with("_tool_result"));
}

Facts document_facts(const json::Value& document) {
  std::string text, reasoning;
  json::Value calls = json::array({});
  for (const json::Value& block : document.get("content").as_array()) {
    text += block.get("text").string_or("");
    reasoning += block.get("thinking").string_or("");
    if (block.get("type").string_or("") == "tool_use")
      calls.push_back(call_fact(text_of(block, "id"), text_of(block, "name"), block.get("input")));
  }
  const json::Value& usage = document.get("usage");
  return facts(text, reasoning, std::move(calls), usage.get("input_tokens"), usage.get("output_tokens"));
}

Facts event_facts(const std::vector<NamedEvent>& events) {
  std::string text, reasoning;
  json::Value open, calls = json::array({}), output;
  std::string input;
  for (const NamedEvent& event : events) {
    const json::Value& delta = event.data.get("delta");
    text += delta.get("text").string_or("");
    reasoning += delta.get("thinking").string_or("");
    input += delta.get("partial_json").string_or("");
    if (event.name == "content_block_start") {
      open = event.data.get("content_block");
      input.clear();
    }
    if (event.name == "content_block_stop" && open.get("type").string_or("") == "tool_use") {
      calls.push_back(call_fact(text_of(open, "id"), text_of(open, "name"),
                                json::parse(input.empty() ? "{}" : input).value_or(json::Value())));
    }
    if (event.name == "message_delta") output = event.data.get("usage").get("output_tokens");
  }
  return facts(text, reasoning, std::move(calls), {}, std::move(output));
}

}  // namespace

CassetteApi anthropic_cassettes() {
  return {"anthropic", make_anthropic_codec, read, canonical, optional_block, document_facts, event_facts};
}

}  // namespace soma::model
