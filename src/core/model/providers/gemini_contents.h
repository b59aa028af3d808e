// The `contents` of a Gemini request, made of messages. Private to gemini, which says what signatures are.
#pragma once

#include <array>
#include <string_view>

#include "core/model/model.h"

namespace soma::model {

inline constexpr std::string_view kGeminiOrigin = "gemini";
// Parts of tools that the service runs. A server tool use holds {"<part>": {…}} as its input, and its result
// the same.
inline constexpr std::array<std::string_view, 2> kServerCalls = {"toolCall", "executableCode"};
inline constexpr std::array<std::string_view, 2> kServerResults = {"toolResponse", "codeExecutionResult"};

json::Value gemini_contents(const ConverseRequest& request);

}  // namespace soma::model
