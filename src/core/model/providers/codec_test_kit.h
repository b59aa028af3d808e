// Small things that the codecs' tests share.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include "core/model/providers/codec.h"

namespace soma::model {

struct Decoded {
  Message message;
  StopReason reason = StopReason::kPartialTurn;
  Usage usage;
  std::optional<os::Error> error;  // the first, of the decoder or of the assembler
};

namespace codec_test {

template <class Feed>
Decoded decoded(Feed feed) {
  MessageAssembler assembler;
  Decoded out;
  const EventSink sink = [&](StreamEvent event) {
    const auto added = assembler.add(event);
    if (!added && !out.error) out.error = added.error();
  };
  const os::Result<> fed = feed(sink);
  if (!fed) out.error = fed.error();
  out.message = assembler.message();
  out.reason = assembler.stop_reason();
  out.usage = assembler.usage();
  return out;
}

}  // namespace codec_test

inline Decoded decode_events(const Codec& codec,
                             const std::vector<std::pair<std::string, std::string>>& events) {
  const auto decoder = codec.decoder();
  return codec_test::decoded([&](const EventSink& sink) -> os::Result<> {
    for (const auto& [name, data] : events) SOMA_TRY(decoder->on_event(name, data, sink));
    return decoder->on_end(sink);
  });
}

inline Decoded decode_document(const Codec& codec, std::string_view document) {
  return codec_test::decoded([&](const EventSink& sink) -> os::Result<> {
    SOMA_ASSIGN(const json::Value parsed, json::parse(document));
    return codec.decoder()->on_document(parsed, sink);
  });
}

// The body that the provider of the request's settings is asked with.
inline json::Value encoded(const ConverseRequest& request) {
  const auto codec = request.model.provider == "gemini" ? make_gemini_codec(request.model)
                                                        : make_openai_codec(request.model);
  const auto wire = codec->encode(request);
  EXPECT_TRUE(wire.has_value()) << wire.error().to_string();
  return wire ? json::parse(wire->body).value_or(json::Value()) : json::Value();
}

inline Message user(std::string text) {
  return {Role::kUser, {Text{std::move(text)}}};
}

inline Message calls_tool(std::string id) {
  return {Role::kAssistant, {ToolUse{std::move(id), "f", json::object({})}}};
}

}  // namespace soma::model
