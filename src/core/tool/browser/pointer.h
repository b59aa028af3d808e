// The mouse and the keyboard: real input events at a place that a mouse can reach.
#pragma once

#include <string>
#include <vector>

#include "core/tool/browser/tab.h"

namespace soma::tool::browser {

// What a target turned out to be, scrolled into view.
struct Place {
  double x = 0, y = 0;
  std::string said;  // "[e12] button \"Send\""
  std::string kind, tag, type;
  std::string ref;  // names the same element from now on
  bool editable = false;
};
// kFailedPrecondition when it is not there, hidden, disabled or covered, saying which.
net::Task<os::Result<Place>> find_place(Operation operation, Tab& tab, json::Value target);

net::Task<os::Result<>> move_mouse(Operation operation, Tab& tab, const Place& place);
net::Task<os::Result<>> click_at(Operation operation, Tab& tab, const Place& place);
// Input.dispatchKeyEvent parameters, in order.
net::Task<os::Result<>> send_keys(Operation operation, Tab& tab, std::vector<json::Value> events);

}  // namespace soma::tool::browser
