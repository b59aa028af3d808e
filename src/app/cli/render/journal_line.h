// A session's journal in lines that a person reads.
#pragma once

#include <optional>
#include <string>

#include "base/json/json.h"

namespace soma::cli {

inline constexpr size_t kMaxJournalLineBytes = 240;  // of what is quoted; longer is cut with …

// "09:00:01.250  #4  tool.intent        browser {"action":"navigate", …}". Nothing for pieces of a stream:
// the message they add up to follows as model.result.
std::optional<std::string> journal_line(const json::Value& event);

}  // namespace soma::cli
