// Input at coordinates of the window, as a person's hand would give it: parameters of the protocol's Input
// domain, in order.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"

namespace soma::tool::browser {

struct InputEvent {
  std::string method;  // "Input.dispatchMouseEvent"
  json::Value params;
};

struct Point {
  int64_t x = 0, y = 0;  // in pixels of the page's view
};
enum class MouseButton { kLeft, kRight, kMiddle };

std::vector<InputEvent> mouse_move(Point to);
std::vector<InputEvent> mouse_click(Point at, MouseButton button, int64_t count);
// Pressed at the beginning, moved in steps, released at the end.
std::vector<InputEvent> mouse_drag(Point from, Point to, MouseButton button);
std::vector<InputEvent> mouse_scroll(Point at, int64_t delta_x, int64_t delta_y);
// Text longer than what is quickly typed key by key comes in as one event.
std::vector<InputEvent> key_type(std::string_view text);
// A key as keys.h names it ("Enter", "Control+A"), pressed `presses` times. kInvalidArgument.
os::Result<std::vector<InputEvent>> key_presses(std::string_view combination, int64_t presses);

}  // namespace soma::tool::browser
