// What the two formats of the OpenAI API share: addresses, keys, errors, media. Private to the providers.
//
//   openai.h, openai.cpp   this file
//   openai_chat.cpp        Chat Completions: OpenAI, and every server that speaks it (Ollama, llama.cpp,
//   vLLM,
//                          LM Studio, LiteLLM, OpenRouter)
//   openai_responses.cpp   Responses
//
// Source: the OpenAI API reference.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/model/providers/codec.h"

namespace soma::model {

class OpenAiCodec : public Codec {
 public:
  explicit OpenAiCodec(const ModelSettings& settings) : api_base_(settings.api_base) {}
  // OPENAI_BASE_URL, else OpenAI's own.
  std::string default_base(const Environment& environment) const override;
  // Bearer. OPENAI_API_KEY goes only where it belongs: to OpenAI, or to OPENAI_BASE_URL; a server that
  // apiBase names gets the key that apiKeyArn names, or none.
  os::Result<> authorize(WireRequest& request, const std::string& url, const std::string& key,
                         const Environment& environment, os::Time now) const override;
  Failure error_of(int status, const net::Headers& headers, std::string_view body) const override;

 protected:
  // False for servers that speak OpenAI's format and are not OpenAI: they take older and further parameters.
  bool official() const;

 private:
  std::string api_base_;
};

inline constexpr std::string_view kChatOrigin = "openai_chat";

std::unique_ptr<Codec> make_openai_chat_codec(const ModelSettings& settings);
std::unique_ptr<Decoder> make_openai_chat_decoder();
std::unique_ptr<Codec> make_openai_responses_codec(const ModelSettings& settings);

// An error object that came inside a stream.
os::Error openai_stream_error(const json::Value& error);

// "data:image/png;base64,…" of the bytes.
std::string data_url(const Media& media);
// The media's MIME type; a format that is one already stays.
std::string mime_of(const Media& media);
bool is_address(std::string_view url);  // "https://…", and not a service's own file id
// A text document as text: its name in front, when it has one.
std::string document_text(const Media& media);
// Texts and JSON of a tool's result, joined by newlines; media are left out.
std::string result_text(const ToolResult& result);
bool has_media(const ToolResult& result);

// {"model", "temperature", "top_p"}: what both formats spell the same.
json::Value openai_body(const ModelSettings& settings);

}  // namespace soma::model
