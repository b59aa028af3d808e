// Recorded Converse requests read back into soma's shape.
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

// Converse's blocks are soma's own, but for these.
os::Result<json::Value> own_block(const json::Value& block) {
  json::Value out = block;
  for (const std::string_view kind : {"image", "document"}) {
    json::Value* media = out.find(kind);
    if (media == nullptr) continue;
    const json::Value location = media->get("source").get("s3Location");
    if (location.has("uri")) media->set("source", json::object({{"url", location.get("uri")}}));
    media->erase("citations");
  }
  static constexpr std::string_view kKnown[] = {"text",       "json",  "reasoningContent", "toolUse",
                                                "toolResult", "image", "document"};
  for (const auto& [kind, value] : block.as_object()) {
    if (std::ranges::find(kKnown, kind) == std::end(kKnown)) return out_of_scope("a block of type " + kind);
  }
  if (json::Value* result = out.find("toolResult")) {
    json::Value content = json::array({});
    for (const json::Value& item : result->get("content").as_array()) {
      SOMA_ASSIGN(json::Value inner, own_block(item));
      content.push_back(std::move(inner));
    }
    result->set("content", std::move(content));
  }
  return out;
}

os::Result<Message> read_message(const json::Value& from, std::string_view origin) {
  json::Value content = json::array({});
  const bool by_model = from.get("role").string_or("") == "assistant";
  for (json::Value block : from.get("content").as_array()) {
    if (block.has("cachePoint")) continue;
    // What a tool of the service itself found stays as it is.
    if (json::Value* result = block.find("toolResult"); result != nullptr && by_model)
      result->set("content", json::array({json::object({{"json", *result}})}));
    SOMA_ASSIGN(json::Value own, own_block(block));
    content.push_back(std::move(own));
  }
  SOMA_ASSIGN(Message message,
              message_from_json(json::object({{"role", from.get("role")}, {"content", std::move(content)}})));
  for (Block& block : message.content) {
    if (auto* reasoning = std::get_if<Reasoning>(&block)) reasoning->origin = origin;
    auto* use = std::get_if<ToolUse>(&block);
    if (use != nullptr && !use->type.empty() && use->type != "tool_use") use->origin = origin;
  }
  return message;
}

bool is_plain_tool(const json::Value& tool) {
  static const std::set<std::string, std::less<>> kKnown = {"name", "description", "inputSchema"};
  const json::Value& spec = tool.get("toolSpec");
  return spec.is_object() && std::ranges::all_of(spec.as_object(), [](const json::Member& member) {
           return kKnown.contains(member.first);
         });
}

void read_tools(const json::Value& config, ConverseRequest& out, json::Value& extra) {
  json::Value rest = json::object({});
  for (const auto& [key, value] : config.as_object()) {
    if (key != "tools") rest.set(key, value);
  }
  json::Value special = json::array({});
  for (const json::Value& tool : config.get("tools").as_array()) {
    if (tool.has("cachePoint")) continue;
    if (!is_plain_tool(tool)) {
      special.push_back(tool);
      continue;
    }
    const json::Value& spec = tool.get("toolSpec");
    out.tools.push_back(
        {text_of(spec, "name"), text_of(spec, "description"), spec.get("inputSchema").get("json")});
  }
  if (!special.empty()) rest.set("tools", std::move(special));
  if (!rest.empty()) extra.set("toolConfig", std::move(rest));
}

void read_inference(const json::Value& config, ConverseRequest& out, json::Value& extra) {
  json::Value rest = json::object({});
  for (const auto& [key, value] : config.as_object()) {
    if (key == "maxTokens") {
      out.model.max_tokens = value.int_or(0);
    } else if (key == "temperature") {
      out.model.temperature = value.double_or(0);
    } else if (key == "topP") {
      out.model.top_p = value.double_or(0);
    } else if (key == "stopSequences") {
      for (const json::Value& each : value.as_array())
        out.model.stop_sequences.emplace_back(each.string_or(""));
    } else {
      rest.set(key, value);
    }
  }
  if (!rest.empty()) extra.set("inferenceConfig", std::move(rest));
}

os::Result<ConverseRequest> read(const json::Value& request) {
  const auto parts = os::split(request.get("path").string_or(""), '/');
  if (parts.size() != 4 || !parts[3].starts_with("converse"))
    return out_of_scope(fmt::format("{} is no conversation", parts.back()));
  ConverseRequest out;
  out.model.provider = "bedrock";
  SOMA_ASSIGN(out.model.model_id, os::percent_decode(parts[2]));
  const std::string origin(make_bedrock_codec(out.model)->origin());
  const json::Value& body = request.get("body");
  json::Value extra = json::object({});
  for (const auto& [key, value] : body.as_object()) {
    if (key == "system") {
      for (const json::Value& block : value.as_array()) {
        if (!block.has("cachePoint")) out.system.push_back(text_of(block, "text"));
      }
    } else if (key == "toolConfig") {
      read_tools(value, out, extra);
    } else if (key == "inferenceConfig") {
      read_inference(value, out, extra);
    } else if (key == "additionalModelRequestFields" && value.get("top_k").is_number()) {
      json::Value rest = value;
      out.model.top_k = value.get("top_k").int_or(0);
      rest.erase("top_k");
      extra.set(key, std::move(rest));
    } else if (key == "messages") {
      for (const json::Value& from : value.as_array()) {
        SOMA_ASSIGN(Message message, read_message(from, origin));
        out.messages.push_back(std::move(message));
      }
    } else {
      extra.set(key, value);
    }
  }
  out.model.additional_params = std::move(extra);
  return out;
}

// A blank text says nothing. Reasoning that came without a signature is written by the recording client as a
// text in think tags; soma does not pass it back.
bool says_nothing(const json::Value& block) {
  if (!block.has("text")) return false;
  const std::string_view text = os::trim(block.get("text").string_or(""));
  return text.empty() || (text.starts_with("<think>") && text.ends_with("</think>")) ||
         (text.starts_with("<thinking>") && text.ends_with("</thinking>"));
}

json::Value canonical_messages(const json::Value& messages) {
  json::Value out = json::array({});
  for (const json::Value& message : messages.as_array()) {
    json::Value content = json::array({});
    for (json::Value block : message.get("content").as_array()) {
      if (block.has("cachePoint") || says_nothing(block)) continue;
      if (json::Value* use = block.find("toolUse"); use && use->get("type").string_or("") == "tool_use")
        use->erase("type");
      if (json::Value* result = block.find("toolResult"); result && !result->has("status"))
        result->set("status", "success");
      content.push_back(std::move(block));
    }
    if (content.empty()) continue;
    if (!out.empty() && out.as_array().back().get("role") == message.get("role")) {
      for (json::Value& block : content.as_array())
        out.as_array().back().find("content")->push_back(std::move(block));
    } else {
      out.push_back(json::object({{"role", message.get("role")}, {"content", std::move(content)}}));
    }
  }
  return out;
}

json::Value canonical(const json::Value& body) {
  json::Value out = body;
  out.set("messages", canonical_messages(body.get("messages")));
  json::Value system = json::array({});
  for (size_t i = 0; i < body.get("system").size(); ++i) {
    if (body.get("system").at(i).has("text")) system.push_back(body.get("system").at(i));
  }
  out.set("system", std::move(system));
  if (json::Value* config = out.find("toolConfig")) {
    json::Array tools;
    for (size_t i = 0; i < config->get("tools").size(); ++i) {
      json::Value tool = config->get("tools").at(i);
      if (!tool.has("cachePoint")) tools.push_back(std::move(tool));
    }
    std::ranges::sort(tools, {},
                      [](const json::Value& tool) { return json::write(tool.get("toolSpec").get("name")); });
    config->set("tools", std::move(tools));
  }
  for (const std::string_view key : {"system", "inferenceConfig", "additionalModelRequestFields"}) {
    if (out.get(key).empty()) out.erase(key);
  }
  return out;
}

bool optional_block(const json::Value& block) {
  return block.has("reasoningContent") || block.get("toolUse").has("type") ||
         block.get("toolResult").has("type");
}

Facts document_facts(const json::Value& document) {
  std::string text, reasoning;
  json::Value calls = json::array({});
  for (const json::Value& block : document.get("output").get("message").get("content").as_array()) {
    text += block.get("text").string_or("");
    reasoning += block.get("reasoningContent").get("reasoningText").get("text").string_or("");
    if (const json::Value* use = block.find("toolUse"))
      calls.push_back(call_fact(text_of(*use, "toolUseId"), text_of(*use, "name"), use->get("input")));
  }
  const json::Value& usage = document.get("usage");
  return facts(text, reasoning, std::move(calls), usage.get("inputTokens"), usage.get("outputTokens"));
}

Facts event_facts(const std::vector<NamedEvent>& events) {
  std::string text, reasoning, input;
  json::Value open, calls = json::array({}), usage;
  for (const NamedEvent& event : events) {
    const json::Value& delta = event.data.get("delta");
    text += delta.get("text").string_or("");
    reasoning += delta.get("reasoningContent").get("text").string_or("");
    input += delta.get("toolUse").get("input").string_or("");
    if (event.name == "contentBlockStart") {
      open = event.data.get("start").get("toolUse");
      input.clear();
    }
    const bool is_client_call = open.is_object() && open.get("type").string_or("tool_use") == "tool_use";
    if (event.name == "contentBlockStop" && is_client_call) {
      calls.push_back(call_fact(text_of(open, "toolUseId"), text_of(open, "name"),
                                json::parse(input.empty() ? "{}" : input).value_or(json::Value())));
      open = {};
    }
    if (event.name == "metadata") usage = event.data.get("usage");
  }
  return facts(text, reasoning, std::move(calls), usage.get("inputTokens"), usage.get("outputTokens"));
}

}  // namespace

CassetteApi bedrock_cassettes() {
  return {"bedrock", make_bedrock_codec, read, canonical, optional_block, document_facts, event_facts};
}

}  // namespace soma::model
