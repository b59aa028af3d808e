#include "core/tool/browser/raw_input.h"

#include "core/tool/browser/keys.h"

namespace soma::tool::browser {

namespace {

constexpr int kDragSteps = 10;         // pages that follow a drag look at the way, not only at its end
constexpr size_t kMaxTypedKeys = 300;  // bytes

struct Button {
  const char* name;
  int bit;  // of "buttons": what is held
};
Button button_of(MouseButton button) {
  if (button == MouseButton::kRight) return {"right", 2};
  return button == MouseButton::kMiddle ? Button{"middle", 4} : Button{"left", 1};
}

InputEvent mouse(std::string_view type, Point at) {
  return {"Input.dispatchMouseEvent", json::object({{"type", type}, {"x", at.x}, {"y", at.y}})};
}

InputEvent mouse(std::string_view type, Point at, MouseButton button, bool held, int64_t count) {
  const Button which = button_of(button);
  InputEvent event = mouse(type, at);
  event.params.set("button", which.name);
  event.params.set("buttons", held ? which.bit : 0);
  event.params.set("clickCount", count);
  return event;
}

std::vector<InputEvent> keys(std::vector<json::Value> events) {
  std::vector<InputEvent> out;
  for (json::Value& event : events) out.push_back({"Input.dispatchKeyEvent", std::move(event)});
  return out;
}

}  // namespace

std::vector<InputEvent> mouse_move(Point to) {
  return {mouse("mouseMoved", to)};
}

std::vector<InputEvent> mouse_click(Point at, MouseButton button, int64_t count) {
  std::vector<InputEvent> out = mouse_move(at);
  for (int64_t click = 1; click <= count; ++click) {
    out.push_back(mouse("mousePressed", at, button, true, click));
    out.push_back(mouse("mouseReleased", at, button, false, click));
  }
  return out;
}

std::vector<InputEvent> mouse_drag(Point from, Point to, MouseButton button) {
  std::vector<InputEvent> out = mouse_move(from);
  out.push_back(mouse("mousePressed", from, button, true, 1));
  for (int step = 1; step <= kDragSteps; ++step) {
    const Point at{from.x + (to.x - from.x) * step / kDragSteps,
                   from.y + (to.y - from.y) * step / kDragSteps};
    out.push_back(mouse("mouseMoved", at, button, true, 0));
  }
  out.push_back(mouse("mouseReleased", to, button, false, 1));
  return out;
}

std::vector<InputEvent> mouse_scroll(Point at, int64_t delta_x, int64_t delta_y) {
  InputEvent event = mouse("mouseWheel", at);
  event.params.set("deltaX", delta_x);
  event.params.set("deltaY", delta_y);
  return {std::move(event)};
}

std::vector<InputEvent> key_type(std::string_view text) {
  if (text.size() <= kMaxTypedKeys) return keys(text_press(text));
  return {{"Input.insertText", json::object({{"text", text}})}};
}

os::Result<std::vector<InputEvent>> key_presses(std::string_view combination, int64_t presses) {
  SOMA_ASSIGN(const std::vector<json::Value> once, key_press(combination));
  std::vector<InputEvent> out;
  for (int64_t press = 0; press < presses; ++press)
    for (const json::Value& event : once) out.push_back({"Input.dispatchKeyEvent", event});
  return out;
}

}  // namespace soma::tool::browser
