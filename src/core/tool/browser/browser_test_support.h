// A small web site of the tests' own, and a session that browses it with the real browser.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <future>
#include <map>
#include <mutex>

#include "core/tool/browser/browser_tool.h"
#include "core/tool/browser/chromium.h"

namespace soma::tool::browser {

// Serves what the test puts into it, on loopback.
class Site {
 public:
  using Handler = std::function<net::Response(const net::Request&)>;

  Site() {
    router_.set_fallback([this](net::Request& request, net::Reply& reply) { return serve(request, reply); });
    loops_.start();
    server_ = std::make_unique<net::Server>(loops_, *clock_, *ids_, router_,
                                            net::ServerOptions{.access_log = false});
    auto started = server_->start();
    EXPECT_TRUE(started) << started.error().to_string();
  }
  ~Site() {
    release();
    server_->stop();
    server_.reset();
    loops_.stop();
  }
  void page(const std::string& path, std::string html) {
    std::lock_guard lock(mutex_);
    handlers_[path] = [html = std::move(html)](const net::Request&) {
      return net::Response::text(200, html, "text/html; charset=utf-8");
    };
  }
  void handle(const std::string& path, Handler handler) {
    std::lock_guard lock(mutex_);
    handlers_[path] = std::move(handler);
  }
  // Requests of this path are not answered before release().
  void hang(const std::string& path) {
    std::lock_guard lock(mutex_);
    hanging_.push_back(path);
  }
  void release() { released_.request("the test is over"); }
  std::string url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(server_->port()) + path;
  }
  std::string port() const { return std::to_string(server_->port()); }

 private:
  net::Task<> serve(net::Request& request, net::Reply& reply) {
    Handler handler;
    bool hangs = false;
    {
      std::lock_guard lock(mutex_);
      hangs = std::ranges::count(hanging_, request.path) > 0;
      if (auto found = handlers_.find(request.path); found != handlers_.end()) handler = found->second;
    }
    if (hangs) {
      auto executor = co_await net::this_executor();
      auto notifier = std::make_shared<net::Notifier>(executor);
      auto released = released_.on_request([notifier] { notifier->notify(); });
      auto gone = reply.gone().on_request([notifier] { notifier->notify(); });
      co_await notifier->wait();
    }
    net::Response response =
        handler ? handler(request)
                : net::Response::text(404, "<title>No such page</title><h1>Nothing here</h1>", "text/html");
    co_await reply.send(std::move(response));
  }

  net::LoopPool loops_{1};
  std::unique_ptr<os::Clock> clock_ = os::make_system_clock();
  std::unique_ptr<os::IdSource> ids_ = os::make_random_ids(*clock_);
  net::Router router_;
  std::unique_ptr<net::Server> server_;
  std::mutex mutex_;
  std::map<std::string, Handler> handlers_;
  std::vector<std::string> hanging_;
  net::Cancellation released_;
};

// One session's tool on a loop of its own, with a workspace and a private directory.
class BrowsingSession {
 public:
  explicit BrowsingSession(const net::OutboundPolicy* policy = nullptr) : policy_(policy) {
    std::string pattern = (std::filesystem::temp_directory_path() / "soma-browser-test-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
    std::filesystem::create_directories(workspace());
    std::filesystem::create_directories(directory_ + "/private");
    loops_.start();
    open();
  }
  ~BrowsingSession() {
    close();
    loops_.stop();
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  std::string workspace() const { return directory_ + "/workspace"; }

  void open() {
    environment_.emplace(Environment{.executor = loops_.executor(0),
                                     .clock = *clock_,
                                     .ids = *ids_,
                                     .launcher = *launcher_,
                                     .workspace = workspace(),
                                     .private_directory = directory_ + "/private",
                                     .outbound = policy_});
    auto made = make_browser_tool(ToolConfig{.type = "agentcore_browser", .name = "browser"}, *environment_);
    ASSERT_TRUE(made);
    tool_ = std::move(*made);
  }
  // As a restart of soma does: the tool and what it holds are gone, the private directory stays.
  void close() {
    on_loop([this]() -> net::Task<> {
      tool_.reset();
      co_return;
    });
  }

  Outcome call(json::Value input, net::Cancellation cancellation = {}) {
    Outcome outcome;
    on_loop([&]() -> net::Task<> {
      Context context{.result_name = "use-1",
                      .deadline = clock_->now() + std::chrono::minutes(2),
                      .cancellation = cancellation};
      outcome = co_await tool_->run(input, context);
    });
    return outcome;
  }
  Outcome go(const std::string& url) { return call(json::object({{"action", "navigate"}, {"url", url}})); }
  Tool& tool() { return *tool_; }
  net::Executor executor() { return loops_.executor(0); }

  void on_loop(const std::function<net::Task<>()>& work) {
    std::promise<void> done;
    auto task = [](const std::function<net::Task<>()>& inner, std::promise<void>& promise) -> net::Task<> {
      co_await inner();
      promise.set_value();
    };
    net::spawn(loops_.executor(0), task(work, done), "test");
    done.get_future().wait();
  }

 private:
  const net::OutboundPolicy* policy_;
  std::string directory_;
  net::LoopPool loops_{1};
  std::unique_ptr<os::Clock> clock_ = os::make_system_clock();
  std::unique_ptr<os::IdSource> ids_ = os::make_random_ids(*clock_);
  std::unique_ptr<os::ProcessLauncher> launcher_ = os::make_process_launcher();
  std::optional<Environment> environment_;
  std::unique_ptr<Tool> tool_;
};

inline std::string text_of(const Outcome& outcome) {
  std::string out;
  for (const auto& content : outcome.content) {
    if (const auto* text = std::get_if<model::Text>(&content)) out += text->text;
  }
  return out;
}

// The reference in front of the first line that holds `words`: "e12".
inline std::string ref_of(const Outcome& outcome, std::string_view words) {
  std::string text = text_of(outcome);
  size_t at = text.find(words);
  if (at == std::string::npos) return "(no such text)";
  size_t link = text.find("](e", at);  // "[words](e5)"
  if (link == at + words.size()) return text.substr(link + 2, text.find(')', link) - link - 2);
  size_t open = text.rfind("[e", at);
  if (open == std::string::npos) return "(no reference)";
  return text.substr(open + 1, text.find(']', open) - open - 1);
}

inline json::Value act(std::string_view action, std::initializer_list<json::Member> members = {}) {
  json::Value out = json::object({{"action", action}});
  for (const json::Member& each : members) out.set(each.first, each.second);
  return out;
}

class BrowserTest : public testing::Test {
 protected:
  void SetUp() override {
    if (auto found = find_chromium(); !found) {
      GTEST_SKIP() << "no Chromium here: " << found.error().message;
    }
    session_.emplace();
  }
  BrowsingSession& session() { return *session_; }

  Site site_;

 private:
  std::optional<BrowsingSession> session_;
};

#define EXPECT_SAYS(outcome, words)                                                                  \
  EXPECT_NE(text_of(outcome).find(words), std::string::npos) << "expected: " << (words) << "\nin:\n" \
                                                             << text_of(outcome)
#define EXPECT_SAYS_NOT(outcome, words) \
  EXPECT_EQ(text_of(outcome).find(words), std::string::npos) << text_of(outcome)

}  // namespace soma::tool::browser
