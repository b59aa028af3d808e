// What Bedrock's ConverseStream is asked: soma's messages, tools and settings as one JSON body.
//
// soma's own messages have Converse's shape, so that little is translated here. What Bedrock asks beyond its
// shapes: roles that alternate, a toolConfig whenever the history holds tool blocks, a text beside each
// document, document names of a small alphabet.
#pragma once

#include <string>
#include <string_view>

#include "core/model/model.h"

namespace soma::model {

// Signatures belong to the vendor whose model made them: "us.anthropic.claude-…" is "bedrock/anthropic".
std::string bedrock_origin(std::string_view model_id);
json::Value bedrock_body(const ConverseRequest& request);

}  // namespace soma::model
