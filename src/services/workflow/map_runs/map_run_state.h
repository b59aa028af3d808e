// A map run as its run of the journal tells it: kind "mapRun", one for each distributed Map that began.
//
//   mapRun.started   what was ordered; the first event
//   mapRun.reading   the items are read from here on: what was read before does not count
//   mapRun.item      the input of one child, in order
//   mapRun.read      that were all
//   mapRun.result    a child has ended; of a child that was redriven, the last one counts
//   mapRun.limits    UpdateMapRun
//   mapRun.redriven  what has not succeeded runs again
//   mapRun.ended     how it ended, and what came out
//
// So the inputs are on disk once, found by number, and a child needs no memory but a few bytes before it
// begins and after it has ended. That a child began is not written: its name follows from the map run and its
// number, so to begin it again finds the one that there is.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/journal/journal.h"
#include "base/json/json.h"
#include "services/workflow/engine/engine.h"

namespace soma::workflow {

inline constexpr std::string_view kMapRunKind = "mapRun";
namespace map_run_event {
inline constexpr std::string_view kStarted = "mapRun.started", kReading = "mapRun.reading",
                                  kItem = "mapRun.item", kRead = "mapRun.read", kResult = "mapRun.result",
                                  kLimits = "mapRun.limits", kRedriven = "mapRun.redriven",
                                  kEnded = "mapRun.ended";
}  // namespace map_run_event

struct MapRunLimits {
  int64_t max_concurrency = 0;  // 0: as many as a map run may have; negative: none begins
  std::optional<int64_t> tolerated_count{};
  std::optional<double> tolerated_percentage{};

  // The members that are there replace what is here: "maxConcurrency", "toleratedFailureCount",
  // "toleratedFailurePercentage".
  void update(const json::Value& members);
  json::Value to_json() const;
};

// What was ordered.
struct MapRunStart {
  std::string arn;
  std::string execution_arn, correlation_id, test_case;
  std::string machine_arn;  // of the children: "…:stateMachine:M/LABEL"
  std::string revision;
  std::string state_name;
  engine::TaskId task = 0;
  uint64_t order = 1;  // engine::StartMapRun::order
  bool express = false, batched = false;
  MapRunLimits limits{};
};

enum class ChildStatus : uint8_t { kPending, kRunning, kSucceeded, kFailed, kTimedOut, kAborted };
inline constexpr size_t kChildStatuses = 6;
ChildStatus child_status(engine::Status status);

// The input of one child.
struct MapRunItem {
  std::string input;  // JSON text
  // Of the context object's Map.Item: the value where the input is not the item, the key of a member, the
  // source where it is not the state's input.
  std::optional<json::Value> value{};
  std::optional<std::string> key{}, source{};
  uint64_t items = 1;  // so many are in it
  bool in_batch = false;
};
// How one child ended.
struct ChildResult {
  uint64_t index = 0;
  engine::Status status = engine::Status::kSucceeded;
  std::string arn;
  std::optional<std::string> output{}, error{}, cause{};
  os::Time started{}, stopped{};
  int64_t redrives = 0;
  bool final = false;  // it cannot be redriven
};

// By ChildStatus.
struct MapRunCounts {
  std::array<uint64_t, kChildStatuses> by_status{};
  uint64_t results_written = 0, not_redrivable = 0, pending_redrive = 0;
  uint64_t of(ChildStatus status) const { return by_status[static_cast<size_t>(status)]; }
  uint64_t total() const;
};

// What is told of a map run.
struct MapRunView {
  std::string arn, execution_arn, machine_arn;
  engine::Status status = engine::Status::kRunning;
  os::Time started{};
  std::optional<os::Time> stopped{}, redriven{};
  uint64_t redrives = 0;
  MapRunLimits limits{};
  MapRunCounts executions{}, items{};
};

struct MapRunEnd {
  engine::Status status = engine::Status::kSucceeded;
  std::string output{};  // JSON text
  std::string error{}, cause{};
};

class MapRunState {
 public:
  // Events in order. kCorrupt: it is not what a map run says.
  os::Result<> apply(const journal::Event& event);
  // Puts back what journal::Run holds. kNotFound: there is none.
  static os::Result<MapRunState> read(journal::Journal& journal, std::string_view run);

  const MapRunStart& start() const { return start_; }
  const MapRunLimits& limits() const { return limits_; }
  uint64_t last_seq() const { return seq_; }
  uint64_t order() const { return order_; }
  uint64_t redrives() const { return redrives_; }
  std::optional<os::Time> redriven() const { return redriven_; }
  bool has_items() const { return read_; }
  const std::optional<MapRunEnd>& end() const { return end_; }
  MapRunView view() const;
  bool all_ended() const;

  size_t children() const { return status_.size(); }
  ChildStatus child(size_t index) const { return status_[index]; }
  // Where the child's input and its last result stand among the run's events; 0: it has no result.
  uint64_t input_seq(size_t index) const { return first_item_ + index; }
  uint64_t result_seq(size_t index) const { return result_[index]; }
  // In memory only: a child runs now, or does not any more without having ended.
  void set_running(size_t index, bool running);
  // More failed than is tolerated. With neither limit none is.
  bool breached() const;

 private:
  void take_start(const journal::Event& event, const json::Value& body);
  os::Result<> take_item(const journal::Event& event);
  os::Result<> take_result(const journal::Event& event);
  void take_redriven(const journal::Event& event, const json::Value& body);
  void take_end(const journal::Event& event, const json::Value& body);
  void set_child(size_t index, ChildStatus status);
  uint64_t items_of(size_t index) const { return in_child_.empty() ? 1 : in_child_[index]; }

  uint64_t seq_ = 0;
  MapRunStart start_;
  os::Time started_{};
  std::optional<os::Time> stopped_{};
  MapRunLimits limits_;
  uint64_t order_ = 1, redrives_ = 0;
  std::optional<os::Time> redriven_{};
  bool read_ = false;
  uint64_t first_item_ = 0;
  std::optional<MapRunEnd> end_{};
  MapRunCounts executions_, items_;
  std::vector<ChildStatus> status_;
  std::vector<uint32_t> result_;
  std::vector<uint32_t> in_child_;  // items of each, when they are batches
};

// What is appended.
journal::NewEvent write_map_run_start(const MapRunStart& start);
journal::NewEvent write_map_run_reading();
journal::NewEvent write_map_run_item(const MapRunItem& item);
journal::NewEvent write_map_run_read();
journal::NewEvent write_child_result(const ChildResult& result);
journal::NewEvent write_map_run_limits(const json::Value& members);
journal::NewEvent write_map_run_redriven(uint64_t order);
// With all that is told of it then: `view` is what it was until now.
journal::NewEvent write_map_run_end(const MapRunEnd& end, MapRunView view);

// And read back, one by one. kCorrupt.
os::Result<MapRunItem> read_map_run_item(journal::Journal& journal, std::string_view run, uint64_t seq);
os::Result<ChildResult> read_child_result(journal::Journal& journal, std::string_view run, uint64_t seq);
// What is told of a map run; of one that has ended without reading all of it. kNotFound.
os::Result<MapRunView> read_map_run_view(journal::Journal& journal, std::string_view run);

}  // namespace soma::workflow
