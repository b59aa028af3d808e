// Recorded generateContent requests read back into soma's shape.
#include <algorithm>
#include <map>
#include <set>
#include <span>

#include <fmt/format.h>
#include "core/model/providers/cassette_test_kit.h"
#include "core/model/providers/gemini_contents.h"

namespace soma::model {
namespace {

std::string text_of(const json::Value& value, std::string_view key) {
  return std::string(value.get(key).string_or(""));
}

// The recording client writes some members in snake_case, which the service takes too.
json::Value camel(json::Value value);

std::string camel_key(std::string_view key) {
  std::string out;
  for (size_t i = 0; i < key.size(); ++i) {
    if (key[i] == '_' && i + 1 < key.size() && key[i + 1] >= 'a' && key[i + 1] <= 'z') {
      out += static_cast<char>(key[++i] - 'a' + 'A');
    } else {
      out += key[i];
    }
  }
  return out;
}

json::Value camel(json::Value value) {
  static const std::set<std::string, std::less<>> kFree = {"args", "response", "parametersJsonSchema",
                                                           "responseJsonSchema", "parameters"};
  if (value.is_array()) {
    for (json::Value& element : value.as_array()) element = camel(std::move(element));
  } else if (value.is_object()) {
    for (auto& [key, member] : value.as_object()) {
      key = camel_key(key);
      if (!kFree.contains(key)) member = camel(std::move(member));
    }
  }
  return value;
}

// A part's media, hosted or in place. Text documents are out: they go as text.
template <class Content>
os::Result<Content> media_of(const json::Value& part) {
  const json::Value& data = part.has("fileData") ? part.get("fileData") : part.get("inlineData");
  Media media{.format = text_of(data, "mimeType"), .url = text_of(data, "fileUri")};
  if (media.format.starts_with("text/")) return out_of_scope("a text document as bytes");
  SOMA_ASSIGN(media.bytes, os::base64_decode(text_of(data, "data")));
  if (media.format.starts_with("image/")) return Image{std::move(media)};
  return Document{std::move(media)};
}

void read_signature(const json::Value& part, std::vector<Block>& out) {
  const std::string signature = text_of(part, "thoughtSignature");
  if (signature.empty() || part.get("thought").bool_or(false)) return;
  const auto bytes = os::base64_decode(signature);
  if (bytes && bytes->contains("skip_thought")) return;  // what is put on calls that another model made
  out.emplace_back(Reasoning{{}, signature, {}, std::string(kGeminiOrigin)});
}

os::Result<Block> read_result(const json::Value& from) {
  ToolResult result{text_of(from, "id"), false, {}};
  const json::Value& response = from.get("response");
  if (response.size() == 1 && response.get("error").is_string()) {
    result.error = true;
    result.content.emplace_back(Text{text_of(response, "error")});
  } else if (!response.empty() || from.get("parts").empty()) {
    result.content.emplace_back(JsonContent{response});
  }
  for (size_t i = 0; i < from.get("parts").size(); ++i) {
    SOMA_ASSIGN(ResultContent media, media_of<ResultContent>(from.get("parts").at(i)));
    result.content.push_back(std::move(media));
  }
  return result;
}

std::string_view member_of(const json::Value& part, std::span<const std::string_view> names) {
  const auto found = std::ranges::find_if(names, [&](std::string_view name) { return part.has(name); });
  return found == names.end() ? std::string_view() : *found;
}

// Code that the service runs has no id: one at a time.
std::string server_id(const json::Value& call) {
  return std::string(call.get("id").string_or("code"));
}

os::Result<> read_part(const json::Value& part, std::vector<Block>& out) {
  read_signature(part, out);
  if (part.has("videoMetadata")) return out_of_scope("a video's own frame rate");
  if (part.get("thought").bool_or(false)) {
    out.emplace_back(
        Reasoning{text_of(part, "text"), text_of(part, "thoughtSignature"), {}, std::string(kGeminiOrigin)});
  } else if (part.has("text")) {
    out.emplace_back(Text{text_of(part, "text")});
  } else if (part.has("functionCall")) {
    const json::Value& call = part.get("functionCall");
    out.emplace_back(ToolUse{text_of(call, "id"), text_of(call, "name"), call.get("args")});
  } else if (part.has("functionResponse")) {
    SOMA_ASSIGN(Block result, read_result(part.get("functionResponse")));
    out.push_back(std::move(result));
  } else if (part.has("fileData") || part.has("inlineData")) {
    SOMA_ASSIGN(Block media, media_of<Block>(part));
    out.push_back(std::move(media));
  } else if (const auto kind = member_of(part, kServerCalls); !kind.empty()) {
    out.emplace_back(ToolUse{server_id(part.get(kind)), std::string(kind),
                             json::object({{std::string(kind), part.get(kind)}}), "server_tool_use", "",
                             std::string(kGeminiOrigin)});
  } else if (const auto kind = member_of(part, kServerResults); !kind.empty()) {
    json::Value content = json::object({{std::string(kind), part.get(kind)}});
    out.emplace_back(ToolResult{server_id(part.get(kind)), false, {JsonContent{std::move(content)}}});
  } else {
    return out_of_scope("a part of an unknown kind");
  }
  return {};
}

bool is_plain_declaration(const json::Value& declaration) {
  return declaration.has("parametersJsonSchema") || !declaration.has("parameters");
}

json::Value read_tools(const json::Value& tools, ConverseRequest& out) {
  json::Value special = json::array({});
  for (size_t n = 0; n < tools.size(); ++n) {
    const json::Value& tool = tools.at(n);
    const json::Value& list = tool.get("functionDeclarations");
    const bool plain = list.is_array() && std::ranges::all_of(list.as_array(), is_plain_declaration);
    if (!plain) special.push_back(tool);
    for (size_t i = 0; plain && i < list.size(); ++i) {
      out.tools.push_back({text_of(list.at(i), "name"), text_of(list.at(i), "description"),
                           list.at(i).get("parametersJsonSchema")});
    }
  }
  return special;
}

void read_generation(const json::Value& config, ModelSettings& out, json::Value& extra) {
  json::Value rest = json::object({});
  for (const auto& [key, value] : config.as_object()) {
    if (key == "maxOutputTokens") {
      out.max_tokens = value.int_or(0);
    } else if (key == "temperature") {
      out.temperature = value.double_or(0);
    } else if (key == "topP") {
      out.top_p = value.double_or(0);
    } else if (key == "topK") {
      out.top_k = static_cast<int64_t>(value.double_or(0));
    } else if (key == "stopSequences") {
      for (const json::Value& each : value.as_array()) out.stop_sequences.emplace_back(each.string_or(""));
    } else {
      rest.set(key, value);
    }
  }
  if (!rest.empty()) extra.set("generationConfig", std::move(rest));
}

os::Result<ConverseRequest> read(const json::Value& request) {
  const std::string path = text_of(request, "path");
  const std::string verb = path.substr(path.rfind(':') + 1);
  if (!verb.ends_with("enerateContent")) return out_of_scope(fmt::format("{} is no conversation", verb));
  const json::Value body = camel(request.get("body"));
  ConverseRequest out;
  out.model.provider = "gemini";
  const size_t name = path.rfind('/') + 1;
  out.model.model_id = path.substr(name, path.rfind(':') - name);
  json::Value extra = json::object({});
  for (const auto& [key, value] : body.as_object()) {
    if (key == "systemInstruction") {
      for (size_t i = 0; i < value.get("parts").size(); ++i)
        out.system.push_back(text_of(value.get("parts").at(i), "text"));
    } else if (key == "tools") {
      if (json::Value special = read_tools(value, out); !special.empty())
        extra.set("tools", std::move(special));
    } else if (key == "generationConfig") {
      read_generation(value, out.model, extra);
    } else if (key != "contents") {
      extra.set(key, value);
    }
  }
  out.model.additional_params = std::move(extra);
  for (const json::Value& content : body.get("contents").as_array()) {
    Message message{text_of(content, "role") == "model" ? Role::kAssistant : Role::kUser, {}};
    for (size_t i = 0; i < content.get("parts").size(); ++i)
      SOMA_TRY(read_part(content.get("parts").at(i), message.content));
    out.messages.push_back(std::move(message));
  }
  return out;
}

// ---- one form for recorded bodies and ours

// Ids that a client made differ from run to run: the first call is #0, the second #1.
class Ids {
 public:
  std::string of(const json::Value& id) {
    return fmt::format("#{}", ids_.try_emplace(std::string(id.string_or("")), ids_.size()).first->second);
  }

 private:
  std::map<std::string, size_t> ids_;
};

// The recording client writes signatures in the URL's alphabet of base64.
std::string canonical_signature(std::string signature) {
  std::ranges::replace(signature, '-', '+');
  std::ranges::replace(signature, '_', '/');
  const auto bytes = os::base64_decode(signature);
  return signature == "skip/thought/signature/validator" || (bytes && bytes->contains("skip_thought"))
             ? ""
             : signature;
}

json::Value canonical_part(json::Value part, Ids& ids) {
  const std::string signature = canonical_signature(text_of(part, "thoughtSignature"));
  part.erase("thoughtSignature");
  if (!signature.empty()) part.set("thoughtSignature", signature);
  for (const std::string_view key : {"functionCall", "functionResponse"}) {
    if (json::Value* call = part.find(key)) call->set("id", ids.of(call->get("id")));
  }
  return part;
}

json::Value canonical_tools(const json::Value& tools) {
  json::Value out = json::object({});
  for (size_t i = 0; i < tools.size(); ++i) {
    const json::Value& list = tools.at(i).get("functionDeclarations");
    for (size_t k = 0; k < list.size(); ++k) out.set(text_of(list.at(k), "name"), list.at(k));
    if (!list.is_array()) out.set(json::write(tools.at(i)), true);
  }
  return out;
}

json::Value canonical(const json::Value& recorded) {
  const json::Value body = camel(recorded);
  json::Value out = json::object({});
  for (const auto& [key, value] : body.as_object()) {
    if (key == "contents" || key == "tools" || key == "systemInstruction") continue;
    if (!value.empty()) out.set(key, value);
  }
  Ids ids;
  json::Value messages = json::array({});
  for (const json::Value& content : body.get("contents").as_array()) {
    json::Value blocks = json::array({});
    for (size_t i = 0; i < content.get("parts").size(); ++i)
      blocks.push_back(canonical_part(content.get("parts").at(i), ids));
    messages.push_back(json::object({{"role", content.get("role")}, {"content", std::move(blocks)}}));
  }
  out.set("messages", std::move(messages));
  out.set("tools", canonical_tools(body.get("tools")));
  std::string system;
  const json::Value& texts = body.get("systemInstruction").get("parts");
  for (size_t i = 0; i < texts.size(); ++i) system += text_of(texts.at(i), "text") + "\n";
  out.set("system", system);
  return out;
}

// ---- what an answer says

class FactWriter {
 public:
  void add(const json::Value& answer) {
    if (id_.empty()) id_ = text_of(answer, "responseId");
    const json::Value& parts = answer.get("candidates").at(0).get("content").get("parts");
    for (size_t i = 0; i < parts.size(); ++i) {
      const json::Value& part = parts.at(i);
      (part.get("thought").bool_or(false) ? reasoning_ : text_) += text_of(part, "text");
      const json::Value& call = part.get("functionCall");
      if (!call.is_object()) continue;
      const std::string made = fmt::format("call_{}_{}", id_, calls_.size());
      calls_.push_back(call_fact(call.get("id").string_or(made), text_of(call, "name"),
                                 call.get("args").is_object() ? call.get("args") : json::object({})));
    }
    if (answer.get("usageMetadata").is_object()) usage_ = answer.get("usageMetadata");
  }

  Facts take() {
    const auto count = [&](std::string_view key) { return usage_.get(key).int_or(0); };
    const int64_t input =
        count("promptTokenCount") + count("toolUsePromptTokenCount") - count("cachedContentTokenCount");
    return facts(text_, reasoning_, std::move(calls_), input,
                 count("candidatesTokenCount") + count("thoughtsTokenCount"));
  }

 private:
  std::string id_, text_, reasoning_;
  json::Value calls_ = json::array({}), usage_;
};

Facts document_facts(const json::Value& document) {
  FactWriter writer;
  writer.add(document);
  return writer.take();
}

Facts event_facts(const std::vector<NamedEvent>& events) {
  FactWriter writer;
  for (const NamedEvent& event : events) writer.add(event.data);
  return writer.take();
}

bool may_be_left_out(const json::Value& block) {
  return block.has("thought") || !member_of(block, kServerCalls).empty() ||
         !member_of(block, kServerResults).empty();
}

}  // namespace

CassetteApi gemini_cassettes() {
  return {"gemini", make_gemini_codec, read, canonical, may_be_left_out, document_facts, event_facts};
}

}  // namespace soma::model
