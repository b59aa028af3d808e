#include "core/tool/browser/downloads.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

#include "core/tool/browser/workspace_file.h"

namespace soma::tool::browser {

Downloads::Downloads(std::shared_ptr<Shared> shared, std::string workspace, std::string staging)
    : shared_(std::move(shared)), workspace_(std::move(workspace)), staging_(std::move(staging)) {}

net::Task<os::Result<>> Downloads::attach(Operation operation, std::shared_ptr<Connection> connection,
                                          std::string context) {
  detach();
  active_.clear();
  connection_ = std::move(connection);
  context_ = std::move(context);
  std::error_code error;
  std::filesystem::remove_all(staging_, error);
  std::filesystem::create_directories(staging_, error);
  if (error) co_return os::fail(os::Code::kInternal, "make " + staging_ + ": " + error.message());
  // A session of our own with the browser: it alone hears of this context's downloads.
  auto none = json::Value(json::Object{});
  auto attached = co_await connection_->call(operation, "Target.attachToBrowserTarget", std::move(none), "");
  SOMA_CO_TRY(attached);
  session_ = attached->get("sessionId").string_or("");
  connection_->subscribe(session_, shared_->executor, [weak = weak_from_this()](const Event& event) {
    if (auto self = weak.lock()) self->on_event(event);
  });
  auto behavior = json::object({{"behavior", "allowAndName"},
                                {"browserContextId", context_},
                                {"downloadPath", staging_},
                                {"eventsEnabled", true}});
  auto set =
      co_await connection_->call(operation, "Browser.setDownloadBehavior", std::move(behavior), session_);
  SOMA_CO_TRY(set);
  co_return os::Result<>();
}

void Downloads::detach() {
  if (!connection_) return;
  connection_->unsubscribe(session_);
  connection_->send("Target.detachFromTarget", json::object({{"sessionId", session_}}), "");
  connection_.reset();
}

void Downloads::on_event(const Event& event) {
  if (event.method == "Browser.downloadWillBegin") {
    std::string id(event.params.get("guid").string_or(""));
    Download download{std::string(event.params.get("url").string_or("")),
                      std::string(event.params.get("suggestedFilename").string_or(""))};
    if (active_.size() >= kMaxDownloads) {
      shared_->note(fmt::format("The page began a download of \"{}\"; refused: {} are under way already.",
                                download.name, active_.size()));
      auto which = json::object({{"guid", id}, {"browserContextId", context_}});
      connection_->send("Browser.cancelDownload", std::move(which), session_);
      return;
    }
    active_.emplace(std::move(id), std::move(download));
  } else if (event.method == "Browser.downloadProgress") {
    on_progress(event.params);
  } else if (event.method == kClosedEvent) {
    active_.clear();
  } else {
    return;
  }
  shared_->changed.notify();
}

void Downloads::on_progress(const json::Value& params) {
  std::string id(params.get("guid").string_or(""));
  auto found = active_.find(id);
  if (found == active_.end()) return;
  Download& download = found->second;
  download.received = static_cast<int64_t>(params.get("receivedBytes").double_or(0));
  auto total = static_cast<int64_t>(params.get("totalBytes").double_or(0));
  std::string_view state = params.get("state").string_or("");
  if (state == "inProgress") {
    if (std::max(total, download.received) <= kMaxDownloadBytes) return;
    auto which = json::object({{"guid", id}, {"browserContextId", context_}});
    connection_->send("Browser.cancelDownload", std::move(which), session_);
    state = "tooLarge";
  }
  Download ended_download = std::move(download);
  active_.erase(found);
  ended(id, ended_download, state);
}

void Downloads::ended(const std::string& id, const Download& download, std::string_view state) {
  std::string staged = staging_ + "/" + id;
  if (state == "completed") {
    if (auto placed = move_into(workspace_, "downloads", download.name, staged)) {
      shared_->note(
          fmt::format("Downloaded {} ({} bytes) from {}.", *placed, download.received, download.url));
      return;
    } else {
      shared_->note(
          fmt::format("\"{}\" was downloaded but not saved: {}.", download.name, placed.error().message));
    }
  } else if (state == "tooLarge") {
    shared_->note(fmt::format("The download of \"{}\" from {} was stopped: it is larger than {} MiB.",
                              download.name, download.url, kMaxDownloadBytes >> 20));
  } else {
    shared_->note(fmt::format("The download of \"{}\" from {} broke off after {} bytes.", download.name,
                              download.url, download.received));
  }
  ::unlink(staged.c_str());
}

net::Task<> Downloads::finish(Operation operation) {
  Operation bounded = operation.within(kDownloadWait);
  while (!active_.empty() && !bounded.expired() && !operation.cancellation.requested()) {
    co_await shared_->changed.wait_until(bounded.clock, bounded.deadline);
  }
  for (const auto& [id, download] : active_) {
    shared_->note(fmt::format("Still downloading \"{}\" from {} ({} bytes so far).", download.name,
                              download.url, download.received));
  }
}

}  // namespace soma::tool::browser
