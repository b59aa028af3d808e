// Recorded Responses requests read back into soma's shape.
#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>
#include "core/model/providers/cassette_test_kit.h"
#include "core/model/providers/openai_items.h"

namespace soma::model {
namespace {

constexpr std::string_view kEncrypted = "reasoning.encrypted_content";

std::string text_of(const json::Value& value, std::string_view key) {
  return std::string(value.get(key).string_or(""));
}

json::Value parsed(const json::Value& text) {
  return text.is_string() ? json::parse(text.as_string()).value_or(json::Value()) : text;
}

os::Result<Media> read_media(const json::Value& part) {
  const bool image = text_of(part, "type") == "input_image";
  Media media{.format = image ? "png" : "pdf", .name = text_of(part, "filename")};
  for (const std::string_view key : {"file_id", "file_url", "file_data", "image_url"}) {
    if (part.get(key).is_string()) media.url = text_of(part, key);
  }
  if (media.url.empty()) return out_of_scope(fmt::format("{} without its source", text_of(part, "type")));
  if (!media.url.starts_with("data:")) return media;
  const std::string url = std::exchange(media.url, {});
  media.format = format_of_mime(std::string_view(url).substr(5, url.find(';') - 5));
  if (is_text_format(media.format)) return out_of_scope("a text document as bytes");
  SOMA_ASSIGN(media.bytes, os::base64_decode(std::string_view(url).substr(url.find(',') + 1)));
  return media;
}

template <class Content>
os::Result<std::vector<Content>> read_parts(const json::Value& content) {
  std::vector<Content> out;
  if (content.is_string()) out.emplace_back(Text{content.as_string()});
  for (size_t i = 0; content.is_array() && i < content.size(); ++i) {
    const json::Value& part = content.at(i);
    if (part.has("text")) {
      out.emplace_back(Text{text_of(part, "text")});
      continue;
    }
    SOMA_ASSIGN(Media media, read_media(part));
    if (text_of(part, "type") == "input_image") {
      out.emplace_back(Image{std::move(media)});
    } else {
      out.emplace_back(Document{std::move(media)});
    }
  }
  return out;
}

Reasoning opaque(std::string signature, std::string text = {}) {
  return Reasoning{std::move(text), std::move(signature), {}, std::string(kResponsesOrigin)};
}

void read_reasoning(const json::Value& item, std::vector<Block>& out) {
  const json::Value& summary = item.get("summary");
  for (size_t i = 0; i + 1 < summary.size(); ++i) {
    out.emplace_back(
        opaque(reasoning_signature(json::object({{"id", item.get("id")}})), text_of(summary.at(i), "text")));
  }
  const std::string last = summary.empty() ? "" : text_of(summary.at(summary.size() - 1), "text");
  out.emplace_back(opaque(reasoning_signature(item), last));
}

// An item that the assistant made, as blocks.
os::Result<> read_assistant(const json::Value& item, std::vector<Block>& out) {
  const std::string type = text_of(item, "type");
  if (type == "reasoning") {
    read_reasoning(item, out);
    return {};
  }
  const bool search = type == "tool_search_call" && text_of(item, "execution") == "client";
  const bool server = !search && type != "function_call" && !item.has("content");
  if (server) {
    out.emplace_back(
        ToolUse{text_of(item, "id"), type, item, "server_tool_use", "", std::string(kResponsesOrigin)});
    return {};
  }
  json::Value named = item;
  if (type.empty()) named.set("type", "message");
  if (item.has("id") || needs_marker(named)) out.emplace_back(opaque(marker_of(named)));
  if (item.has("content")) {
    SOMA_ASSIGN(std::vector<Block> parts, read_parts<Block>(item.get("content")));
    std::ranges::move(parts, std::back_inserter(out));
  } else {
    out.emplace_back(ToolUse{text_of(item, "call_id"),
                             search ? std::string(kToolSearch) : text_of(item, "name"),
                             parsed(item.get("arguments"))});
  }
  return {};
}

os::Result<Block> read_result(const json::Value& item) {
  ToolResult result{text_of(item, "call_id"), false, {}};
  if (item.has("tools")) {
    result.content.emplace_back(JsonContent{json::object({{"tools", item.get("tools")}})});
    return result;
  }
  SOMA_ASSIGN(result.content, read_parts<ResultContent>(item.get("output")));
  return result;
}

os::Result<> read_item(const json::Value& item, ConverseRequest& out) {
  const std::string type = text_of(item, "type");
  const std::string role = text_of(item, "role");
  const bool client_output = type == "tool_search_output" && text_of(item, "execution") == "client";
  if (type == "additional_tools") return out_of_scope("tools added inside the conversation");
  if (role == "system" || role == "developer") {
    if (!out.messages.empty()) return out_of_scope("system messages inside the conversation");
    out.system.push_back(text_of(item, "content"));
    return {};
  }
  if (type == "function_call_output" || client_output) {
    SOMA_ASSIGN(Block result, read_result(item));
    const bool joins = !out.messages.empty() && out.messages.back().role == Role::kUser &&
                       std::holds_alternative<ToolResult>(out.messages.back().content.front());
    if (!joins) out.messages.push_back({Role::kUser, {}});
    out.messages.back().content.push_back(std::move(result));
    return {};
  }
  if (role == "user") {
    SOMA_ASSIGN(std::vector<Block> parts, read_parts<Block>(item.get("content")));
    out.messages.push_back({Role::kUser, std::move(parts)});
    return {};
  }
  if (out.messages.empty() || out.messages.back().role == Role::kUser)
    out.messages.push_back({Role::kAssistant, {}});
  return read_assistant(item, out.messages.back().content);
}

// Tools that soma's own spec can say; any other goes by additionalParams.
bool is_plain_tool(const json::Value& tool) {
  return text_of(tool, "type") == "function" && !tool.has("defer_loading");
}

json::Value read_tools(const json::Value& tools, ConverseRequest& out) {
  json::Value special = json::array({});
  for (size_t n = 0; n < tools.size(); ++n) {
    const json::Value& tool = tools.at(n);
    if (is_plain_tool(tool)) {
      out.tools.push_back({text_of(tool, "name"), text_of(tool, "description"), tool.get("parameters")});
    } else {
      special.push_back(tool);
    }
  }
  return special;
}

void read_settings(const json::Value& body, ConverseRequest& out) {
  json::Value extra = json::object({});
  for (const auto& [key, value] : body.as_object()) {
    if (key == "model") {
      out.model.model_id = value.string_or("");
    } else if (key == "temperature" && value.is_number()) {
      out.model.temperature = value.as_double();
    } else if (key == "instructions" && value.is_string()) {
      out.system.push_back(value.as_string());
    } else if (key == "tools") {
      if (json::Value special = read_tools(value, out); !special.empty())
        extra.set("tools", std::move(special));
    } else if (key == "include") {
      json::Value rest = json::array({});
      for (size_t i = 0; i < value.size(); ++i) {
        const json::Value& each = value.at(i);
        if (each.string_or("") != kEncrypted) rest.push_back(each);
      }
      extra.set("include", std::move(rest));
    } else if (key != "input" && key != "stream") {
      extra.set(key, value);
    }
  }
  out.model.additional_params = std::move(extra);
}

os::Result<ConverseRequest> read(const json::Value& request) {
  const std::string path = text_of(request, "path");
  if (path != "/v1/responses") {
    return out_of_scope(path.contains("input_tokens") ? "counting tokens is no conversation"
                                                      : "background mode: an answer fetched later");
  }
  ConverseRequest out;
  out.model.provider = "openai";
  out.model.api_format = "responses";
  const json::Value& body = request.get("body");
  read_settings(body, out);
  const json::Value& input = body.get("input");
  if (input.is_string()) out.messages.push_back({Role::kUser, {Text{input.as_string()}}});
  for (size_t i = 0; input.is_array() && i < input.size(); ++i) SOMA_TRY(read_item(input.at(i), out));
  return out;
}

// ---- one form for recorded bodies and ours

// One recording names calls by their item's id instead of their own: the first call is #0, the second #1.
class Ids {
 public:
  std::string of(const json::Value& id) {
    return fmt::format("#{}", ids_.try_emplace(std::string(id.string_or("")), ids_.size()).first->second);
  }

 private:
  std::map<std::string, size_t> ids_;
};

json::Value canonical_content(const json::Value& content) {
  json::Value out = json::array({});
  if (!content.string_or("").empty()) out.push_back(json::object({{"text", content}}));
  for (size_t i = 0; content.is_array() && i < content.size(); ++i) {
    json::Value part = content.at(i);
    for (const std::string_view key : {"annotations", "detail", "logprobs"}) part.erase(key);
    out.push_back(part.has("text") ? json::object({{"text", part.get("text")}}) : std::move(part));
  }
  return out;
}

json::Value canonical_item(const json::Value& item, Ids& ids) {
  const std::string type = text_of(item, "type");
  if (type == "function_call") {
    json::Value call =
        call_fact(ids.of(item.get("call_id")), text_of(item, "name"), parsed(item.get("arguments")));
    if (item.get("namespace").is_string()) call.set("namespace", item.get("namespace"));
    return call;
  }
  if (type == "function_call_output") {
    return json::object(
        {{"result_of", ids.of(item.get("call_id"))}, {"output", canonical_content(item.get("output"))}});
  }
  if (type == "reasoning") {
    return json::object({{"reasoning", item.get("id")},
                         {"encrypted", item.get("encrypted_content")},
                         {"summary", canonical_content(item.get("summary"))}});
  }
  // A server's item goes back as it came, where the recording client writes it anew from what it knows.
  json::Value out = json::object({{"item", type}, {"execution", item.get("execution")}});
  if (text_of(item, "execution") != "client") return out;
  out.set("call_id", ids.of(item.get("call_id")));
  out.set("status", item.get("status"));
  if (type == "tool_search_call") out.set("arguments", parsed(item.get("arguments")));
  return out;
}

void add_item(const json::Value& item, json::Value& messages, std::string& system, Ids& ids) {
  const std::string role = text_of(item, "role");
  if (role == "system" || role == "developer") {
    if (!system.empty()) system += "\n\n";
    system += text_of(item, "content");
    return;
  }
  const std::string type = text_of(item, "type");
  const bool user = role == "user" || type == "function_call_output" ||
                    (type == "tool_search_output" && text_of(item, "execution") == "client");
  json::Value blocks = json::array({});
  if (item.has("content") && type != "reasoning") {
    blocks = canonical_content(item.get("content"));
    if (item.get("phase").is_string() && !blocks.empty())
      blocks.as_array().back().set("phase", item.get("phase"));
  } else {
    blocks.push_back(canonical_item(item, ids));
  }
  const bool joins =
      !user && !messages.empty() && messages.at(messages.size() - 1).get("role").string_or("") == "assistant";
  if (!joins) {
    messages.push_back(json::object({{"role", user ? "user" : "assistant"}, {"content", std::move(blocks)}}));
    return;
  }
  for (json::Value& block : blocks.as_array())
    messages.as_array().back().find("content")->push_back(std::move(block));
}

json::Value canonical_tools(const json::Value& tools) {
  json::Value out = json::object({});
  for (size_t i = 0; i < tools.size(); ++i) {
    json::Value tool = tools.at(i);
    tool.erase("strict");
    if (tool.get("description").string_or("").empty()) tool.erase("description");
    out.set(fmt::format("{} {}", text_of(tool, "type"), text_of(tool, "name")), std::move(tool));
  }
  return out;
}

json::Value canonical(const json::Value& body) {
  static const std::set<std::string, std::less<>> kElsewhere = {"input", "instructions", "tools", "include",
                                                                "stream"};
  json::Value out = json::object({});
  for (const auto& [key, value] : body.as_object()) {
    if (value.is_null() || kElsewhere.contains(key)) continue;
    if (key == "tool_choice" && value.string_or("") == "auto") continue;
    out.set(key, value);
  }
  Ids ids;
  std::string system = text_of(body, "instructions");
  json::Value messages = json::array({});
  const json::Value& input = body.get("input");
  if (input.is_string())
    add_item(json::object({{"role", "user"}, {"content", input}}), messages, system, ids);
  for (size_t i = 0; input.is_array() && i < input.size(); ++i) add_item(input.at(i), messages, system, ids);
  json::Value include = json::array({});
  for (size_t i = 0; i < body.get("include").size(); ++i) {
    const json::Value& each = body.get("include").at(i);
    if (each.string_or("") != kEncrypted) include.push_back(each);
  }
  out.set("include", std::move(include));
  out.set("system", system);
  out.set("messages", std::move(messages));
  out.set("tools", canonical_tools(body.get("tools")));
  return out;
}

// ---- what an answer says

void add_facts(const json::Value& item, std::string& text, std::string& reasoning, json::Value& calls) {
  const std::string type = text_of(item, "type");
  const json::Value& list =
      type == "reasoning" && !item.get("summary").empty() ? item.get("summary") : item.get("content");
  std::string& out = type == "reasoning" ? reasoning : text;
  for (size_t i = 0; i < list.size(); ++i)
    out += text_of(list.at(i), "text") + text_of(list.at(i), "refusal");
  const bool search = type == "tool_search_call" && text_of(item, "execution") == "client";
  if (type == "function_call" || search) {
    calls.push_back(call_fact(text_of(item, "call_id"),
                              search ? std::string(kToolSearch) : text_of(item, "name"),
                              parsed(item.get("arguments"))));
  }
}

Facts document_facts(const json::Value& document) {
  std::string text, reasoning;
  json::Value calls = json::array({});
  for (size_t i = 0; i < document.get("output").size(); ++i)
    add_facts(document.get("output").at(i), text, reasoning, calls);
  const json::Value& usage = document.get("usage");
  const json::Value& details = usage.get("input_tokens_details");
  const int64_t cached = details.get("cached_tokens").int_or(0) + details.get("cache_write_tokens").int_or(0);
  return facts(text, reasoning, std::move(calls), usage.get("input_tokens").int_or(0) - cached,
               usage.get("output_tokens"));
}

// The last event repeats the whole answer.
Facts event_facts(const std::vector<NamedEvent>& events) {
  for (const NamedEvent& event : events) {
    if (event.data.get("response").get("usage").is_object())
      return document_facts(event.data.get("response"));
  }
  return json::object({});
}

// The recording client leaves out some reasoning and some of the items that the service's tools made.
bool may_be_left_out(const json::Value& block) {
  return block.has("reasoning") || (block.has("item") && block.get("execution").string_or("") != "client");
}

}  // namespace

CassetteApi openai_responses_cassettes() {
  return {"openai-responses", make_openai_codec, read,       canonical,
          may_be_left_out,    document_facts,    event_facts};
}

}  // namespace soma::model
