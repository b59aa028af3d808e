#include "app/cli/render/journal_line.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/os/os.h"

namespace soma::cli {
namespace {

using json::Value;

std::string one_line(std::string_view text) {
  std::string out(os::utf8_prefix(text, kMaxJournalLineBytes));
  if (out.size() < text.size()) out += "…";
  std::ranges::replace_if(out, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  return out;
}

std::string text_of(const Value& content) {
  std::string out;
  for (size_t index = 0; index < content.size(); ++index) {
    const Value& block = content.at(index);
    const Value& image_file = block.get("image").get("source").get("file");
    std::string piece;
    if (block.get("text").is_string())
      piece = block.get("text").as_string();
    else if (block.has("json"))
      piece = json::write(block.get("json"));
    else if (image_file.is_string())
      piece = "[" + image_file.as_string() + "]";
    else if (block.has("toolUse"))
      piece = fmt::format("[calls {}]", block.get("toolUse").get("name").string_or("?"));
    if (piece.empty()) continue;
    if (!out.empty()) out += ' ';
    out += piece;
  }
  return out;
}

std::string tokens(const Value& usage) {
  return fmt::format("{} in · {} out", usage.get("inputTokens").int_or(0),
                     usage.get("outputTokens").int_or(0));
}

std::string seconds(const Value& body) {
  return fmt::format("{:.1f}s", body.get("latencyMs").double_or(0) / 1000.0);
}

std::string_view word(const Value& body, std::string_view key) {
  return body.get(key).string_or("?");
}

std::string started(const Value& body) {
  std::string prompt;
  const Value& messages = body.get("messages");
  if (!messages.empty()) prompt = text_of(messages.at(messages.size() - 1).get("content"));
  return fmt::format("{}/{} version {}: {}", word(body.get("model"), "provider"),
                     word(body.get("model"), "modelId"), word(body, "harnessVersion"), prompt);
}

std::string finished(const Value& body) {
  std::string line = fmt::format("{}, {} iterations, {} tool calls, {}, {}", word(body, "stopReason"),
                                 body.get("iterations").int_or(0), body.get("toolCalls").int_or(0),
                                 tokens(body.get("usage")), seconds(body));
  if (body.get("error").is_object()) line += fmt::format(": {}", word(body.get("error"), "message"));
  return line;
}

std::string summary(std::string_view type, const Value& body) {
  if (type == "session.created")
    return fmt::format("{}, session {}", word(body, "harnessName"), word(body, "sessionId"));
  if (type == "invocation.started") return started(body);
  if (type == "model.intent")
    return fmt::format("{}/{}, iteration {}", word(body, "provider"), word(body, "modelId"),
                       body.get("iteration").int_or(0));
  if (type == "model.result")
    return fmt::format("{}, {}, {}: {}", word(body, "stopReason"), tokens(body.get("usage")), seconds(body),
                       text_of(body.get("message").get("content")));
  if (type == "tool.intent") return fmt::format("{} {}", word(body, "name"), json::write(body.get("input")));
  if (type == "tool.result")
    return fmt::format("{} {}, {}: {}", word(body, "name"), word(body, "status"), seconds(body),
                       text_of(body.get("content")));
  if (type == "invocation.finished") return finished(body);
  if (type == "invocation.resumed" || type == "session.ended") return std::string(word(body, "reason"));
  return json::write(body);
}

// "2026-01-31T23:59:59.123Z" to "23:59:59.123".
std::string_view time_of_day(std::string_view at) {
  constexpr size_t kDateBytes = 11, kTimeBytes = 12;
  return at.size() < kDateBytes + kTimeBytes ? at : at.substr(kDateBytes, kTimeBytes);
}

}  // namespace

std::optional<std::string> journal_line(const Value& event) {
  const std::string_view type = event.get("type").string_or("?");
  if (type == "stream") return std::nullopt;
  return fmt::format("{}  #{:<4} {:<19}  {}", time_of_day(event.get("at").string_or("")),
                     event.get("seq").int_or(0), type, one_line(summary(type, event.get("body"))));
}

}  // namespace soma::cli
