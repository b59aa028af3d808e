#include "core/tool/browser/own_browser.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/tool/browser/host.h"

namespace soma::tool::browser {

using json::Value;
using os::Code;
using os::Result;

namespace {

constexpr os::Duration kAttachLimit = std::chrono::seconds(10);
constexpr int kJpegQuality = 60;

}  // namespace

OwnBrowser::OwnBrowser(OwnBrowserOptions options, const net::Executor& executor)
    : options_(std::move(options)), executor_(executor) {}

OwnBrowser::~OwnBrowser() {
  if (chromium_) chromium_->connection()->unsubscribe(kAllTargets);
}

net::Task<Result<std::shared_ptr<OwnBrowser>>> OwnBrowser::start(Operation operation,
                                                                 OwnBrowserOptions options,
                                                                 net::Executor executor) {
  std::shared_ptr<OwnBrowser> made(new OwnBrowser(std::move(options), executor));
  const Result<> up = co_await made->bring_up(operation);
  if (up) co_return made;
  os::Error error = up.error();
  if (error.code == Code::kUnavailable && made->chromium_) {
    error.message = "the browser did not start: " + error.message;
    if (const std::string words = made->chromium_->last_words(); !words.empty())
      error.message += ". It said: " + words;
  }
  co_return std::unexpected(std::move(error));
}

net::Task<Result<>> OwnBrowser::bring_up(Operation operation) {
  const net::Executor loop = Host::shared().loop();
  ChromiumOptions options{.width = options_.width, .height = options_.height};
  if (options_.outbound != nullptr) {
    SOMA_CO_ASSIGN(proxy_, PolicyProxy::start(loop, *options_.outbound));
    options.proxy_server = proxy_server_ = fmt::format("socks5://127.0.0.1:{}", proxy_->port());
  }
  SOMA_CO_ASSIGN(chromium_, Chromium::launch(options_.launcher, loop, options));
  Connection& connection = *chromium_->connection();
  connection.subscribe(kAllTargets, executor_, [weak = weak_from_this()](const Event& event) {
    if (const auto self = weak.lock()) self->on_event(event);
  });
  Value pages = json::array({json::object({{"type", "page"}})});
  Value discover = json::object({{"discover", true}, {"filter", std::move(pages)}});
  SOMA_CO_TRY(co_await connection.call(operation, "Target.setDiscoverTargets", std::move(discover), ""));
  SOMA_CO_TRY(co_await restore_state(operation));
  SOMA_CO_TRY(co_await front(operation));
  co_return Result<>();
}

void OwnBrowser::on_event(const Event& event) {
  if (event.method == kClosedEvent) {
    if (options_.on_end) std::exchange(options_.on_end, nullptr)();
    return;
  }
  const Value& info = event.params.get("targetInfo");
  if (event.method == "Target.targetCreated" && info.get("type").string_or("") == "page") {
    on_page(info);
  } else if (event.method == "Target.targetInfoChanged") {
    visited(info.get("url").string_or(""));
  } else if (event.method == "Target.targetDestroyed") {
    std::erase_if(
        pages_, [&](const Page& page) { return page.target == event.params.get("targetId").string_or(""); });
  }
}

void OwnBrowser::on_page(const Value& info) {
  std::string target(info.get("targetId").string_or(""));
  visited(info.get("url").string_or(""));
  if (std::ranges::find(pages_, target, &Page::target) != pages_.end()) return;
  if (pages_.size() >= kMaxOwnPages) {
    os::log(os::Level::kWarning, "browser.page.closed",
            {{"limit", kMaxOwnPages}, {"pid", static_cast<int64_t>(pid())}});
    chromium_->connection()->send("Target.closeTarget", json::object({{"targetId", target}}), "");
    return;
  }
  const std::string context(info.get("browserContextId").string_or(""));
  if (context_.empty()) context_ = context;
  pages_.push_back({.target = target, .own_size = context == context_});
  net::spawn(executor_, attach_soon(shared_from_this(), std::move(target)), "browser.page");
}

// A page has its size before anybody looks at it.
net::Task<> OwnBrowser::attach_soon(std::shared_ptr<OwnBrowser> self, std::string target) {
  const Operation operation{self->options_.clock, self->options_.clock.now() + kAttachLimit};
  static_cast<void>(co_await self->attach(operation, std::move(target)));  // it may be gone again
}

net::Task<Result<std::string>> OwnBrowser::attach(Operation operation, std::string target) {
  Connection& connection = *chromium_->connection();
  Value where = json::object({{"targetId", target}, {"flatten", true}});
  SOMA_CO_ASSIGN(const Value attached,
                 co_await connection.call(operation, "Target.attachToTarget", std::move(where), ""));
  std::string session(attached.get("sessionId").string_or(""));
  const auto page = std::ranges::find(pages_, target, &Page::target);
  if (page == pages_.end() || page->own_size) {
    Value window = json::object({{"width", options_.width},
                                 {"height", options_.height},
                                 {"deviceScaleFactor", 1},
                                 {"mobile", false}});
    connection.send("Emulation.setDeviceMetricsOverride", std::move(window), session);
  }
  if (page != pages_.end() && page->session.empty()) page->session = session;
  co_return session;
}

net::Task<Result<std::string>> OwnBrowser::front(Operation operation) {
  if (pages_.empty()) {
    Value empty = json::object({{"url", "about:blank"}});
    SOMA_CO_ASSIGN(const Value made, co_await chromium_->connection()->call(operation, "Target.createTarget",
                                                                            std::move(empty), ""));
    std::string target(made.get("targetId").string_or(""));
    co_return co_await attach(operation, std::move(target));
  }
  const Page page = pages_.back();
  if (!page.session.empty()) co_return page.session;
  co_return co_await attach(operation, page.target);
}

net::Task<Result<>> OwnBrowser::input(Operation operation, std::vector<InputEvent> events) {
  SOMA_CO_ASSIGN(const std::string session, co_await front(operation));
  if (events.empty()) co_return Result<>();
  Connection& connection = *chromium_->connection();
  InputEvent last = std::move(events.back());
  events.pop_back();
  for (InputEvent& event : events) connection.send(std::move(event.method), std::move(event.params), session);
  SOMA_CO_TRY(co_await connection.call(operation, std::move(last.method), std::move(last.params), session));
  co_return Result<>();
}

net::Task<Result<std::string>> OwnBrowser::picture(Operation operation, Picture format) {
  SOMA_CO_ASSIGN(const std::string session, co_await front(operation));
  Value how =
      json::object({{"format", format == Picture::kPng ? "png" : "jpeg"}, {"optimizeForSpeed", true}});
  if (format == Picture::kJpeg) how.set("quality", kJpegQuality);
  SOMA_CO_ASSIGN(const Value answer, co_await chromium_->connection()->call(
                                         operation, "Page.captureScreenshot", std::move(how), session));
  co_return os::base64_decode(answer.get("data").string_or(""));
}

void OwnBrowser::visited(std::string_view url) {
  std::string origin = origin_of(url);
  if (!origin.empty() && origins_.size() < kMaxVisitedOrigins) origins_.insert(std::move(origin));
}

std::string origin_of(std::string_view url) {
  std::string lower = os::to_lower(url);
  if (!lower.starts_with("http://") && !lower.starts_with("https://")) return "";
  const size_t authority = lower.find("://") + 3;
  lower.resize(std::min(lower.find_first_of("/?#", authority), lower.size()));
  if (const size_t at = lower.find('@', authority); at != std::string::npos)
    lower.erase(authority, at + 1 - authority);
  return lower.size() > authority ? lower : "";
}

}  // namespace soma::tool::browser
