// What pages hand out as files: saved into the workspace's `downloads/`, bounded, and told to the model. On
// the tool's loop.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/tool/browser/tab.h"

namespace soma::tool::browser {

inline constexpr int64_t kMaxDownloadBytes = 64ll << 20;
inline constexpr size_t kMaxDownloads = 8;  // at a time
inline constexpr os::Duration kDownloadWait =
    std::chrono::seconds(20);  // a call waits so long for what it began

class Downloads : public std::enable_shared_from_this<Downloads> {
 public:
  Downloads(std::shared_ptr<Shared> shared, std::string workspace, std::string staging);
  // Has the browser report the context's downloads to us, and save them below the staging directory.
  net::Task<os::Result<>> attach(Operation operation, std::shared_ptr<Connection> connection,
                                 std::string context);
  void detach();
  // Waits for what is under way, and notes what has ended.
  net::Task<> finish(Operation operation);
  bool under_way() const { return !active_.empty(); }

 private:
  struct Download {
    std::string url, name;
    int64_t received = 0;
  };
  void on_event(const Event& event);
  void on_progress(const json::Value& params);
  void ended(const std::string& id, const Download& download, std::string_view state);

  std::shared_ptr<Shared> shared_;
  std::string workspace_, staging_;
  std::shared_ptr<Connection> connection_;
  std::string context_, session_;
  std::map<std::string, Download> active_;
};

}  // namespace soma::tool::browser
