// A session's browser: its context in the shared Chromium, its tabs, its cookies on disk. On the session's
// loop.
//
// The context is made at the first call, made again after a crash of the browser or a restart of soma, with
// the cookies of before; the page that was open is opened again when a call needs one.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/tool/browser/downloads.h"
#include "core/tool/browser/host.h"
#include "core/tool/browser/policy_proxy.h"
#include "core/tool/browser/tab.h"
#include "core/tool/tool.h"

namespace soma::tool::browser {

inline constexpr size_t kMaxTabs = 20;

class Session {
 public:
  explicit Session(Environment& environment);
  ~Session();

  Environment& environment() { return environment_; }
  Shared& shared() { return *shared_; }
  Downloads& downloads() { return *downloads_; }
  const PolicyProxy* proxy() const { return proxy_.get(); }

  // Makes sure that the browser and this session's context are there.
  net::Task<os::Result<>> ready(Operation operation);
  // The tab in front. One that crashed is replaced by an empty one and reported; with `reopen`, a page of
  // before is opened again.
  net::Task<os::Result<std::shared_ptr<Tab>>> tab(Operation operation, bool reopen);
  net::Task<os::Result<std::shared_ptr<Tab>>> open_tab(Operation operation);
  // Replaces a tab that does not answer any more.
  net::Task<os::Result<std::shared_ptr<Tab>>> replace(Operation operation, std::shared_ptr<Tab> old);
  net::Task<os::Result<>> activate(Operation operation, const std::string& name);
  net::Task<os::Result<>> close_tab(Operation operation, const std::string& name);
  const std::vector<std::shared_ptr<Tab>>& tabs() const { return tabs_; }
  const std::shared_ptr<Tab>& active() const { return active_; }
  // Takes in the windows that pages opened since the last time; with `follow`, the newest comes to the front.
  net::Task<> adopt_windows(Operation operation, bool follow);

  // Cookies and addresses to `browser.json` in the private directory, when they changed.
  net::Task<> save(Operation operation);
  bool holds_state() const { return !tabs_.empty(); }

 private:
  net::Task<os::Result<>> make_context(Operation operation);
  net::Task<os::Result<>> restore_cookies(Operation operation);
  net::Task<os::Result<>> reopen_page(Operation operation, std::string url);
  net::Task<os::Result<std::shared_ptr<Tab>>> attach(Operation operation, std::string target);
  void on_target_event(const Event& event);
  void load_saved();
  void remove_dead_tabs();
  void drop_context();
  std::string state_path() const;

  Environment& environment_;
  std::shared_ptr<Shared> shared_;
  std::shared_ptr<Downloads> downloads_;
  std::unique_ptr<Lease> lease_;
  std::shared_ptr<Chromium> chromium_;
  std::unique_ptr<PolicyProxy> proxy_;
  std::string context_;
  std::vector<std::shared_ptr<Tab>> tabs_;
  std::shared_ptr<Tab> active_;
  int next_tab_ = 1;
  bool creating_ = false;               // a target of our own is being made
  std::vector<std::string> announced_;  // targets that appeared and are no tabs yet
  json::Value saved_;                   // what browser.json holds
  std::string saved_text_;
  std::string reopen_url_;  // of the page that was open before a crash or restart
  std::string reopen_reason_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace soma::tool::browser
