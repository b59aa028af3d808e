// What Anthropic's Messages API is asked: soma's messages, tools and settings as one JSON body.
#pragma once

#include <string_view>

#include "core/model/model.h"

namespace soma::model {

inline constexpr std::string_view kAnthropicOrigin = "anthropic";

json::Value anthropic_body(const ConverseRequest& request);

}  // namespace soma::model
