// One tab: what the browser tells about it, kept up to date, and the ways to talk to it.
//
// Events drive everything: a wait looks at this state, and looks again whenever an event changed it. Nothing
// polls or sleeps. All on the tool's loop.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/tool/browser/cdp.h"

namespace soma::tool::browser {

inline constexpr int kWindowWidth = 1280, kWindowHeight = 900;  // in pixels, the same everywhere
inline constexpr size_t kMaxNotes = 12;                         // of one call
inline constexpr os::Duration kLoadGrace =
    std::chrono::seconds(8);  // from a readable document to its load event
inline constexpr os::Duration kSettleLimit =
    std::chrono::seconds(3);  // for scripts to finish what they began
inline constexpr os::Duration kBeginLimit =
    std::chrono::seconds(2);         // from asking for another page to its beginning to load
inline constexpr int kQuietMs = 60;  // without a change, and the page counts as settled

// What the tabs of one tool share.
struct Shared {
  explicit Shared(const net::Executor& loop) : executor(loop), changed(loop) {}
  net::Executor executor;
  net::Notifier changed;             // something happened in some tab
  std::vector<std::string> notes{};  // what the result of the current call must mention
  size_t notes_left_out = 0;
  bool accept_dialogs = false;
  std::string prompt_text{};
  int64_t next_ref = 1;

  void note(std::string text);
  std::vector<std::string> take_notes();
};

struct Loading {
  bool complete = true;       // the load event came
  std::string waiting_for{};  // else: what is still on its way, in words
};

class Tab : public std::enable_shared_from_this<Tab> {
 public:
  // Attaches to a target that exists. Errors as Connection::call.
  static net::Task<os::Result<std::shared_ptr<Tab>>> attach(Operation operation,
                                                            std::shared_ptr<Connection> connection,
                                                            std::shared_ptr<Shared> shared,
                                                            std::string target, std::string name);
  ~Tab();

  // "t1": as the model sees it.
  const std::string& name() const { return name_; }
  const std::string& target() const { return target_; }
  const std::string& url() const { return url_; }
  const std::string& loader() const { return loader_; }  // the browser's id of the document
  uint64_t document() const { return document_; }        // counts the documents that this tab has shown
  bool alive() const { return !crashed_ && !closed_; }
  bool crashed() const { return crashed_; }
  bool unresponsive() const { return unresponsive_; }
  // The address that could not be opened, and why, when the tab shows the browser's own error page.
  const std::string& unreachable_url() const { return unreachable_url_; }
  const std::string& document_error() const { return document_error_; }
  void closed() { closed_ = true; }

  net::Task<os::Result<json::Value>> call(Operation operation, std::string method, json::Value params);
  // The same with nobody waiting: for the first of a row of inputs, which are carried out in order.
  void send(std::string method, json::Value params);
  // Calls a function of page_script.h in soma's own world of the current document. `again`: call it in the
  // new document when the page goes away under it (for what only looks). kFailedPrecondition carries the
  // function's own {error}.
  net::Task<os::Result<json::Value>> script(Operation operation, std::string function, json::Array arguments,
                                            bool again);
  // Evaluates in the page's own world, as its console would.
  net::Task<os::Result<json::Value>> evaluate(Operation operation, std::string expression);
  // A handle to the element of a target, for commands that take one. Empty when it is not there.
  net::Task<os::Result<std::string>> element_handle(Operation operation, json::Value target);

  // Sends the tab to an address. Returns the browser's own answer: {loaderId, errorText, isDownload}.
  net::Task<os::Result<json::Value>> navigate(Operation operation, std::string url);
  // Waits for the load event of what is loading, at most kLoadGrace after the document can be read.
  net::Task<os::Result<Loading>> wait_loaded(Operation operation);
  // Then until its scripts have done what they began: requests answered, nothing changing. Bounded by
  // kSettleLimit.
  // `acted`: something was just done to the page, and it is given time to begin.
  net::Task<os::Result<Loading>> settle(Operation operation, bool acted = false);
  // Waits for an event of any tab. False at the deadline.
  net::Task<bool> wait_change(Operation operation);
  size_t requests_in_flight() const { return requests_.size(); }
  bool loading() const { return loading_ && !loaded_; }

 private:
  struct World {
    uint64_t document;
    int64_t context;
  };
  Tab(std::shared_ptr<Connection> connection, std::shared_ptr<Shared> shared, std::string target,
      std::string name);
  void on_event(const Event& event);
  void on_page_event(std::string_view name, const json::Value& params);
  void on_network_event(std::string_view name, const json::Value& params);
  void on_frame_navigated(const json::Value& frame);
  void on_dialog(const json::Value& params);
  net::Task<os::Result<int64_t>> world(Operation operation);
  std::string waiting_for() const;

  std::shared_ptr<Connection> connection_;
  std::shared_ptr<Shared> shared_;
  std::string target_, name_, session_;

  std::string url_ = "about:blank";
  std::string loader_, unreachable_url_, document_error_;
  uint64_t document_ = 0;
  bool requested_ = false;  // a script or form asked for another page, which has not begun to load
  bool loading_ = false, loaded_ = true, readable_ = true;
  bool crashed_ = false, closed_ = false, unresponsive_ = false;
  std::map<std::string, std::string>
      requests_;  // that scripts or the document itself wait for: id -> address
  std::map<std::string, std::string> subresources_;  // all others
  std::optional<World> world_;
};

}  // namespace soma::tool::browser
