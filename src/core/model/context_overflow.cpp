#include "core/model/context_overflow.h"

#include <algorithm>

namespace soma::model {
namespace {

// Globs over the lower-cased message. Numbers stand between the words, hence the stars.
constexpr std::string_view kOverflows[] = {
    // Error codes that several services share.
    "*context_length_exceeded*",
    "*model_context_window_exceeded*",
    "*context_window_exceeded*",
    "*exceed_context_size_error*",
    "*request_too_large*",
    // Anthropic; the second counts the answer's limit in.
    "*prompt is too long*",
    "*exceed context limit*",
    // Bedrock and the models behind it.
    "*input is too long for requested model*",
    "*too many input tokens*",
    // Gemini.
    "*input token count*exceeds the maximum*",
    // OpenAI: Chat, Responses.
    "*maximum context length*",
    "*exceeds the context window*",
    "*input tokens exceed*limit*",
    // Groq, xAI, Moonshot, Mistral, MiniMax, Qwen, Zhipu, routers before them.
    "*reduce the length of the messages*",
    "*maximum prompt length is*",
    "*exceeded model token limit*",
    "*too large for model with*maximum*",
    "*context window exceeds limit*",
    "*range of input length should be*",
    "*prompt exceeds max*",
    "*prompt token count*exceeds the limit*",
    "*tokens in request more than max tokens allowed*",
    // llama.cpp, vLLM, SGLang, LM Studio, Ollama, LiteLLM.
    "*exceeds the available context size*",
    "*context size has been exceeded*",
    "*exceed context window of*",
    "*longer than the maximum model length*",
    "*longer than the model's context length*",
    "*greater than the context length*",
    "*exceeds*context length*",
    "*exceeded*context length*",
    "*context length exceeded*",
    "*context window exceeded*",
    "*prompt too long*",
};

constexpr std::string_view kRateLimits[] = {
    "*rate limit*",       "*rate_limit*", "*ratelimit*",         "*tokens per min*", "*tokens per day*",
    "*token per minute*", "*quota*",      "*too many requests*", "*throttl*",
};

bool matches(std::span<const std::string_view> globs, std::string_view text) {
  return std::ranges::any_of(globs, [&](std::string_view glob) { return os::glob_match(glob, text); });
}

std::string_view detail(const os::Error& error, std::string_view name) {
  for (const auto& [key, value] : error.details)
    if (key == name) return value;
  return {};
}

}  // namespace

bool says_context_overflow(const os::Error& error) {
  // A refusal of the request, or a server's failure over it: local servers answer 500.
  if (error.code != os::Code::kInvalidArgument && error.code != os::Code::kLimitExceeded &&
      error.code != os::Code::kUnavailable)
    return false;
  const std::string_view status = detail(error, "status");
  const std::string said = os::to_lower(error.message) + " " + os::to_lower(detail(error, "type"));
  if (status == "429" || matches(kRateLimits, said)) return false;
  return status == "413" || matches(kOverflows, said);
}

}  // namespace soma::model
