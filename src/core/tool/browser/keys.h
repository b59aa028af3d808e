// Key names ("Enter", "Control+A", "ArrowDown") as the events that the browser's input takes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"

namespace soma::tool::browser {

// The parameters of Input.dispatchKeyEvent, in order, for one press: modifiers down, the key down and up,
// modifiers up. kInvalidArgument naming the nearest key.
os::Result<std::vector<json::Value>> key_press(std::string_view combination);
// The same for one character of typed text ("a", "É", "\n"), without modifiers.
std::vector<json::Value> character_press(std::string_view character);
// For each character of a UTF-8 text.
std::vector<json::Value> text_press(std::string_view text);

}  // namespace soma::tool::browser
