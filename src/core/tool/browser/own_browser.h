// A browser with nobody else in it, for a session without an agent: a Chromium process of its own, whose
// pages are driven from outside, by input at coordinates and by automation clients.
//
// The tool (session.h) shares one Chromium and keeps to a context of it, since it alone speaks to that one.
// An automation client expects a whole browser, so here it has one. Everything that the pages load goes
// through a proxy that holds it to the outbound policy. The process ends with this object, and by itself when
// soma is killed: its protocol is a pipe.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/tool/browser/chromium.h"
#include "core/tool/browser/policy_proxy.h"
#include "core/tool/browser/raw_input.h"
#include "core/tool/browser/relay.h"

namespace soma::tool::browser {

inline constexpr size_t kMaxOwnPages = 50;        // open at the same time; one more is closed at once
inline constexpr size_t kMaxVisitedOrigins = 50;  // whose local storage is kept

enum class Picture { kPng, kJpeg };

struct OwnBrowserOptions {
  os::Clock& clock;
  os::ProcessLauncher& launcher;
  const net::OutboundPolicy* outbound = nullptr;  // null: everything is allowed
  int width = 1280, height = 900;                 // of what is seen of a page, in pixels
  // What read_state() gave of another browser.
  json::Value state{};
  // Called once, on the loop of the browser's owner, when the process has ended by itself.
  std::function<void()> on_end{};
};

// On its owner's loop, but for open_relay() and those who hold a connection.
class OwnBrowser : public std::enable_shared_from_this<OwnBrowser> {
 public:
  // Starts Chromium, gives it its state back and opens an empty page. Errors: kFailedPrecondition (no
  // Chromium here), kUnavailable (it did not start), kTimeout.
  static net::Task<os::Result<std::shared_ptr<OwnBrowser>>> start(Operation operation,
                                                                  OwnBrowserOptions options,
                                                                  net::Executor executor);
  ~OwnBrowser();

  // The page in front is the one that was opened last; when none is open, an empty one is opened.
  // Done when the page has taken the last of the events. Errors as Connection::call.
  net::Task<os::Result<>> input(Operation operation, std::vector<InputEvent> events);
  // What is seen of the page in front, as the bytes of a file.
  net::Task<os::Result<std::string>> picture(Operation operation, Picture format);
  // Cookies, and the local storage of the origins that its pages have been at: {cookies, origins: [{origin,
  // items}]}.
  net::Task<os::Result<json::Value>> read_state(Operation operation);

  // For a client on another loop.
  struct Wire {
    std::shared_ptr<Connection> connection;
    std::string proxy_server;
  };
  Wire wire() const { return {chromium_->connection(), proxy_server_}; }
  pid_t pid() const { return chromium_->pid(); }

 private:
  struct Page {
    std::string target;
    bool own_size = true;   // else a client made its context, and sets its size
    std::string session{};  // soma's own; empty: not attached yet
  };
  OwnBrowser(OwnBrowserOptions options, const net::Executor& executor);
  net::Task<os::Result<>> bring_up(Operation operation);
  void on_event(const Event& event);
  void on_page(const json::Value& info);
  static net::Task<> attach_soon(std::shared_ptr<OwnBrowser> self, std::string target);
  net::Task<os::Result<std::string>> attach(Operation operation, std::string target);
  net::Task<os::Result<std::string>> front(Operation operation);
  net::Task<os::Result<>> restore_state(Operation operation);
  // What `expression` gives in an empty page of that origin, which asks nobody on the network.
  net::Task<os::Result<json::Value>> ask_origin(Operation operation, std::string origin,
                                                std::string expression);
  void visited(std::string_view url);

  OwnBrowserOptions options_;
  net::Executor executor_;
  std::unique_ptr<PolicyProxy> proxy_;
  std::string proxy_server_;
  std::shared_ptr<Chromium> chromium_;
  std::string context_;      // the browser's own, where its first page is
  std::vector<Page> pages_;  // as they were opened
  std::set<std::string> origins_;
};

// "https://example.org:8443" of an http or https address; else empty.
std::string origin_of(std::string_view url);

}  // namespace soma::tool::browser
