// The tool's actions, one table. Adding one: a function of this shape and a line in actions.cpp.
#pragma once

#include <span>
#include <string_view>

#include "core/tool/browser/report.h"

namespace soma::tool::browser {

struct Action {
  std::string_view name;
  bool repeatable;       // doing it twice does no more than doing it once
  std::string_view use;  // for the model: what it does and which members it takes
  net::Task<Outcome> (*run)(Session& session, Operation operation, const json::Value& input);
};
std::span<const Action> actions();

// {ref} or {selector} or {text} out of the input's members; kInvalidArgument when there is none.
os::Result<json::Value> target_of(const json::Value& input);
// "e12" out of what models write: "e12", "[e12]", "12".
std::string clean_ref(std::string_view text);
// An address as typed, made whole; only http, https, about:blank and data. Errors: kInvalidArgument,
// kPermissionDenied.
os::Result<std::string> clean_url(std::string_view text);

// open_actions.cpp
net::Task<Outcome> navigate(Session& session, Operation operation, const json::Value& input);
net::Task<Outcome> go_back(Session& session, Operation operation, const json::Value& input);
net::Task<Outcome> go_forward(Session& session, Operation operation, const json::Value& input);
net::Task<Outcome> reload(Session& session, Operation operation, const json::Value& input);
// tab_actions.cpp
net::Task<Outcome> list_tabs(Session& session, Operation operation, const json::Value& input);
net::Task<Outcome> new_tab(Session& session, Operation operation, const json::Value& input);
net::Task<Outcome> switch_tab(Session& session, Operation operation, const json::Value& input);
net::Task<Outcome> close_tab(Session& session, Operation operation, const json::Value& input);
// input_actions.cpp
net::Task<Outcome> click(Session& session, Operation operation, const json::Value& input);
net::Task<Outcome> hover(Session& session, Operation operation, const json::Value& input);
net::Task<Outcome> press(Session& session, Operation operation, const json::Value& input);
net::Task<Outcome> scroll(Session& session, Operation operation, const json::Value& input);
// form_actions.cpp
net::Task<Outcome> type(Session& session, Operation operation, const json::Value& input);
net::Task<Outcome> select(Session& session, Operation operation, const json::Value& input);
// look_actions.cpp
net::Task<Outcome> read(Session& session, Operation operation, const json::Value& input);
net::Task<Outcome> list_links(Session& session, Operation operation, const json::Value& input);
net::Task<Outcome> list_tables(Session& session, Operation operation, const json::Value& input);
net::Task<Outcome> screenshot(Session& session, Operation operation, const json::Value& input);
net::Task<Outcome> evaluate(Session& session, Operation operation, const json::Value& input);
// wait_action.cpp
net::Task<Outcome> wait(Session& session, Operation operation, const json::Value& input);

}  // namespace soma::tool::browser
