// What InvokeBrowser can be asked for.
#pragma once

#include <string>
#include <vector>

#include "base/json/json.h"
#include "core/tool/browser/own_browser.h"

namespace soma::harness {

// As the API limits them.
inline constexpr int64_t kMaxClicks = 10, kMaxKeyPresses = 100, kMaxScroll = 1000;
inline constexpr size_t kMaxTypedCharacters = 10'000, kMaxShortcutKeys = 5;

// One member of the API's union BrowserAction.
struct BrowserAction {
  std::string name;                                 // "mouseClick"
  std::vector<tool::browser::InputEvent> events{};  // in order; none for a screenshot
  bool screenshot = false;
  std::string cannot{};  // why it cannot be done, in words: a key that there is not
};
// kInvalidArgument: not exactly one action, one that is not known, arguments that it cannot have.
os::Result<BrowserAction> action_from_json(const json::Value& action);

// {"mouseClick": {"status": "SUCCESS"}}: as the API answers. `picture`: of a screenshot, PNG.
json::Value action_result(const BrowserAction& action, const os::Result<std::string>& picture);

}  // namespace soma::harness
