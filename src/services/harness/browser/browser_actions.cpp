#include "services/harness/browser/browser_actions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace soma::harness {

using json::Value;
using os::Code;
using os::Result;
using tool::browser::InputEvent;
using tool::browser::MouseButton;
using tool::browser::Point;
using Events = Result<std::vector<InputEvent>>;

namespace {

// The arguments of one action; errors name the member.
class Arguments {
 public:
  Arguments(std::string_view action, const Value& values) : action_(action), values_(values) {}

  Result<int64_t> whole(std::string_view name) const {
    const Value* value = values_.find(name);
    if (value == nullptr || !value->is_integer())
      return os::fail(Code::kInvalidArgument,
                      fmt::format("action/{}/{} must be a whole number", action_, name));
    return value->int_or(0);
  }
  Result<int64_t> whole(std::string_view name, int64_t fallback, int64_t least, int64_t most) const {
    if (!values_.has(name)) return fallback;
    SOMA_ASSIGN(const int64_t value, whole(name));
    if (value < least || value > most)
      return os::fail(Code::kInvalidArgument, fmt::format("action/{}/{} is {}; it must be {} to {}", action_,
                                                          name, value, least, most));
    return value;
  }
  Result<Point> point(std::string_view x, std::string_view y) const {
    SOMA_ASSIGN(const int64_t across, whole(x));
    SOMA_ASSIGN(const int64_t down, whole(y));
    return Point{across, down};
  }
  Result<MouseButton> button() const {
    const std::string_view named = values_.get("button").string_or("LEFT");
    if (named == "LEFT") return MouseButton::kLeft;
    if (named == "RIGHT") return MouseButton::kRight;
    if (named == "MIDDLE") return MouseButton::kMiddle;
    return os::fail(Code::kInvalidArgument, fmt::format("action/{}/button is '{}'", action_, named),
                    "use LEFT, RIGHT or MIDDLE");
  }
  Result<std::string> text(std::string_view name) const {
    const Value* value = values_.find(name);
    if (value == nullptr || !value->is_string())
      return os::fail(Code::kInvalidArgument, fmt::format("action/{}/{} is missing", action_, name));
    return value->as_string();
  }
  const Value& get(std::string_view name) const { return values_.get(name); }

 private:
  std::string_view action_;
  const Value& values_;
};

Events click(const Arguments& arguments) {
  SOMA_ASSIGN(const Point at, arguments.point("x", "y"));
  SOMA_ASSIGN(const MouseButton button, arguments.button());
  SOMA_ASSIGN(const int64_t count, arguments.whole("clickCount", 1, 1, kMaxClicks));
  return tool::browser::mouse_click(at, button, count);
}

Events move(const Arguments& arguments) {
  SOMA_ASSIGN(const Point to, arguments.point("x", "y"));
  return tool::browser::mouse_move(to);
}

Events drag(const Arguments& arguments) {
  SOMA_ASSIGN(const Point from, arguments.point("startX", "startY"));
  SOMA_ASSIGN(const Point to, arguments.point("endX", "endY"));
  SOMA_ASSIGN(const MouseButton button, arguments.button());
  return tool::browser::mouse_drag(from, to, button);
}

Events scroll(const Arguments& arguments) {
  SOMA_ASSIGN(const Point at, arguments.point("x", "y"));
  SOMA_ASSIGN(const int64_t across, arguments.whole("deltaX", 0, -kMaxScroll, kMaxScroll));
  SOMA_ASSIGN(const int64_t down, arguments.whole("deltaY", 0, -kMaxScroll, kMaxScroll));
  return tool::browser::mouse_scroll(at, across, down);
}

size_t characters_of(std::string_view text) {
  return static_cast<size_t>(std::ranges::count_if(
      text, [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; }));
}

Events type(const Arguments& arguments) {
  SOMA_ASSIGN(const std::string text, arguments.text("text"));
  if (const size_t characters = characters_of(text); characters > kMaxTypedCharacters)
    return os::fail(Code::kInvalidArgument,
                    fmt::format("action/keyType/text has {} characters; the limit is {}", characters,
                                kMaxTypedCharacters));
  return tool::browser::key_type(text);
}

// A key that is not known fails the action, not the request: as on the API's side, where the machine says so.
Events known_keys(Events events) {
  if (!events) events.error().code = Code::kFailedPrecondition;
  return events;
}

Events press(const Arguments& arguments) {
  SOMA_ASSIGN(const std::string key, arguments.text("key"));
  SOMA_ASSIGN(const int64_t presses, arguments.whole("presses", 1, 1, kMaxKeyPresses));
  return known_keys(tool::browser::key_presses(key, presses));
}

Events shortcut(const Arguments& arguments) {
  const Value& keys = arguments.get("keys");
  std::vector<std::string> names;
  for (size_t index = 0; index < keys.size(); ++index) names.emplace_back(keys.at(index).string_or(""));
  if (names.empty() || names.size() > kMaxShortcutKeys)
    return os::fail(Code::kInvalidArgument,
                    fmt::format("action/keyShortcut/keys must have 1 to {} keys", kMaxShortcutKeys));
  return known_keys(tool::browser::key_presses(os::join(names, "+"), 1));
}

Events screenshot(const Arguments& arguments) {
  const std::string_view format = arguments.get("format").string_or("PNG");
  if (format != "PNG")
    return os::fail(Code::kInvalidArgument, fmt::format("action/screenshot/format is '{}'", format),
                    "use PNG");
  return std::vector<InputEvent>();
}

struct Known {
  std::string_view name;
  Events (*read)(const Arguments& arguments);
};
constexpr Known kActions[] = {
    {"mouseClick", click}, {"mouseMove", move}, {"mouseDrag", drag},       {"mouseScroll", scroll},
    {"keyType", type},     {"keyPress", press}, {"keyShortcut", shortcut}, {"screenshot", screenshot},
};

}  // namespace

Result<BrowserAction> action_from_json(const Value& action) {
  if (!action.is_object() || action.size() != 1)
    return os::fail(Code::kInvalidArgument, "action must have exactly one member",
                    R"(such as {"mouseClick": {"x": 10, "y": 20}})");
  const auto& [name, values] = action.as_object().front();
  for (const Known& known : kActions) {
    if (known.name != name) continue;
    Events events = known.read(Arguments(name, values));
    BrowserAction read{.name = name, .screenshot = name == "screenshot"};
    if (!events && events.error().code != Code::kFailedPrecondition) return std::unexpected(events.error());
    if (events) {
      read.events = std::move(*events);
    } else {
      read.cannot = events.error().message;
    }
    return read;
  }
  std::vector<std::string_view> names;
  for (const Known& known : kActions) names.push_back(known.name);
  return os::fail(Code::kInvalidArgument, fmt::format("there is no action '{}'", os::utf8_prefix(name, 100)),
                  fmt::format("use one of {}", fmt::join(names, ", ")));
}

Value action_result(const BrowserAction& action, const Result<std::string>& picture) {
  Value result = json::object({{"status", picture ? "SUCCESS" : "FAILED"}});
  if (!picture) {
    result.set("error", picture.error().message);
  } else if (action.screenshot) {
    result.set("data", os::base64_encode(*picture));
  }
  return json::object({{action.name, std::move(result)}});
}

}  // namespace soma::harness
