// The items of the Responses API's `input`, made of messages. Private to openai_responses; what markers and
// signatures are is said there.
#pragma once

#include <string>
#include <string_view>

#include "core/model/model.h"

namespace soma::model {

inline constexpr std::string_view kResponsesOrigin = "openai_responses";
// The name under which a search for tools that the client runs is a tool call.
inline constexpr std::string_view kToolSearch = "tool_search";

// An item whose phase, namespace or kind would be lost without a marker.
bool needs_marker(const json::Value& item);
std::string marker_of(const json::Value& item);
std::string reasoning_signature(const json::Value& item);

// The whole conversation as `input`.
json::Value items_of(const ConverseRequest& request);

}  // namespace soma::model
