// How results read: the page, what changed, what went wrong. Everything that a model sees of the browser is
// worded here.
#pragma once

#include <string>
#include <string_view>

#include "core/tool/browser/session.h"

namespace soma::tool::browser {

// The browser's "net::ERR_…" for an address, in words, with the cause where the session's proxy knows it.
os::Error explain_network_error(std::string_view error_text, const std::string& url,
                                const PolicyProxy* proxy);

// "Title: … / URL: … / Status: …", the notes, then the text and how much more there is.
std::string page_text(const json::Value& page, std::string_view headline,
                      const std::vector<std::string>& notes, const Tab& tab, size_t tab_count,
                      const Loading& loading);
// "headline", the notes, then the lines that came and went.
std::string changes_text(const json::Value& changes, std::string_view headline,
                         const std::vector<std::string>& notes);
// The headline and the notes.
std::string plain_text(std::string_view headline, const std::vector<std::string>& notes);

// The error outcome for an Error, with the notes gathered so far.
Outcome failure(Session& session, const os::Error& error);

// Reads the page in front from `offset` and shows it under the headline. `fresh`: it was just opened, so a
// status of 400 and above is an error.
net::Task<Outcome> show_page(Session& session, Operation operation, std::string headline, Loading loading,
                             bool fresh, int64_t offset = 0);

// What was there before an action.
struct Before {
  std::shared_ptr<Tab> tab;
  uint64_t document;
  std::string url;
};
net::Task<os::Result<Before>> before_action(Session& session, Operation operation);
// Waits for what the action set off, then shows what came of it: the new page, or the lines that changed.
net::Task<Outcome> after_action(Session& session, Operation operation, Before before, std::string did);

}  // namespace soma::tool::browser
