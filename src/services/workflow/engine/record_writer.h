// A step's record: what changed, as JSON text.
//
//   {"at":1767225600000000,         the step's time, µs
//    "n":7,                         id of the first event, where there are any
//    "h":[{"y":"TaskStateEntered","p":6,"d":{"name":"A"},"m":"input","v":{…}},    "v": the payload as it is,
//         {"y":"TaskScheduled","p":7,"d":{…},"m":"parameters","w":7}],            "w": event 7's payload
//    "e":{"t":3},                   of the execution as a whole: RunFields that changed
//    "x":[4],                       frames whose children are over
//    "c":[{"id":0,"s":2,"e":7},     frames that changed: Fields that changed,
//         {"id":5,"p":0,"f":1}]}    "p": a new one's parent
//
// A frame's other members: "tk" its task's token, "rc" its retriers' counts, "v" its variables (each with the
// event that shows it), "wk" its work ("wi": it is the input itself). Private to engine/.
#pragma once

#include <string>

#include "services/workflow/engine/run.h"

namespace soma::workflow::engine {

class RecordWriter {
 public:
  explicit RecordWriter(Run& run) : run_(run) {}
  // Empty when nothing changed. From then on all of it counts as recorded.
  std::string write();

 private:
  void write_events();
  void write_event(size_t index);
  void write_payload(size_t index);
  void write_run();
  void write_childless();
  void write_frames();
  void write_frame(Frame& frame);
  void write_work(Frame& frame);
  void write_variables(Frame& frame);

  // Members of the record itself, and of a frame.
  void section(std::string_view key);
  void member(std::string_view key);
  void member(std::string_view key, int64_t value);

  Run& run_;
  std::string out_;
  bool first_ = true;  // of the object that is being written
};

}  // namespace soma::workflow::engine
