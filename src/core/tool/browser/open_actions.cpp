// Going somewhere: by address, back and forward, again.
#include <fmt/format.h>

#include "core/tool/browser/actions.h"

namespace soma::tool::browser {

namespace {

constexpr os::Duration kDownloadStart =
    std::chrono::seconds(2);  // from the answer to the browser's report of the download

std::string seconds(Operation operation, os::Time started) {
  auto milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(operation.clock.now() - started).count();
  return fmt::format("{:.1f} s", static_cast<double>(milliseconds) / 1000.0);
}

net::Task<Outcome> show_download(Session& session, Operation operation, const std::string& url) {
  Operation begin = operation.within(kDownloadStart);
  while (!session.downloads().under_way() && session.shared().notes.empty() && !begin.expired() &&
         !operation.cancellation.requested()) {
    co_await session.shared().changed.wait_until(begin.clock, begin.deadline);
  }
  co_await session.downloads().finish(operation);
  co_return text_outcome(
      plain_text(fmt::format("{} is a file to download, no page.", url), session.shared().take_notes()));
}

// The document was asked for and is on its way: until it is the tab's own.
net::Task<os::Result<>> wait_committed(Operation operation, Tab& tab, const std::string& loader) {
  while (tab.alive() && tab.loader() != loader) {
    if (operation.cancellation.requested()) co_return os::fail(os::Code::kCancelled, "cancelled");
    if (operation.expired()) co_return os::fail(os::Code::kTimeout, "the page did not begin to load");
    co_await tab.wait_change(operation);
  }
  co_return os::Result<>();
}

net::Task<Outcome> show_opened(Session& session, Operation operation, Tab& tab, std::string headline) {
  auto loading = co_await tab.settle(operation);
  if (!loading) co_return failure(session, loading.error());
  // A page that cannot be read yet must not use up what is left of the time for saying so.
  if (session.downloads().under_way()) co_await session.downloads().finish(operation);
  co_await session.adopt_windows(operation, false);
  Operation grace{operation.clock, operation.clock.now() + std::chrono::seconds(2), operation.cancellation};
  if (operation.deadline > grace.deadline) grace.deadline = operation.deadline;
  co_return co_await show_page(session, grace, std::move(headline), *loading, true);
}

net::Task<Outcome> open_url(Session& session, Operation operation, std::string url, std::string headline) {
  std::shared_ptr<Tab> tab = session.active();
  os::Time started = operation.clock.now();
  auto answer = co_await tab->navigate(operation, url);
  if (!answer && answer.error().code == os::Code::kTimeout) {
    auto none = json::Value(json::Object{});
    Operation stop{operation.clock, operation.clock.now() + std::chrono::seconds(1)};
    co_await tab->call(stop, "Page.stopLoading", std::move(none));
    co_return failure(session,
                      {os::Code::kTimeout,
                       fmt::format("{} did not load: no answer from the server within {}, not one byte", url,
                                   seconds(operation, started)),
                       "try again, or give a longer timeout_s"});
  }
  if (!answer) co_return failure(session, answer.error());
  std::string error(answer->get("errorText").string_or(""));
  if (answer->get("isDownload").bool_or(false)) co_return co_await show_download(session, operation, url);
  if (error == "net::ERR_ABORTED") {
    co_return failure(
        session,
        {os::Code::kUnavailable,
         fmt::format("{} gave no page (the server sent no content, or the load was stopped)", url), ""});
  }
  if (!error.empty()) co_return failure(session, explain_network_error(error, url, session.proxy()));
  if (std::string loader(answer->get("loaderId").string_or("")); !loader.empty()) {
    auto committed = co_await wait_committed(operation, *tab, loader);
    if (!committed) co_return failure(session, committed.error());
  }
  co_return co_await show_opened(session, operation, *tab, std::move(headline));
}

net::Task<Outcome> move_in_history(Session& session, Operation operation, int64_t by,
                                   std::string_view where) {
  auto tab = co_await session.tab(operation, true);
  if (!tab) co_return failure(session, tab.error());
  auto none = json::Value(json::Object{});
  auto history = co_await (*tab)->call(operation, "Page.getNavigationHistory", std::move(none));
  if (!history) co_return failure(session, history.error());
  int64_t index = history->get("currentIndex").int_or(0) + by;
  const json::Value& entry = history->get("entries").at(static_cast<size_t>(std::max<int64_t>(index, 0)));
  if (index < 0 || entry.is_null() || entry.get("url").string_or("") == "about:blank") {
    co_return failure(session, {os::Code::kFailedPrecondition,
                                fmt::format("there is no page to go {} to in this tab", where), ""});
  }
  uint64_t document = (*tab)->document();
  std::string url = (*tab)->url();
  auto which = json::object({{"entryId", entry.get("id")}});
  auto moved = co_await (*tab)->call(operation, "Page.navigateToHistoryEntry", std::move(which));
  if (!moved) co_return failure(session, moved.error());
  while ((*tab)->alive() && (*tab)->document() == document && (*tab)->url() == url) {
    if (operation.expired() || operation.cancellation.requested())
      co_return failure(session, {os::Code::kTimeout, "the page did not load", ""});
    co_await (*tab)->wait_change(operation);
  }
  co_return co_await show_opened(session, operation, **tab, "");
}

}  // namespace

net::Task<Outcome> navigate(Session& session, Operation operation, const json::Value& input) {
  auto url = clean_url(input.get("url").string_or(""));
  if (!url) co_return failure(session, url.error());
  if (const net::OutboundPolicy* policy = session.environment().outbound;
      policy && url->starts_with("http")) {
    auto parsed = net::parse_url(*url);
    if (auto allowed = policy->check(parsed->host, "", parsed->port); !allowed) {
      os::Error error = allowed.error();
      error.message = fmt::format("{} was not opened: {}", *url, error.message);
      co_return failure(session, error);
    }
  }
  auto tab = co_await session.tab(operation, false);
  if (!tab) co_return failure(session, tab.error());
  co_return co_await open_url(session, operation, *url, "");
}

net::Task<Outcome> go_back(Session& session, Operation operation, const json::Value&) {
  co_return co_await move_in_history(session, operation, -1, "back");
}

net::Task<Outcome> go_forward(Session& session, Operation operation, const json::Value&) {
  co_return co_await move_in_history(session, operation, 1, "forward");
}

net::Task<Outcome> reload(Session& session, Operation operation, const json::Value&) {
  auto tab = co_await session.tab(operation, true);
  if (!tab) co_return failure(session, tab.error());
  uint64_t document = (*tab)->document();
  auto none = json::Value(json::Object{});
  auto answer = co_await (*tab)->call(operation, "Page.reload", std::move(none));
  if (!answer) co_return failure(session, answer.error());
  while ((*tab)->alive() && (*tab)->document() == document) {
    if (operation.expired() || operation.cancellation.requested())
      co_return failure(session, {os::Code::kTimeout, "the page did not load again", ""});
    co_await (*tab)->wait_change(operation);
  }
  co_return co_await show_opened(session, operation, **tab, "");
}

}  // namespace soma::tool::browser
