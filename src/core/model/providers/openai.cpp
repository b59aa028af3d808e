#include "core/model/providers/openai.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace soma::model {
namespace {

constexpr std::string_view kOpenAiBase = "https://api.openai.com/v1";
constexpr std::array<std::string_view, 2> kOfficialHosts = {"openai.com", "openai.azure.com"};

// The host is one of OpenAI's, or below one: "api.openai.com", not "openai.com.example".
bool is_official(std::string_view url) {
  const auto parsed = net::parse_url(url);
  if (!parsed || parsed->scheme != "https") return false;
  const std::string_view host = parsed->host;
  return std::ranges::any_of(kOfficialHosts, [&](std::string_view official) {
    return host == official || host.ends_with(fmt::format(".{}", official));
  });
}

// Error types and codes that mean "later", in both formats and in what routers in front of models send.
constexpr std::array<std::string_view, 6> kPassingErrors = {
    "server_error", "rate_limit_exceeded", "rate_limit_error", "overloaded", "overloaded_error", "timeout"};

}  // namespace

std::unique_ptr<Codec> make_openai_codec(const ModelSettings& settings) {
  return settings.api_format == "responses" ? make_openai_responses_codec(settings)
                                            : make_openai_chat_codec(settings);
}

bool OpenAiCodec::official() const {
  return api_base_.empty() || is_official(api_base_);
}

std::string OpenAiCodec::default_base(const Environment& environment) const {
  std::string base = environment("OPENAI_BASE_URL");
  while (base.ends_with('/')) base.pop_back();
  return base.empty() ? std::string(kOpenAiBase) : base;
}

os::Result<> OpenAiCodec::authorize(WireRequest& request, const std::string& url, const std::string& key,
                                    const Environment& environment, os::Time) const {
  const bool customary = api_base_.empty() || is_official(url);
  const std::string token = key.empty() && customary ? environment("OPENAI_API_KEY") : key;
  if (!token.empty()) {
    request.headers.set("authorization", fmt::format("Bearer {}", token));
  } else if (is_official(url)) {
    return os::fail(os::Code::kUnauthenticated, "there is no key for the OpenAI API",
                    "set OPENAI_API_KEY, or name a variable or a secret in apiKeyArn");
  }
  return {};
}

Failure OpenAiCodec::error_of(int status, const net::Headers& headers, std::string_view body) const {
  const auto document = json::parse(body);
  const json::Value& error = document ? document->get("error") : json::Value();
  std::string_view type = error.get("code").string_or(error.get("type").string_or(""));
  std::string_view message = error.get("message").string_or(error.string_or(document ? "" : body));
  Failure failure = failure_of_status(status, headers, "openai", type, message);
  if (type == "insufficient_quota") failure.retryable = false;  // a 429 that waiting does not mend
  return failure;
}

os::Error openai_stream_error(const json::Value& error) {
  const std::string_view type =
      os::utf8_prefix(error.get("code").string_or(error.get("type").string_or("error")), kMaxErrorTypeBytes);
  const int64_t status = error.get("code").int_or(0);  // routers give the far side's status
  const bool passing =
      (std::ranges::find(kPassingErrors, type) != kPassingErrors.end()) || status == 429 || status >= 500;
  const std::string message =
      os::to_valid_utf8(error.get("message").string_or(error.string_or("no message")));
  return os::Error{passing ? os::Code::kUnavailable : os::Code::kInvalidArgument,
                   fmt::format("openai ended the answer with an error, {}: {}", type,
                               os::utf8_prefix(message, kMaxErrorMessageBytes)),
                   {},
                   {{"type", std::string(type)}}};
}

std::string mime_of(const Media& media) {
  return media.format.contains('/') ? media.format : mime_type_of(media.format);
}

std::string data_url(const Media& media) {
  return fmt::format("data:{};base64,{}", mime_of(media), os::base64_encode(media.bytes));
}

bool is_address(std::string_view url) {
  return url.contains("://");
}

std::string document_text(const Media& media) {
  const std::string text = os::to_valid_utf8(media.bytes);
  return media.name.empty() ? text : fmt::format("{}:\n{}", media.name, text);
}

std::string result_text(const ToolResult& result) {
  std::string out;
  for (const ResultContent& content : result.content) {
    std::string piece;
    if (const auto* text = std::get_if<Text>(&content)) {
      piece = text->text;
    } else if (const auto* value = std::get_if<JsonContent>(&content)) {
      piece = json::write(value->value);
    } else {
      continue;
    }
    if (!out.empty()) out += '\n';
    out += piece;
  }
  return out;
}

bool has_media(const ToolResult& result) {
  return std::ranges::any_of(result.content, [](const ResultContent& content) {
    return std::holds_alternative<Image>(content) || std::holds_alternative<Document>(content);
  });
}

json::Value openai_body(const ModelSettings& settings) {
  json::Value body = json::object({{"model", settings.model_id}});
  if (settings.temperature) body.set("temperature", *settings.temperature);
  if (settings.top_p) body.set("top_p", *settings.top_p);
  return body;
}

}  // namespace soma::model
