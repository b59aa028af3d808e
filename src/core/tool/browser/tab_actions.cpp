// The tabs: which there are, opening, switching, closing.
#include <fmt/format.h>

#include <iterator>

#include "core/tool/browser/actions.h"

namespace soma::tool::browser {

namespace {

std::string tab_lines(Session& session) {
  std::string out;
  for (const auto& tab : session.tabs()) {
    fmt::format_to(std::back_inserter(out), "{}: {}{}\n", tab->name(), tab->url(),
                   tab == session.active() ? " (in front)" : "");
  }
  return out.empty() ? "No tab is open.\n" : out;
}

std::string tab_name(const json::Value& input) {
  std::string name(os::trim(input.get("tab").string_or("")));
  return !name.empty() && name[0] >= '0' && name[0] <= '9' ? "t" + name : name;
}

net::Task<Outcome> show_front(Session& session, Operation operation, std::string headline) {
  auto tab = co_await session.tab(operation, true);
  if (!tab) co_return failure(session, tab.error());
  auto loading = co_await (*tab)->settle(operation);
  if (!loading) co_return failure(session, loading.error());
  co_return co_await show_page(session, operation, std::move(headline), *loading, false);
}

}  // namespace

net::Task<Outcome> list_tabs(Session& session, Operation operation, const json::Value&) {
  co_await session.adopt_windows(operation, false);
  std::string lines = tab_lines(session);
  lines.pop_back();
  co_return text_outcome(plain_text(lines, session.shared().take_notes()));
}

net::Task<Outcome> new_tab(Session& session, Operation operation, const json::Value& input) {
  bool opens = !input.get("url").string_or("").empty();
  if (opens) {
    auto url = clean_url(input.get("url").string_or(""));
    if (!url) co_return failure(session, url.error());
  }
  auto tab = co_await session.open_tab(operation);
  if (!tab) co_return failure(session, tab.error());
  if (opens) co_return co_await navigate(session, operation, input);
  co_return text_outcome(plain_text(fmt::format("Opened tab {}, empty and in front.", (*tab)->name()),
                                    session.shared().take_notes()));
}

net::Task<Outcome> switch_tab(Session& session, Operation operation, const json::Value& input) {
  co_await session.adopt_windows(operation, false);
  std::string name = tab_name(input);
  auto done = co_await session.activate(operation, name);
  if (!done) {
    os::Error error = done.error();
    error.message += "\n" + tab_lines(session);
    error.message.pop_back();
    co_return failure(session, error);
  }
  co_return co_await show_front(session, operation, fmt::format("Tab {} is in front.", name));
}

net::Task<Outcome> close_tab(Session& session, Operation operation, const json::Value& input) {
  std::string name = tab_name(input);
  if (name.empty() && session.active()) name = session.active()->name();
  auto done = co_await session.close_tab(operation, name);
  if (!done) co_return failure(session, done.error());
  std::string lines = fmt::format("Closed tab {}. {}", name, tab_lines(session));
  lines.pop_back();
  co_return text_outcome(plain_text(lines, session.shared().take_notes()));
}

}  // namespace soma::tool::browser
