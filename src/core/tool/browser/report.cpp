#include "core/tool/browser/report.h"

#include <fmt/format.h>

#include <array>
#include <iterator>

#include "core/tool/browser/page_script.h"

namespace soma::tool::browser {

namespace {

constexpr auto kReasons = std::to_array<std::pair<int64_t, std::string_view>>({
    {200, "OK"},
    {201, "Created"},
    {400, "Bad Request"},
    {401, "Unauthorized: the server wants a login"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {410, "Gone"},
    {429, "Too Many Requests"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
});

std::string status_text(int64_t status) {
  for (const auto& [code, words] : kReasons) {
    if (code == status) return fmt::format("{} {}", status, words);
  }
  return std::to_string(status);
}

void append_notes(std::string& out, const std::vector<std::string>& notes) {
  for (const std::string& note : notes) fmt::format_to(std::back_inserter(out), "Note: {}\n", note);
}

}  // namespace

std::string plain_text(std::string_view headline, const std::vector<std::string>& notes) {
  std::string out(headline);
  out += '\n';
  append_notes(out, notes);
  out.pop_back();
  return out;
}

std::string page_text(const json::Value& page, std::string_view headline,
                      const std::vector<std::string>& notes, const Tab& tab, size_t tab_count,
                      const Loading& loading) {
  std::string out;
  auto line = [&out](std::string_view key, std::string_view value) {
    fmt::format_to(std::back_inserter(out), "{}: {}\n", key, value);
  };
  if (!headline.empty()) out = std::string(headline) + "\n";
  line("Title", page.get("title").string_or(""));
  line("URL", page.get("url").string_or(""));
  if (int64_t status = page.get("status").int_or(0)) line("Status", status_text(status));
  if (tab_count > 1) line("Tab", fmt::format("{} (of {})", tab.name(), tab_count));
  if (!loading.complete) {
    line("Note", fmt::format("the page is still loading (waiting for {}); this is what was received so far",
                             loading.waiting_for));
  }
  append_notes(out, notes);
  out += '\n';
  int64_t offset = page.get("offset").int_or(0);
  if (offset > 0) fmt::format_to(std::back_inserter(out), "[from character {}]\n", offset);
  std::string_view text = page.get("text").string_or("");
  if (text.empty()) {
    out += offset > 0 ? "(nothing more)" : "(the page shows no text)";
  } else {
    out += text;
  }
  if (int64_t more = page.get("more").int_or(0); more > 0) {
    int64_t next = page.get("total").int_or(0) - more;
    fmt::format_to(std::back_inserter(out), "\n[{} more characters: use action \"read\" with offset {}]",
                   more, next);
  }
  return out;
}

std::string changes_text(const json::Value& changes, std::string_view headline,
                         const std::vector<std::string>& notes) {
  const json::Value& added = changes.get("added");
  const json::Value& removed = changes.get("removed");
  std::string out = plain_text(headline, notes);
  if (added.empty() && removed.empty()) return out + "\nThe text of the page did not change.";
  out += "\nChanged on the page:";
  auto list = [&out](const json::Value& lines, char sign, int64_t more) {
    for (size_t index = 0; index < lines.size(); ++index) {
      fmt::format_to(std::back_inserter(out), "\n{} {}", sign, lines.at(index).string_or(""));
    }
    if (more > 0) fmt::format_to(std::back_inserter(out), "\n{} ({} more lines)", sign, more);
  };
  list(removed, '-', changes.get("moreRemoved").int_or(0));
  list(added, '+', changes.get("moreAdded").int_or(0));
  return out;
}

Outcome failure(Session& session, const os::Error& error) {
  std::string words = error.message.empty() ? std::string(os::code_name(error.code)) : error.message;
  if (!error.hint.empty()) words += " (" + error.hint + ")";
  return error_outcome(plain_text(words, session.shared().take_notes()));
}

net::Task<Outcome> show_page(Session& session, Operation operation, std::string headline, Loading loading,
                             bool fresh, int64_t offset) {
  std::shared_ptr<Tab> tab = session.active();
  if (!tab) co_return failure(session, {os::Code::kNotFound, "no tab is open", "navigate to a page"});
  if (!tab->unreachable_url().empty()) {
    os::Error error = explain_network_error(tab->document_error(), tab->unreachable_url(), session.proxy());
    if (!headline.empty()) error.message = headline + " " + error.message;
    co_return failure(session, error);
  }
  json::Array arguments = {offset, kMaxPageText};
  auto page = co_await tab->script(operation, "read", std::move(arguments), true);
  if (!page) co_return failure(session, page.error());
  Outcome outcome = text_outcome(
      page_text(*page, headline, session.shared().take_notes(), *tab, session.tabs().size(), loading));
  outcome.error = fresh && page->get("status").int_or(0) >= 400;
  co_return outcome;
}

net::Task<os::Result<Before>> before_action(Session& session, Operation operation) {
  auto tab = co_await session.tab(operation, true);
  SOMA_CO_TRY(tab);
  auto marked = co_await (*tab)->script(operation, "mark", json::Array{}, true);
  SOMA_CO_TRY(marked);
  co_return Before{*tab, (*tab)->document(), (*tab)->url()};
}

net::Task<Outcome> after_action(Session& session, Operation operation, Before before, std::string did) {
  auto loading = co_await before.tab->settle(operation, true);
  if (session.downloads().under_way()) co_await session.downloads().finish(operation);
  co_await session.adopt_windows(operation, true);
  if (!loading && before.tab->alive()) co_return failure(session, loading.error());
  if (before.tab->crashed()) {
    did += " Then the page crashed.";
    co_return failure(session, {os::Code::kUnavailable, did, "navigate to open a page again"});
  }
  if (std::shared_ptr<Tab> front = session.active(); front && front != before.tab) {
    auto opened = co_await front->settle(operation);
    if (!opened) co_return failure(session, opened.error());
    co_return co_await show_page(session, operation, did, *opened, true);
  }
  if (!before.tab->alive()) {
    did += " Then the tab closed itself.";
    co_return text_outcome(plain_text(did, session.shared().take_notes()));
  }
  if (before.tab->document() != before.document) {
    did += " A page opened.";
    co_return co_await show_page(session, operation, did, *loading, true);
  }
  if (before.tab->url() != before.url) {
    did += " The page changed its address.";
    co_return co_await show_page(session, operation, did, *loading, false);
  }
  json::Array limit = {kMaxChangedLines};
  auto changes = co_await before.tab->script(operation, "changes", std::move(limit), true);
  if (!changes) co_return failure(session, changes.error());
  co_return text_outcome(changes_text(*changes, did, session.shared().take_notes()));
}

}  // namespace soma::tool::browser
