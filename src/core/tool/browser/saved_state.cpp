// What outlives the browser: the context's cookies, the open addresses and the reference counter, in
// `browser.json`.
//
// Local storage is not in it: the protocol gives it by origin and only while a page of that origin is open.
#include <fmt/format.h>
#include <sys/stat.h>

#include "core/tool/browser/cookies.h"
#include "core/tool/browser/session.h"

namespace soma::tool::browser {

namespace {

constexpr int kStateVersion = 1;
constexpr size_t kMaxStateBytes = 4u << 20;

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
  const json::Value cookies = saved_.get("cookies");
  co_return co_await set_cookies(operation, chromium_->connection(), context_, cookies);
}

net::Task<> Session::save(Operation operation) {
  if (!chromium_ || context_.empty() || chromium_->connection()->closed()) co_return;
  auto cookies = co_await get_cookies(operation, chromium_->connection(), context_);
  if (!cookies) co_return;
  json::Value urls = json::Value(json::Array{});
  size_t active = 0;
  for (const auto& tab : tabs_) {
    if (tab == active_) active = urls.size();
    urls.push_back(tab->url());
  }
  json::Value state = json::object({{"version", kStateVersion},
                                    {"nextRef", shared_->next_ref},
                                    {"active", active},
                                    {"tabs", std::move(urls)},
                                    {"cookies", std::move(*cookies)}});
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
