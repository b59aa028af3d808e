// What outlives the browser: the context's cookies, the open addresses and the reference counter, in
// `browser.json`.
//
// Local storage is not in it: the protocol gives it by origin and only while a page of that origin is open.
#include <fmt/format.h>
#include <sys/stat.h>

#include "core/tool/browser/session.h"

namespace soma::tool::browser {

namespace {

constexpr int kStateVersion = 1;
constexpr size_t kMaxStateBytes = 4u << 20;
constexpr const char* kCookieMembers[] = {"name",         "value",      "domain",       "path",
                                          "secure",       "httpOnly",   "sameSite",     "priority",
                                          "sourceScheme", "sourcePort", "partitionKey", "expires"};

json::Value settable(const json::Value& cookie) {
  json::Value out(json::Object{});
  for (const char* member : kCookieMembers) {
    if (const json::Value* value = cookie.find(member)) out.set(member, *value);
  }
  if (cookie.get("session").bool_or(false)) out.erase("expires");
  return out;
}

}  // namespace

std::string Session::state_path() const {
  return environment_.private_directory + "/browser.json";
}

void Session::load_saved() {
  auto text = os::read_file(state_path(), kMaxStateBytes);
  if (!text) return;
  auto value = json::parse(*text);
  if (!value || value->get("version").int_or(0) != kStateVersion) {
    os::log(os::Level::kWarning, "browser.state.unreadable", {{"file", state_path()}});
    return;
  }
  saved_ = std::move(*value);
  saved_text_ = std::move(*text);
  shared_->next_ref = std::max<int64_t>(1, saved_.get("nextRef").int_or(1));
  auto active = static_cast<size_t>(std::max<int64_t>(0, saved_.get("active").int_or(0)));
  reopen_url_ = saved_.get("tabs").at(active).string_or("");
  reopen_reason_ = "soma was restarted";
}

net::Task<os::Result<>> Session::restore_cookies(Operation operation) {
  json::Value cookies = json::Value(json::Array{});
  if (const json::Value* list = saved_.find("cookies"); list && list->is_array()) {
    for (const json::Value& cookie : list->as_array()) cookies.push_back(settable(cookie));
  }
  if (cookies.empty()) co_return os::Result<>();
  auto all = json::object({{"cookies", cookies}, {"browserContextId", context_}});
  auto set = co_await chromium_->connection()->call(operation, "Storage.setCookies", std::move(all), "");
  if (set || set.error().code != os::Code::kInvalidArgument) {
    SOMA_CO_TRY(set);
    co_return os::Result<>();
  }
  // One that the browser no longer takes refuses them all: then each by itself.
  for (const json::Value& cookie : cookies.as_array()) {
    auto one = json::object({{"cookies", json::array({cookie})}, {"browserContextId", context_}});
    auto done = co_await chromium_->connection()->call(operation, "Storage.setCookies", std::move(one), "");
    if (!done) {
      os::log(os::Level::kWarning, "browser.cookie.refused",
              {{"name", cookie.get("name").string_or("")}, {"domain", cookie.get("domain").string_or("")}});
    }
  }
  co_return os::Result<>();
}

net::Task<> Session::save(Operation operation) {
  if (!chromium_ || context_.empty() || chromium_->connection()->closed()) co_return;
  auto which = json::object({{"browserContextId", context_}});
  auto answer = co_await chromium_->connection()->call(operation, "Storage.getCookies", std::move(which), "");
  if (!answer) co_return;
  json::Value urls = json::Value(json::Array{});
  size_t active = 0;
  for (const auto& tab : tabs_) {
    if (tab == active_) active = urls.size();
    urls.push_back(tab->url());
  }
  json::Value cookies = answer->get("cookies");
  if (cookies.is_null()) cookies = json::Value(json::Array{});
  json::Value state = json::object({{"version", kStateVersion},
                                    {"nextRef", shared_->next_ref},
                                    {"active", active},
                                    {"tabs", std::move(urls)},
                                    {"cookies", std::move(cookies)}});
  std::string text = json::write(state);
  if (text == saved_text_ || text.size() > kMaxStateBytes) co_return;
  saved_ = std::move(state);
  saved_text_ = text;
  auto work = [path = state_path(), text = std::move(text)]() -> os::Result<> {
    auto written = os::write_file_atomic(path, text);
    ::chmod(path.c_str(), 0600);  // cookies are secrets
    return written;
  };
  auto written = co_await net::offload(std::move(work));
  if (!written) os::log(os::Level::kWarning, "browser.state.not_saved", {{"error", written.error().message}});
}

}  // namespace soma::tool::browser
