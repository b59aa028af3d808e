#include "core/tool/browser/pointer.h"

namespace soma::tool::browser {

namespace {

json::Value mouse_event(std::string_view type, const Place& place, int buttons) {
  json::Value event = json::object({{"type", type}, {"x", place.x}, {"y", place.y}});
  if (type != "mouseMoved") {
    event.set("button", "left");
    event.set("buttons", buttons);
    event.set("clickCount", 1);
  }
  return event;
}

// The page may go away under its own input: that is what clicking a link is for.
os::Result<> accept_navigation(const os::Result<json::Value>& answer) {
  if (answer || answer.error().code == os::Code::kInvalidArgument) return {};
  return std::unexpected(answer.error());
}

}  // namespace

net::Task<os::Result<Place>> find_place(Operation operation, Tab& tab, json::Value target) {
  json::Array arguments;
  arguments.push_back(std::move(target));
  auto found = co_await tab.script(operation, "locate", std::move(arguments), true);
  SOMA_CO_TRY(found);
  Place place;
  place.x = found->get("x").double_or(0);
  place.y = found->get("y").double_or(0);
  place.said = found->get("said").string_or("");
  place.kind = found->get("kind").string_or("");
  place.tag = found->get("tag").string_or("");
  place.type = found->get("type").string_or("");
  place.ref = found->get("ref").string_or("");
  place.editable = found->get("editable").bool_or(false);
  co_return place;
}

net::Task<os::Result<>> move_mouse(Operation operation, Tab& tab, const Place& place) {
  auto event = mouse_event("mouseMoved", place, 0);
  auto moved = co_await tab.call(operation, "Input.dispatchMouseEvent", std::move(event));
  co_return accept_navigation(moved);
}

net::Task<os::Result<>> click_at(Operation operation, Tab& tab, const Place& place) {
  tab.send("Input.dispatchMouseEvent", mouse_event("mouseMoved", place, 0));
  tab.send("Input.dispatchMouseEvent", mouse_event("mousePressed", place, 1));
  auto event = mouse_event("mouseReleased", place, 0);
  auto released = co_await tab.call(operation, "Input.dispatchMouseEvent", std::move(event));
  co_return accept_navigation(released);
}

net::Task<os::Result<>> send_keys(Operation operation, Tab& tab, std::vector<json::Value> events) {
  if (events.empty()) co_return os::Result<>();
  for (size_t index = 0; index + 1 < events.size(); ++index) {
    tab.send("Input.dispatchKeyEvent", std::move(events[index]));
  }
  json::Value last = std::move(events.back());
  auto answer = co_await tab.call(operation, "Input.dispatchKeyEvent", std::move(last));
  co_return accept_navigation(answer);
}

}  // namespace soma::tool::browser
