// Conversations for the tests of context compaction, and the rules that every conversation has to keep.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/message.h"

namespace soma::harness {

inline model::Message user(std::string text) {
  return {model::Role::kUser, {model::Text{std::move(text)}}};
}
inline model::Message assistant(std::string text) {
  return {model::Role::kAssistant, {model::Text{std::move(text)}}};
}
inline model::ToolUse use(std::string id, std::string name = "shell", json::Value input = json::Object{}) {
  return {.id = std::move(id), .name = std::move(name), .input = std::move(input)};
}
inline model::ToolResult result(std::string id, std::string text = "done", bool error = false) {
  return {std::move(id), error, {model::Text{std::move(text)}}};
}
inline model::Message calls(std::vector<model::Block> blocks) {
  return {model::Role::kAssistant, std::move(blocks)};
}
inline model::Message results(std::vector<model::Block> blocks) {
  return {model::Role::kUser, std::move(blocks)};
}
// `turns` turns of one call and its result each, ids t<first>…
inline void add_turns(std::vector<model::Message>& messages, int turns, size_t bytes = 300, int first = 0,
                      const std::string& tool = "shell") {
  for (int i = first; i < first + turns; ++i) {
    const std::string id = "t" + std::to_string(i);
    messages.push_back(calls({model::Text{"step " + std::to_string(i)}, use(id, tool)}));
    messages.push_back(results({result(id, std::string(bytes, 'x'))}));
  }
}

inline std::string written(const model::Message& message) {
  return json::write(model::to_json(message));
}
inline std::vector<std::string> written(const std::vector<model::Message>& messages) {
  std::vector<std::string> out;
  for (const model::Message& message : messages) out.push_back(written(message));
  return out;
}

// Whether `message` has a call (ToolUse) or a result of that id.
inline bool has_call(const model::Message& message, std::string_view id) {
  return std::ranges::any_of(message.content, [&](const model::Block& block) {
    const auto* call = std::get_if<model::ToolUse>(&block);
    return call != nullptr && call->id == id;
  });
}
inline bool has_result(const model::Message& message, std::string_view id) {
  return std::ranges::any_of(message.content, [&](const model::Block& block) {
    const auto* answer = std::get_if<model::ToolResult>(&block);
    return answer != nullptr && answer->tool_use_id == id;
  });
}

// The roles alternate, from a user message on; every call but those of the last message has its result in the
// next one, and every result its call in the one before. Calls that the provider ran itself have theirs
// beside them.
inline void expect_valid(const std::vector<model::Message>& messages) {
  ASSERT_FALSE(messages.empty());
  for (size_t m = 0; m < messages.size(); ++m) {
    ASSERT_EQ(messages[m].role, m % 2 == 0 ? model::Role::kUser : model::Role::kAssistant) << m;
    ASSERT_FALSE(messages[m].content.empty()) << m;
    for (const model::Block& block : messages[m].content) {
      if (const auto* call = std::get_if<model::ToolUse>(&block)) {
        const size_t answered = call->origin.empty() ? m + 1 : m;
        if (answered < messages.size()) ASSERT_TRUE(has_result(messages[answered], call->id)) << call->id;
      }
      if (const auto* answer = std::get_if<model::ToolResult>(&block)) {
        ASSERT_TRUE(messages[m].role == model::Role::kAssistant || m > 0);
        const size_t called = messages[m].role == model::Role::kAssistant ? m : m - 1;
        ASSERT_TRUE(has_call(messages[called], answer->tool_use_id)) << answer->tool_use_id;
      }
    }
  }
}

}  // namespace soma::harness
