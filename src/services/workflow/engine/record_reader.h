// Puts a record (record_writer.h) back into an execution, or reads its history. Private to engine/.
#pragma once

#include <string_view>
#include <vector>

#include "services/workflow/engine/record_cursor.h"
#include "services/workflow/engine/run.h"

namespace soma::workflow::engine {

class RecordReader {
 public:
  RecordReader(Run& run, std::string_view record) : run_(run), cursor_(record) {}
  os::Result<> read();

 private:
  void read_run();
  void read_childless();
  void read_frame();
  Frame* frame_for(uint64_t id, std::optional<uint64_t> parent);
  void read_member(Frame& frame, std::string_view key);
  void read_variables(Frame& frame);
  void take_payloads(Frame& frame, const Fields& before);
  void take_task(Frame& frame, const Fields& before);
  const HistoryEvent* event(int64_t id) const;

  Run& run_;
  RecordCursor cursor_;
  std::vector<HistoryEvent> events_;
  std::vector<Frame*> frames_;
  bool broken_ = false;  // it does not fit what was read before
};

}  // namespace soma::workflow::engine
