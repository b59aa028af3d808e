// Strategies as they are typed.
#pragma once

#include <string>
#include <string_view>

#include "base/json/json.h"
#include "base/os/os.h"

namespace soma::cli {

// "semantic", "semantic:Facts", "semantic:Facts:/facts/{actorId}/",
// "episodic:Cases:/cases/{actorId}/{sessionId}/:/cases/{actorId}/": the type, the name (default: one for the
// type), where records go, and of an episodic one where reflections go (defaults: the server's). The result
// is an element of the API's memoryStrategies. kInvalidArgument says what is wrong with the word.
os::Result<json::Value> parse_strategy(const std::string& word);

// The API's SEMANTIC, SUMMARIZATION, USER_PREFERENCE or EPISODIC, for that or one of the words above.
os::Result<std::string> parse_strategy_type_word(std::string_view word);

// What --strategy may be, for its help.
inline constexpr std::string_view kStrategyHelp =
    "semantic, summary, preference or episodic, then :NAME and :NAMESPACE-TEMPLATE (of episodic also "
    ":REFLECTION-TEMPLATE) if you like; can be repeated";

}  // namespace soma::cli
