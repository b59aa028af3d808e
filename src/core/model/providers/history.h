// A conversation as one provider will take it, whoever answered its earlier turns.
//
// A session may change its model between any two turns. What another provider made and only it understands
// (reasoning signatures, encrypted reasoning, server-side tools and their results) is left out; tool call ids
// are spelled anew where the alphabet or the length does not fit, the same id always the same way, so that
// calls and results stay tied. Texts, tool calls, results and media stay. The result of a server-side call
// that is not there is left out.
#pragma once

#include <string_view>
#include <vector>

#include "core/model/message.h"

namespace soma::model {

struct HistoryRules {
  std::string_view origin;                // reasoning and server tools of this origin stay
  size_t max_tool_id_bytes = 64;          // of letters, digits, '_' and '-'
  std::string_view more_id_characters{};  // taken beside those
  bool any_tool_id = false;               // the API takes any id (or none): leave them
  bool keep_reasoning = true;             // false: the API has no place for reasoning
  bool keep_unsigned_reasoning = false;   // own reasoning without a signature is passed back too
};

// Names of tools are cut to what all APIs take: so many letters, digits, '_' and '-'.
inline constexpr size_t kMaxToolNameBytes = 64;

// Messages that lose all their blocks are left out; neighbours of one role are not joined. Reasoning of no
// origin counts as foreign.
std::vector<Message> portable_history(const std::vector<Message>& messages, const HistoryRules& rules);

}  // namespace soma::model
