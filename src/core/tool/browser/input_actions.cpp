// Clicking, hovering, pressing keys, scrolling.
#include <fmt/format.h>

#include "core/tool/browser/actions.h"
#include "core/tool/browser/keys.h"
#include "core/tool/browser/pointer.h"

namespace soma::tool::browser {

net::Task<Outcome> click(Session& session, Operation operation, const json::Value& input) {
  auto target = target_of(input);
  if (!target) co_return failure(session, target.error());
  auto before = co_await before_action(session, operation);
  if (!before) co_return failure(session, before.error());
  json::Value which = *target;
  auto place = co_await find_place(operation, *before->tab, std::move(which));
  if (!place) co_return failure(session, place.error());
  if (place->tag == "SELECT") {
    co_return failure(session,
                      {os::Code::kInvalidArgument, fmt::format("{} is a list of options", place->said),
                       "use action \"select\" with the option as value"});
  }
  if (place->type == "file") {
    co_return failure(session, {os::Code::kInvalidArgument, fmt::format("{} takes a file", place->said),
                                "use action \"type\" with a path in the workspace as text"});
  }
  auto clicked = co_await click_at(operation, *before->tab, *place);
  if (!clicked) co_return failure(session, clicked.error());
  co_return co_await after_action(session, operation, *before, fmt::format("Clicked {}.", place->said));
}

net::Task<Outcome> hover(Session& session, Operation operation, const json::Value& input) {
  auto target = target_of(input);
  if (!target) co_return failure(session, target.error());
  auto before = co_await before_action(session, operation);
  if (!before) co_return failure(session, before.error());
  json::Value which = *target;
  auto place = co_await find_place(operation, *before->tab, std::move(which));
  if (!place) co_return failure(session, place.error());
  auto moved = co_await move_mouse(operation, *before->tab, *place);
  if (!moved) co_return failure(session, moved.error());
  co_return co_await after_action(session, operation, *before,
                                  fmt::format("The mouse is over {}.", place->said));
}

net::Task<Outcome> press(Session& session, Operation operation, const json::Value& input) {
  std::string key(input.get("key").string_or(""));
  auto events = key_press(key);
  if (!events) co_return failure(session, events.error());
  auto before = co_await before_action(session, operation);
  if (!before) co_return failure(session, before.error());
  std::string where;
  if (auto target = target_of(input)) {
    json::Array arguments = {*target, false};
    auto focused = co_await before->tab->script(operation, "focusText", std::move(arguments), true);
    if (!focused) co_return failure(session, focused.error());
    where = " in " + json::write(*target);
  }
  auto pressed = co_await send_keys(operation, *before->tab, std::move(*events));
  if (!pressed) co_return failure(session, pressed.error());
  co_return co_await after_action(session, operation, *before, fmt::format("Pressed {}{}.", key, where));
}

net::Task<Outcome> scroll(Session& session, Operation operation, const json::Value& input) {
  auto before = co_await before_action(session, operation);
  if (!before) co_return failure(session, before.error());
  auto target = target_of(input);
  json::Value direction = input.get("direction");
  json::Array arguments = {target ? *target : json::Value(), direction, input.get("amount")};
  auto moved = co_await before->tab->script(operation, "scroll", std::move(arguments), true);
  if (!moved) co_return failure(session, moved.error());
  std::string did = "Scrolled the element into view.";
  if (moved->has("top")) {
    int64_t top = moved->get("top").int_or(0), view = moved->get("view").int_or(0);
    int64_t height = moved->get("height").int_or(0);
    did = fmt::format("Scrolled: pixels {} to {} of {} are in view.", top, std::min(top + view, height),
                      height);
  }
  co_return co_await after_action(session, operation, *before, did);
}

}  // namespace soma::tool::browser
