// Waiting for a condition: each is watched by events or by an observer in the page, never by sleeping.
#include <fmt/format.h>

#include "core/tool/browser/actions.h"

namespace soma::tool::browser {

namespace {

constexpr os::Duration kAnswerMargin =
    std::chrono::milliseconds(400);  // for the answer itself, within the call's time

bool url_matches(std::string_view url, std::string_view wanted) {
  if (wanted.find('*') != std::string_view::npos) return os::glob_match(wanted, url);
  return url.find(wanted) != std::string_view::npos;
}

net::Task<os::Result<bool>> wait_url(Session& session, Operation operation, std::string wanted, bool gone) {
  while (true) {
    const std::shared_ptr<Tab>& tab = session.active();
    if (!tab || !tab->alive()) co_return os::fail(os::Code::kUnavailable, "the tab is gone");
    if (url_matches(tab->url(), wanted) != gone) co_return true;
    if (operation.cancellation.requested()) co_return os::fail(os::Code::kCancelled, "cancelled");
    if (operation.expired()) co_return false;
    co_await tab->wait_change(operation);
  }
}

net::Task<os::Result<bool>> wait_in_page(Session& session, Operation operation, json::Value condition) {
  Operation patient = operation;
  patient.deadline += kAnswerMargin;
  while (!operation.expired()) {
    auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(operation.deadline - operation.clock.now());
    json::Array arguments = {condition, static_cast<int64_t>(left.count())};
    auto met = co_await session.active()->script(patient, "waitFor", std::move(arguments), true);
    SOMA_CO_TRY(met);
    if (met->get("met").bool_or(false)) co_return true;
  }
  co_return false;
}

net::Task<os::Result<bool>> wait_idle(Session& session, Operation operation) {
  while (!operation.expired()) {
    auto loading = co_await session.active()->settle(operation);
    SOMA_CO_TRY(loading);
    if (loading->complete && session.active()->requests_in_flight() == 0) co_return true;
    if (operation.cancellation.requested()) co_return os::fail(os::Code::kCancelled, "cancelled");
    co_await session.active()->wait_change(operation);
  }
  co_return false;
}

}  // namespace

net::Task<Outcome> wait(Session& session, Operation operation, const json::Value& input) {
  auto tab = co_await session.tab(operation, true);
  if (!tab) co_return failure(session, tab.error());
  os::Time started = operation.clock.now();
  Operation bounded = operation;
  bounded.deadline = std::max(started, bounded.deadline - kAnswerMargin);
  bool gone = input.get("gone").bool_or(false);
  std::string url(input.get("url").string_or(""));
  std::string awaited = "nothing loads any more";
  os::Result<bool> met = false;
  if (!url.empty()) {
    awaited = fmt::format("the address {} \"{}\"", gone ? "no longer matches" : "matches", url);
    met = co_await wait_url(session, bounded, url, gone);
  } else if (auto target = target_of(input)) {
    const json::Member& named = target->as_object()[0];
    awaited =
        fmt::format("{} \"{}\" is {}", named.first, named.second.string_or(""), gone ? "gone" : "there");
    json::Value condition = *target;
    condition.set("gone", gone);
    met = co_await wait_in_page(session, bounded, std::move(condition));
  } else {
    met = co_await wait_idle(session, bounded);
  }
  if (!met) co_return failure(session, met.error());
  double waited = std::chrono::duration<double>(operation.clock.now() - started).count();
  if (!*met) {
    co_return failure(
        session, {os::Code::kTimeout, fmt::format("after {:.1f} s it is not so that {}", waited, awaited),
                  "read the page to see what it shows"});
  }
  co_return co_await show_page(session, operation, fmt::format("After {:.1f} s: {}.", waited, awaited),
                               Loading{}, false);
}

}  // namespace soma::tool::browser
