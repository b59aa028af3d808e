#include "core/model/providers/gemini_contents.h"

#include <algorithm>
#include <map>
#include <string>

#include <fmt/format.h>
#include "core/model/providers/codec.h"
#include "core/model/providers/history.h"

namespace soma::model {
namespace {

// What the service documents for calls that it did not make.
constexpr std::string_view kForeignCallSignature = "skip_thought_signature_validator";
constexpr std::array<std::string_view, 2> kWithoutSignatures = {"gemini-1", "gemini-2"};

bool wants_signatures(std::string_view model) {
  const std::string_view name = model.substr(model.rfind('/') + 1);
  return name.starts_with("gemini-") &&
         std::ranges::none_of(kWithoutSignatures,
                              [&](std::string_view family) { return name.starts_with(family); });
}

json::Value text_part(std::string text) {
  return json::object({{"text", std::move(text)}});
}

json::Value media_part(std::string_view kind, const Media& media) {
  const std::string mime = media.format.contains('/') ? media.format : mime_type_of(media.format);
  if (!media.url.empty())
    return json::object({{"fileData", json::object({{"mimeType", mime}, {"fileUri", media.url}})}});
  if (is_text_format(media.format)) {
    const std::string text = os::to_valid_utf8(media.bytes);
    return text_part(media.name.empty() ? text : fmt::format("{}:\n{}", media.name, text));
  }
  const bool readable = media.format == "pdf" || mime.starts_with("image/") || mime.starts_with("audio/") ||
                        mime.starts_with("video/");
  if (!readable) return text_part(unreadable_note(kind, media));
  return json::object(
      {{"inlineData", json::object({{"mimeType", mime}, {"data", os::base64_encode(media.bytes)}})}});
}

class ContentWriter {
 public:
  explicit ContentWriter(std::string_view model) : signatures_(wants_signatures(model)) {}

  void add(const Message& message) {
    parts_ = json::array({});
    after_ = json::array({});
    signature_.clear();
    signed_call_ = false;
    for (const Block& block : message.content) std::visit([this](const auto& b) { on(b); }, block);
    if (!signature_.empty()) add_part(text_part(""));  // it came alone, at the end of a stream
    for (json::Value& part : after_.as_array()) parts_.push_back(std::move(part));
    if (parts_.empty()) return;
    const std::string_view role = message.role == Role::kUser ? "user" : "model";
    contents_.push_back(json::object({{"role", role}, {"parts", std::move(parts_)}}));
  }

  json::Value take() { return std::move(contents_); }

 private:
  // The signature that waits goes onto this part.
  void add_part(json::Value part) {
    if (!signature_.empty()) part.set("thoughtSignature", std::exchange(signature_, {}));
    parts_.push_back(std::move(part));
  }

  void on(const Text& text) { add_part(text_part(text.text)); }
  void on(const Image& image) { add_part(media_part("image", image.media)); }
  void on(const Document& document) { add_part(media_part("document", document.media)); }

  void on(const Reasoning& reasoning) {
    if (!signature_.empty()) add_part(text_part(""));
    if (reasoning.text.empty()) {
      signature_ = reasoning.signature;
      return;
    }
    json::Value part = json::object({{"text", reasoning.text}, {"thought", true}});
    if (!reasoning.signature.empty()) part.set("thoughtSignature", reasoning.signature);
    parts_.push_back(std::move(part));
  }

  void on(const ToolUse& use) {
    if (!use.origin.empty()) return add_part(use.input);  // a server's part, as it came
    names_[use.id] = use.name;
    // Of parallel calls the first alone is signed.
    if (signatures_ && signature_.empty() && !signed_call_) signature_ = kForeignCallSignature;
    signed_call_ = true;
    add_part(json::object(
        {{"functionCall", json::object({{"id", use.id}, {"name", use.name}, {"args", use.input}})}}));
  }

  void on(const ToolResult& result) {
    const auto name = names_.find(result.tool_use_id);
    if (name == names_.end()) {
      const json::Value* part = only_json(result);
      if (part != nullptr && is_server_result(*part)) add_part(*part);
      return;
    }
    json::Value response = json::object({{"id", result.tool_use_id}, {"name", name->second}});
    json::Value media = json::array({});
    response.set("response", response_of(result, media));
    // Media inside a result came with Gemini 3; older models get them after the results.
    if (!media.empty() && signatures_) {
      response.set("parts", std::move(media));
    } else {
      for (json::Value& part : media.as_array()) after_.push_back(std::move(part));
    }
    add_part(json::object({{"functionResponse", std::move(response)}}));
  }

  static const json::Value* only_json(const ToolResult& result) {
    const auto* content =
        result.content.size() == 1 ? std::get_if<JsonContent>(&result.content.front()) : nullptr;
    return content != nullptr && content->value.is_object() ? &content->value : nullptr;
  }

  static bool is_server_result(const json::Value& part) {
    return std::ranges::any_of(kServerResults, [&](std::string_view kind) { return part.has(kind); });
  }

  // An object stays what it is; anything else goes under the service's own names, output and error.
  static json::Value response_of(const ToolResult& result, json::Value& media) {
    if (const json::Value* object = only_json(result); object != nullptr && !result.error) return *object;
    std::string text;
    const auto append = [&](std::string_view piece) {
      if (!text.empty()) text += '\n';
      text += piece;
    };
    const auto attach = [&](std::string_view kind, const Media& source) {
      json::Value part = media_part(kind, source);
      if (part.has("text")) return append(part.get("text").as_string());
      media.push_back(std::move(part));
    };
    for (const ResultContent& content : result.content) {
      if (const auto* piece = std::get_if<Text>(&content)) append(piece->text);
      if (const auto* value = std::get_if<JsonContent>(&content)) append(json::write(value->value));
      if (const auto* image = std::get_if<Image>(&content)) attach("image", image->media);
      if (const auto* document = std::get_if<Document>(&content)) attach("document", document->media);
    }
    if (text.empty() && !media.empty() && !result.error) return json::object({});
    return json::object({{result.error ? "error" : "output", std::move(text)}});
  }

  const bool signatures_;
  json::Value contents_ = json::array({});
  json::Value parts_, after_;  // of the message at hand; after_ follows the tool results
  std::string signature_;      // waits for the part that it belongs to
  bool signed_call_ = false;
  std::map<std::string, std::string> names_;  // of calls, by id
};

}  // namespace

json::Value gemini_contents(const ConverseRequest& request) {
  const HistoryRules rules{
      .origin = kGeminiOrigin, .any_tool_id = true, .keep_reasoning = true, .keep_unsigned_reasoning = true};
  ContentWriter writer(request.model.model_id);
  for (const Message& message : portable_history(request.messages, rules)) writer.add(message);
  return writer.take();
}

}  // namespace soma::model
