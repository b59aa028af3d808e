#include "core/tool/browser/tab.h"

#include <fmt/format.h>

#include "core/tool/browser/page_script.h"

namespace soma::tool::browser {

namespace {

constexpr size_t kMaxTrackedRequests = 1000;
constexpr size_t kMaxDialogText = 500;
constexpr int kWorldAttempts = 4;
constexpr os::Duration kSettleAnswer =
    std::chrono::seconds(3);  // beyond kSettleLimit: the page does not run scripts

// The browser's words for "the document that you asked went away meanwhile".
bool document_went_away(const os::Error& error) {
  static constexpr const char* kWords[] = {"context", "navigated", "No frame", "Frame", "Promise"};
  if (error.code != os::Code::kInvalidArgument) return false;
  for (const char* word : kWords) {
    if (error.message.find(word) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

void Shared::note(std::string text) {
  if (notes.size() < kMaxNotes) {
    notes.push_back(std::move(text));
  } else {
    ++notes_left_out;
  }
}

std::vector<std::string> Shared::take_notes() {
  if (notes_left_out > 0) notes.push_back(fmt::format("{} more events of this kind", notes_left_out));
  notes_left_out = 0;
  return std::exchange(notes, {});
}

Tab::Tab(std::shared_ptr<Connection> connection, std::shared_ptr<Shared> shared, std::string target,
         std::string name)
    : connection_(std::move(connection)),
      shared_(std::move(shared)),
      target_(std::move(target)),
      name_(std::move(name)) {}

Tab::~Tab() {
  connection_->unsubscribe(session_);
}

net::Task<os::Result<std::shared_ptr<Tab>>> Tab::attach(Operation operation,
                                                        std::shared_ptr<Connection> connection,
                                                        std::shared_ptr<Shared> shared, std::string target,
                                                        std::string name) {
  std::shared_ptr<Tab> tab(new Tab(connection, shared, target, std::move(name)));
  auto where = json::object({{"targetId", target}, {"flatten", true}});
  auto attached = co_await connection->call(operation, "Target.attachToTarget", std::move(where), "");
  SOMA_CO_TRY(attached);
  tab->session_ = attached->get("sessionId").string_or("");
  connection->subscribe(tab->session_, shared->executor, [weak = std::weak_ptr(tab)](const Event& event) {
    if (auto self = weak.lock()) self->on_event(event);
  });
  const std::string& session = tab->session_;
  connection->send("Page.enable", json::Value(json::Object{}), session);
  connection->send("Inspector.enable", json::Value(json::Object{}), session);
  connection->send("Network.enable", json::object({{"maxTotalBufferSize", 0}}), session);
  connection->send("Emulation.setFocusEmulationEnabled", json::object({{"enabled", true}}), session);
  auto window = json::object(
      {{"width", kWindowWidth}, {"height", kWindowHeight}, {"deviceScaleFactor", 1}, {"mobile", false}});
  connection->send("Emulation.setDeviceMetricsOverride", std::move(window), session);
  connection->send("Page.setInterceptFileChooserDialog", json::object({{"enabled", true}}), session);
  connection->send("Page.setLifecycleEventsEnabled", json::object({{"enabled", true}}), session);
  auto tree = co_await tab->call(operation, "Page.getFrameTree", json::Value(json::Object{}));
  SOMA_CO_TRY(tree);
  if (tab->document_ == 0) {
    const json::Value& frame = tree->get("frameTree").get("frame");
    tab->url_ = frame.get("url").string_or("about:blank");
    tab->loader_ = frame.get("loaderId").string_or("");
  }
  co_return tab;
}

void Tab::on_event(const Event& event) {
  std::string_view method = event.method;
  if (method.starts_with("Network.")) {
    on_network_event(method.substr(8), event.params);
  } else if (method.starts_with("Page.")) {
    on_page_event(method.substr(5), event.params);
  } else if (method == "Inspector.targetCrashed") {
    crashed_ = true;
    connection_->fail_session(session_, "the page crashed");
  } else if (method == kClosedEvent) {
    closed_ = true;
  } else {
    return;
  }
  shared_->changed.notify();
}

void Tab::on_page_event(std::string_view name, const json::Value& params) {
  if (name == "javascriptDialogOpening") return on_dialog(params);
  if (name == "frameNavigated") return on_frame_navigated(params.get("frame"));
  if (name == "fileChooserOpened") {
    shared_->note(
        "The page asks for a file: use action \"type\" on the file input, with a path in the workspace as "
        "text.");
    return;
  }
  if (params.get("frameId").string_or("") != target_) return;
  if (name == "frameRequestedNavigation") {
    requested_ = params.get("disposition").string_or("") == "currentTab";
  } else if (name == "navigatedWithinDocument") {
    requested_ = false;
    url_ = params.get("url").string_or("");
  } else if (name == "frameStartedLoading") {
    requested_ = false;
    loading_ = true;
    loaded_ = false;
    document_error_.clear();
  } else if (name == "frameStoppedLoading") {
    requested_ = false;
    loading_ = false;
  } else if (name == "lifecycleEvent" && params.get("loaderId").string_or("") == loader_) {
    std::string_view stage = params.get("name").string_or("");
    if (stage == "DOMContentLoaded") readable_ = true;
    if (stage == "load") loaded_ = true;
  }
}

void Tab::on_frame_navigated(const json::Value& frame) {
  if (frame.get("id").string_or("") != target_) return;
  ++document_;
  requested_ = false;
  world_.reset();
  unresponsive_ = false;
  url_ = std::string(frame.get("url").string_or("")) + std::string(frame.get("urlFragment").string_or(""));
  loader_ = frame.get("loaderId").string_or("");
  unreachable_url_ = frame.get("unreachableUrl").string_or("");
  loading_ = true;
  loaded_ = false;
  readable_ = false;
  requests_.clear();
  subresources_.clear();
}

void Tab::on_network_event(std::string_view name, const json::Value& params) {
  std::string id(params.get("requestId").string_or(""));
  if (name == "requestWillBeSent") {
    std::string_view type = params.get("type").string_or("");
    if (type == "EventSource" || type == "Ping" || type == "Prefetch" || type == "Media") return;
    bool waited_for = type == "XHR" || type == "Fetch" || type == "Script" || type == "Document";
    auto& requests = waited_for ? requests_ : subresources_;
    if (requests.size() < kMaxTrackedRequests) {
      requests.insert_or_assign(id, std::string(params.get("request").get("url").string_or("")));
    }
  } else if (name == "loadingFinished" || name == "loadingFailed") {
    if (name == "loadingFailed" && params.get("type").string_or("") == "Document") {
      document_error_ = params.get("errorText").string_or("");
    }
    requests_.erase(id);
    subresources_.erase(id);
  }
}

void Tab::on_dialog(const json::Value& params) {
  std::string_view type = params.get("type").string_or("");
  std::string text(params.get("message").string_or(""));
  if (text.size() > kMaxDialogText) text = std::string(os::utf8_prefix(text, kMaxDialogText)) + "…";
  bool leaving = type == "beforeunload";
  bool accept = leaving || shared_->accept_dialogs;
  auto answer = json::object({{"accept", accept}});
  if (type == "prompt" && accept) {
    bool given = !shared_->prompt_text.empty();
    answer.set("promptText", given ? shared_->prompt_text : params.get("defaultPrompt").string_or(""));
  }
  connection_->send("Page.handleJavaScriptDialog", std::move(answer), session_);
  if (leaving) {
    shared_->note("The page asked whether to leave it; soma left it.");
  } else if (type == "alert") {
    shared_->note(fmt::format("The page showed an alert: \"{}\". It was closed.", text));
  } else {
    shared_->note(fmt::format("The page asked ({}): \"{}\". It was {}.", type, text,
                              accept ? "accepted" : "dismissed (accept_dialogs: true accepts)"));
  }
}

net::Task<os::Result<json::Value>> Tab::call(Operation operation, std::string method, json::Value params) {
  if (crashed_) co_return os::fail(os::Code::kUnavailable, "the page crashed");
  if (closed_) co_return os::fail(os::Code::kUnavailable, "the tab was closed");
  bool needs_page = method.starts_with("Input.") || method.starts_with("Runtime.");
  auto answer = co_await connection_->call(operation, std::move(method), std::move(params), session_);
  if (needs_page && answer) unresponsive_ = false;
  if (needs_page && !answer && answer.error().code == os::Code::kTimeout) {
    unresponsive_ = true;
    answer.error().message = "the page did not answer in time: a script of its own keeps it busy";
    answer.error().hint = "navigate to leave it, or wait";
  }
  co_return answer;
}

void Tab::send(std::string method, json::Value params) {
  if (alive()) connection_->send(std::move(method), std::move(params), session_);
}

net::Task<os::Result<int64_t>> Tab::world(Operation operation) {
  if (world_ && world_->document == document_) co_return world_->context;
  uint64_t document = document_;
  // "grantUniveralAccess" is the protocol's own spelling. It lets our world look into the frames that live in
  // the page's process.
  auto where = json::object({{"frameId", target_}, {"worldName", "soma"}, {"grantUniveralAccess", true}});
  auto made = co_await call(operation, "Page.createIsolatedWorld", std::move(where));
  SOMA_CO_TRY(made);
  int64_t context = made->get("executionContextId").int_or(0);
  auto code = json::object({{"expression", page_script(shared_->next_ref)}, {"contextId", context}});
  auto evaluated = co_await call(operation, "Runtime.evaluate", std::move(code));
  SOMA_CO_TRY(evaluated);
  if (const json::Value* exception = evaluated->find("exceptionDetails")) {
    co_return os::fail(os::Code::kInternal, "the page script does not run: " + json::write(*exception));
  }
  if (document == document_) world_ = World{document, context};
  co_return context;
}

net::Task<os::Result<json::Value>> Tab::script(Operation operation, std::string function,
                                               json::Array arguments, bool again) {
  os::Error last;
  for (int attempt = 0; attempt < kWorldAttempts; ++attempt) {
    auto context = co_await world(operation);
    if (!context) {
      last = context.error();
      if (!document_went_away(last)) break;
      continue;
    }
    auto params =
        json::object({{"functionDeclaration", "function(name, values) { return soma[name](...values); }"},
                      {"executionContextId", *context},
                      {"arguments", json::array({json::object({{"value", function}}),
                                                 json::object({{"value", json::Value(arguments)}})})},
                      {"returnByValue", true},
                      {"awaitPromise", true},
                      {"userGesture", true}});
    auto answer = co_await call(operation, "Runtime.callFunctionOn", std::move(params));
    if (!answer) {
      last = answer.error();
      if (!document_went_away(last)) break;
      world_.reset();
      if (!again) break;
      continue;
    }
    if (const json::Value* exception = answer->find("exceptionDetails")) {
      std::string_view words = exception->get("exception").get("description").string_or("unknown");
      co_return os::fail(os::Code::kInternal,
                         fmt::format("soma's {} failed in this page: {}", function, words));
    }
    json::Value value = answer->get("result").get("value");
    shared_->next_ref = std::max(shared_->next_ref, value.get("nextRef").int_or(0));
    if (std::string_view error = value.get("error").string_or(""); !error.empty()) {
      co_return os::fail(os::Code::kFailedPrecondition, std::string(error));
    }
    co_return value;
  }
  co_return std::unexpected(last);
}

net::Task<os::Result<json::Value>> Tab::evaluate(Operation operation, std::string expression) {
  auto params = json::object({{"expression", std::move(expression)},
                              {"returnByValue", true},
                              {"awaitPromise", true},
                              {"userGesture", true},
                              {"replMode", true}});
  auto answer = co_await call(operation, "Runtime.evaluate", std::move(params));
  SOMA_CO_TRY(answer);
  if (const json::Value* exception = answer->find("exceptionDetails")) {
    std::string_view words = exception->get("exception").get("description").string_or("");
    if (words.empty()) words = exception->get("text").string_or("an exception");
    co_return os::fail(os::Code::kFailedPrecondition, fmt::format("the script threw: {}", words));
  }
  co_return answer->get("result").get("value");
}

net::Task<os::Result<std::string>> Tab::element_handle(Operation operation, json::Value target) {
  SOMA_CO_ASSIGN(int64_t context, co_await world(operation));
  auto params = json::object({{"functionDeclaration", "function(target) { return soma.element(target); }"},
                              {"executionContextId", context},
                              {"arguments", json::array({json::object({{"value", std::move(target)}})})}});
  auto answer = co_await call(operation, "Runtime.callFunctionOn", std::move(params));
  SOMA_CO_TRY(answer);
  co_return std::string(answer->get("result").get("objectId").string_or(""));
}

net::Task<os::Result<json::Value>> Tab::navigate(Operation operation, std::string url) {
  auto params = json::object({{"url", std::move(url)}, {"transitionType", "typed"}});
  co_return co_await call(operation, "Page.navigate", std::move(params));
}

net::Task<bool> Tab::wait_change(Operation operation) {
  auto registration = operation.cancellation.on_request([shared = shared_] { shared->changed.notify(); });
  co_return co_await shared_->changed.wait_until(operation.clock, operation.deadline);
}

std::string Tab::waiting_for() const {
  size_t count = requests_.size() + subresources_.size();
  if (count == 0) return "the page itself";
  const std::string& first = requests_.empty() ? subresources_.begin()->second : requests_.begin()->second;
  std::string name = first.size() > 200 ? std::string(os::utf8_prefix(first, 200)) + "…" : first;
  return count == 1 ? name : fmt::format("{} and {} more", name, count - 1);
}

net::Task<os::Result<Loading>> Tab::wait_loaded(Operation operation) {
  std::optional<os::Time> grace;
  while (loading_ && !loaded_) {
    if (crashed_) co_return os::fail(os::Code::kUnavailable, "the page crashed");
    if (closed_) co_return os::fail(os::Code::kUnavailable, "the tab was closed");
    if (operation.cancellation.requested()) co_return os::fail(os::Code::kCancelled, "cancelled");
    if (readable_ && !grace) grace = operation.clock.now() + kLoadGrace;
    Operation until = operation;
    if (grace) until.deadline = std::min(until.deadline, *grace);
    if (until.expired()) co_return Loading{false, waiting_for()};
    co_await wait_change(until);
  }
  co_return Loading{};
}

net::Task<os::Result<Loading>> Tab::settle(Operation operation, bool acted) {
  SOMA_CO_ASSIGN(Loading loading, co_await wait_loaded(operation));
  if (!loading.complete && !readable_) co_return loading;
  Operation bounded = operation.within(kSettleLimit);
  Operation patient = operation.within(kSettleLimit + kSettleAnswer);
  while (!bounded.expired() && alive()) {
    auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(bounded.deadline - operation.clock.now());
    json::Array times = {kQuietMs, static_cast<int64_t>(left.count()), std::exchange(acted, false)};
    auto calm = co_await script(patient, "quiet", std::move(times), true);
    if (!calm) {
      if (crashed_ || calm.error().code == os::Code::kCancelled) co_return std::unexpected(calm.error());
      break;
    }
    Operation begin = operation.within(kBeginLimit);
    while (requested_ && !begin.expired() && alive() && !operation.cancellation.requested()) {
      co_await wait_change(begin);
    }
    requested_ = false;  // or it was no page: an address for another program
    if (loading_ && !loaded_ && loading.complete) {
      SOMA_CO_ASSIGN(loading, co_await wait_loaded(operation));
      bounded.deadline = operation.within(kSettleLimit).deadline;
      patient.deadline = operation.within(kSettleLimit + kSettleAnswer).deadline;
      continue;
    }
    if (requests_.empty() || !loading.complete) break;
    while (!requests_.empty() && !bounded.expired() && alive() && !operation.cancellation.requested()) {
      co_await wait_change(bounded);
    }
  }
  co_return loading;
}

}  // namespace soma::tool::browser
