// Recorded exchanges of real services as tests of the codecs. One row for each API (cassette_<api>_test.cpp)
// says how to read a recorded request back into soma's own shape; the rest is common (cassettes_test.cpp).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/model/providers/codec.h"

namespace soma::model {

// What an answer says, told without the codec under test:
// {"text": all text joined, "reasoning": all reasoning text joined, "calls": [{"id", "name", "arguments"}] of
// the client's tools, "input": tokens, "output": tokens}. A member that is null is not compared.
using Facts = json::Value;

struct NamedEvent {
  std::string name;
  json::Value data;  // null when it is no JSON ("[DONE]")
};

struct CassetteApi {
  std::string_view folder;
  std::unique_ptr<Codec> (*codec)(const ModelSettings& settings);
  // `request` is {method, host, path, query, headers, body}. kUnsupported: out of scope, the message is the
  // reason ("count_tokens only").
  os::Result<ConverseRequest> (*read)(const json::Value& request);
  // A body, recorded or our own, in one form: an object whose "messages" are [{"role", "content": [blocks]}]
  // and whose other members are compared as they are. Takes away what does not matter: stream flags,
  // defaults, cache marks.
  json::Value (*canonical)(const json::Value& body);
  // A block that we may pass back although the recording client left it out: reasoning, server-side calls.
  bool (*optional_block)(const json::Value& block);
  Facts (*document_facts)(const json::Value& document);
  Facts (*event_facts)(const std::vector<NamedEvent>& events);
};

CassetteApi anthropic_cassettes();
CassetteApi bedrock_cassettes();
CassetteApi openai_chat_cassettes();
CassetteApi openai_responses_cassettes();
CassetteApi gemini_cassettes();

// A reader's refusal.
std::unexpected<os::Error> out_of_scope(std::string reason);
// Every string with typographic quotes, dashes and spaces in ASCII, as the recorder wrote part of them.
json::Value plain_punctuation(json::Value value);
// {"text": …} of the members that readers gather.
Facts facts(std::string text, std::string reasoning, json::Value calls, json::Value input_tokens,
            json::Value output_tokens);
json::Value call_fact(std::string_view id, std::string_view name, json::Value arguments);

}  // namespace soma::model
