#include "core/tool/browser/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace soma::tool::browser {

Session::Session(Environment& environment)
    : environment_(environment), shared_(std::make_shared<Shared>(environment.executor)) {
  std::error_code error;
  std::string staging =
      std::filesystem::absolute(environment.private_directory, error).string() + "/browser-downloads";
  downloads_ = std::make_shared<Downloads>(shared_, environment.workspace, std::move(staging));
  load_saved();
}

Session::~Session() {
  drop_context();
}

void Session::drop_context() {
  downloads_->detach();
  tabs_.clear();
  active_.reset();
  announced_.clear();
  if (!chromium_ || context_.empty()) return;
  auto& connection = *chromium_->connection();
  connection.unsubscribe("context:" + context_);
  connection.send("Target.disposeBrowserContext", json::object({{"browserContextId", context_}}), "");
  context_.clear();
}

net::Task<os::Result<>> Session::ready(Operation operation) {
  remove_dead_tabs();
  if (chromium_ && !chromium_->connection()->closed() && !context_.empty()) co_return os::Result<>();
  if (chromium_ && chromium_->connection()->closed()) {
    shared_->note(
        "The browser had ended and was started again. Logins (cookies) are kept; open pages are not.");
    reopen_url_ = active_ ? active_->url() : reopen_url_;
    reopen_reason_ = "the browser had ended";
    drop_context();
    context_.clear();
  }
  if (!lease_) lease_ = std::make_unique<Lease>(Host::shared());
  SOMA_CO_ASSIGN(chromium_, Host::shared().browser(environment_.launcher));
  auto made = co_await make_context(operation);
  if (!made) {
    context_.clear();
    os::Error error = made.error();
    if (error.code == os::Code::kUnavailable) {
      error.message = "the browser did not start: " + error.message;
      if (std::string words = chromium_->last_words(); !words.empty()) error.message += ". It said: " + words;
    }
    co_return std::unexpected(error);
  }
  co_return os::Result<>();
}

net::Task<os::Result<>> Session::make_context(Operation operation) {
  const auto& connection = chromium_->connection();
  if (environment_.outbound && !proxy_) {
    SOMA_CO_ASSIGN(proxy_, PolicyProxy::start(Host::shared().loop(), *environment_.outbound));
  }
  json::Value params(json::Object{});
  if (proxy_) {
    params.set("proxyServer", fmt::format("socks5://127.0.0.1:{}", proxy_->port()));
    params.set("proxyBypassList", kProxyBypass);
  }
  auto made = co_await connection->call(operation, "Target.createBrowserContext", std::move(params), "");
  SOMA_CO_TRY(made);
  context_ = made->get("browserContextId").string_or("");
  connection->subscribe("context:" + context_, shared_->executor,
                        [this, alive = std::weak_ptr(alive_)](const Event& event) {
                          if (alive.lock()) on_target_event(event);
                        });
  auto attached = co_await downloads_->attach(operation, connection, context_);
  SOMA_CO_TRY(attached);
  co_return co_await restore_cookies(operation);
}

void Session::on_target_event(const Event& event) {
  std::string target(event.params.get("targetId").string_or(""));
  if (event.method == "Target.targetCreated") {
    const json::Value& info = event.params.get("targetInfo");
    if (info.get("type").string_or("") == "page") announced_.emplace_back(info.get("targetId").string_or(""));
  } else if (event.method == "Target.targetDestroyed") {
    std::erase(announced_, target);
    for (const auto& tab : tabs_) {
      if (tab->target() == target) tab->closed();
    }
  } else {
    return;
  }
  shared_->changed.notify();
}

void Session::remove_dead_tabs() {
  bool front_gone = active_ && !active_->alive() && !active_->crashed();
  std::erase_if(tabs_, [this](const auto& tab) {
    bool gone = !tab->alive() && !tab->crashed();
    if (gone) shared_->note(fmt::format("Tab {} was closed.", tab->name()));
    return gone;
  });
  if (front_gone) active_ = tabs_.empty() ? nullptr : tabs_.back();
}

net::Task<os::Result<std::shared_ptr<Tab>>> Session::attach(Operation operation, std::string target) {
  std::string name = fmt::format("t{}", next_tab_++);
  auto tab = co_await Tab::attach(operation, chromium_->connection(), shared_, std::move(target), name);
  SOMA_CO_TRY(tab);
  tabs_.push_back(*tab);
  co_return *tab;
}

net::Task<os::Result<std::shared_ptr<Tab>>> Session::open_tab(Operation operation) {
  if (tabs_.size() >= kMaxTabs) {
    co_return os::fail(os::Code::kLimitExceeded,
                       fmt::format("{} tabs are open, the most there may be", kMaxTabs), "close one first");
  }
  creating_ = true;
  auto params = json::object({{"url", "about:blank"}, {"browserContextId", context_}});
  auto made = co_await chromium_->connection()->call(operation, "Target.createTarget", std::move(params), "");
  creating_ = false;
  SOMA_CO_TRY(made);
  std::string target(made->get("targetId").string_or(""));
  auto tab = co_await attach(operation, target);
  std::erase(announced_, target);
  SOMA_CO_TRY(tab);
  active_ = *tab;
  co_return *tab;
}

net::Task<os::Result<std::shared_ptr<Tab>>> Session::replace(Operation operation, std::shared_ptr<Tab> old) {
  chromium_->connection()->send("Target.closeTarget", json::object({{"targetId", old->target()}}), "");
  std::erase(tabs_, old);
  if (active_ == old) active_.reset();
  co_return co_await open_tab(operation);
}

net::Task<os::Result<std::shared_ptr<Tab>>> Session::tab(Operation operation, bool reopen) {
  if (active_ && (active_->crashed() || (active_->unresponsive() && !reopen))) {
    bool crashed = active_->crashed();
    std::string url = active_->url();
    SOMA_CO_TRY(co_await replace(operation, active_));
    shared_->note(fmt::format("The page {} {}; its tab was replaced by an empty one.", url,
                              crashed ? "had crashed" : "did not answer any more"));
    if (reopen) co_return os::fail(os::Code::kUnavailable, "no page is open in this tab", "navigate to one");
  }
  if (!active_) {
    auto opened = co_await open_tab(operation);
    SOMA_CO_TRY(opened);
  }
  std::string url = std::exchange(reopen_url_, "");
  if (reopen && url.starts_with("http")) SOMA_CO_TRY(co_await reopen_page(operation, std::move(url)));
  co_return active_;
}

net::Task<os::Result<>> Session::reopen_page(Operation operation, std::string url) {
  auto answer = co_await active_->navigate(operation, url);
  SOMA_CO_TRY(answer);
  std::string loader(answer->get("loaderId").string_or(""));
  bool opened = !loader.empty() && answer->get("errorText").string_or("").empty();
  while (opened && active_->alive() && active_->loader() != loader && !operation.expired() &&
         !operation.cancellation.requested()) {
    co_await active_->wait_change(operation);
  }
  SOMA_CO_TRY(co_await active_->settle(operation));
  shared_->note(
      fmt::format("{} was opened again ({}): references from before do not hold.", url, reopen_reason_));
  co_return os::Result<>();
}

net::Task<os::Result<>> Session::activate(Operation operation, const std::string& name) {
  for (const auto& tab : tabs_) {
    if (tab->name() != name) continue;
    active_ = tab;
    auto none = json::Value(json::Object{});
    auto done = co_await tab->call(operation, "Page.bringToFront", std::move(none));
    SOMA_CO_TRY(done);
    co_return os::Result<>();
  }
  co_return os::fail(os::Code::kNotFound, fmt::format("there is no tab {}", name), "use action \"tabs\"");
}

net::Task<os::Result<>> Session::close_tab(Operation operation, const std::string& name) {
  auto found = std::ranges::find_if(tabs_, [&](const auto& tab) { return tab->name() == name; });
  if (found == tabs_.end())
    co_return os::fail(os::Code::kNotFound, fmt::format("there is no tab {}", name), "use action \"tabs\"");
  std::shared_ptr<Tab> tab = *found;
  auto which = json::object({{"targetId", tab->target()}});
  auto closed = co_await chromium_->connection()->call(operation, "Target.closeTarget", std::move(which), "");
  SOMA_CO_TRY(closed);
  std::erase(tabs_, tab);
  if (active_ == tab) active_ = tabs_.empty() ? nullptr : tabs_.back();
  co_return os::Result<>();
}

net::Task<> Session::adopt_windows(Operation operation, bool follow) {
  while (!announced_.empty() && !creating_) {
    std::string target = announced_.front();
    announced_.erase(announced_.begin());
    bool known = std::ranges::any_of(tabs_, [&](const auto& tab) { return tab->target() == target; });
    if (known) continue;
    if (tabs_.size() >= kMaxTabs) {
      chromium_->connection()->send("Target.closeTarget", json::object({{"targetId", target}}), "");
      shared_->note(
          fmt::format("The page opened one more window; it was closed: {} tabs are open.", kMaxTabs));
      continue;
    }
    auto tab = co_await attach(operation, target);
    if (!tab) continue;
    shared_->note(fmt::format("The page opened a new tab {}{}.", (*tab)->name(),
                              follow ? ", which is now in front" : "; switch_tab shows it"));
    if (follow) active_ = *tab;
  }
}

}  // namespace soma::tool::browser
