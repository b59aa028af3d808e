#include "core/model/context_overflow.h"

#include <gtest/gtest.h>

namespace soma::model {
namespace {

os::Error refused(std::string message, std::string status = "400", std::string type = "") {
  os::Error error{os::Code::kInvalidArgument, std::move(message), {}, {{"status", std::move(status)}}};
  if (!type.empty()) error.details.emplace_back("type", std::move(type));
  return error;
}

TEST(ContextOverflow, KnowsTheWordingOfEachService) {
  const std::string_view messages[] = {
      "anthropic answered 400 invalid_request_error: prompt is too long: 213462 tokens > 200000 maximum",
      "anthropic answered 400 invalid_request_error: input length and `max_tokens` exceed context limit: "
      "188240 + "
      "21333 > 200000, decrease input length or `max_tokens` and try again",
      "openai answered 400 context_length_exceeded: This model's maximum context length is 8192 tokens. "
      "However, "
      "your messages resulted in 8545 tokens. Please reduce the length of the messages.",
      "openai answered 400: Your input exceeds the context window of this model. Please adjust your input",
      "openai ended the answer with an error, context_length_exceeded: too many",
      "openai answered 400: Input tokens exceed the configured limit of 272000 tokens.",
      "gemini answered 400 INVALID_ARGUMENT: The input token count (1196265) exceeds the maximum number of "
      "tokens "
      "allowed (1048575).",
      "bedrock answered 400 ValidationException: Input is too long for requested model.",
      "bedrock answered 400 ValidationException: Too many input tokens. Max input tokens: 8192, request "
      "input token "
      "count: 9279",
      "openai answered 400: the request exceeds the available context size, try increasing it",
      "openai answered 400 exceed_context_size_error: request (9120 tokens) exceeds the available context "
      "size (8192 "
      "tokens)",
      "openai answered 500: Context size has been exceeded.",
      "openai answered 400: Requested tokens (5012) exceed context window of 4096",
      "openai answered 400: The prompt (total length 40112) is longer than the maximum model length of 32768",
      "openai answered 400: The input (4500 tokens) is longer than the model's context length (4096 tokens).",
      "openai answered 400: The number of tokens to keep from the initial prompt is greater than the context "
      "length",
      "openai answered 400: the input length exceeds the context length",
      "openai answered 400: prompt too long; exceeded max context length by 312 tokens",
      "openai answered 400: This model's maximum prompt length is 131072 but the request contains 537812 "
      "tokens.",
      "openai answered 400: Please reduce the length of the messages or completion.",
      "openai answered 400: Your request exceeded model token limit: 262144 (requested: 300001)",
      "openai answered 400: Prompt contains 40012 tokens, too large for model with 32768 maximum context "
      "length",
      "openai answered 400: invalid params, context window exceeds limit",
      "openai answered 400: Range of input length should be [1, 129024]",
      "openai answered 400: Prompt exceeds max length",
  };
  for (const std::string_view message : messages)
    EXPECT_TRUE(says_context_overflow(refused(std::string(message)))) << message;
}

TEST(ContextOverflow, ReadsTheCodeAndTheStatusToo) {
  EXPECT_TRUE(says_context_overflow(refused("openai answered 400", "400", "context_length_exceeded")));
  os::Error too_large = refused("anthropic answered 413", "413");
  too_large.code = os::Code::kLimitExceeded;
  EXPECT_TRUE(says_context_overflow(too_large));
  os::Error local = refused("openai answered 500: Context size has been exceeded.", "500");
  local.code = os::Code::kUnavailable;
  EXPECT_TRUE(says_context_overflow(local));
}

TEST(ContextOverflow, IsNoRateLimitAndNoOtherRefusal) {
  const std::pair<std::string_view, std::string_view> others[] = {
      {"openai answered 429 rate_limit_exceeded: Request too large for gpt-4o on tokens per min (TPM): Limit "
       "30000, "
       "Requested 40112. The input or output tokens must be reduced",
       "429"},
      {"openai answered 400: prompt is too long for your rate limit of 10000 tokens per minute", "400"},
      {"anthropic answered 429 rate_limit_error: this request would exceed your organization's rate limit",
       "429"},
      {"gemini answered 429 RESOURCE_EXHAUSTED: You exceeded your current quota", "429"},
      {"bedrock answered 429 ThrottlingException: Too many tokens, please wait before trying again.", "429"},
      {"bedrock answered 400 ThrottlingException: Too many tokens per day", "400"},
      {"openai answered 400: max_tokens is too large: 100000. This model supports at most 16384 completion "
       "tokens",
       "400"},
      {"anthropic answered 400 invalid_request_error: max_tokens: 100000 > 8192, which is the maximum "
       "allowed number "
       "of output tokens",
       "400"},
      {"anthropic answered 400: messages.1: `tool_use` ids were found without `tool_result` blocks", "400"},
      {"openai answered 400: Invalid 'tools[0].name': string too long. Expected a string with maximum length "
       "64",
       "400"},
      {"", "400"},
  };
  for (const auto& [message, status] : others)
    EXPECT_FALSE(says_context_overflow(refused(std::string(message), std::string(status)))) << message;
}

TEST(ContextOverflow, OnlyARefusedRequestCanBeOne) {
  for (const os::Code code : {os::Code::kUnauthenticated, os::Code::kPermissionDenied, os::Code::kCancelled,
                              os::Code::kCorrupt, os::Code::kNotFound})
    EXPECT_FALSE(says_context_overflow({code, "prompt is too long: 3 tokens > 2 maximum"}));
}

}  // namespace
}  // namespace soma::model
