// Reads HTTP/1.1 answers that are event streams, piece by piece, and notes when each event was complete.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "load/stamp.h"

namespace soma_load {

// `keys` are the event's outermost JSON keys joined by dots, such as "contentBlockDelta.contentBlockIndex";
// `text_bytes` the size of its first "text" member: a server may join deltas that wait for it.
struct Event {
  std::string keys;
  size_t text_bytes = 0;
  int64_t at_ns = 0;
};

inline constexpr size_t kMaxBufferedBytes = 16u
                                            << 20;  // of a head, a chunk line or an event: more is refused

class Answer {
 public:
  // Takes bytes that arrived at `now_ns`. False when they are no HTTP that this reader knows.
  bool feed(std::string_view bytes, int64_t now_ns);
  bool complete() const { return state_ == State::kDone; }
  int status() const { return status_; }
  const std::vector<Event>& events() const { return events_; }
  // How old each stamp in the body was when it came, in nanoseconds.
  const std::vector<int64_t>& latencies() const { return latencies_; }
  // The first bytes of an answer that is no event stream: an error's text.
  const std::string& other_text() const { return other_text_; }

 private:
  enum class State { kHead, kSized, kChunkSize, kChunk, kChunkEnd, kTrailer, kDone };

  bool step(int64_t now_ns, bool& moved);
  bool read_head();
  bool read_chunk_size(std::string_view line);
  void take_body(std::string_view bytes, int64_t now_ns);
  void take_line(std::string_view line, int64_t now_ns);
  bool take_line_of_input(std::string_view& line);

  State state_ = State::kHead;
  std::string input_, line_, data_, other_text_;
  std::vector<Event> events_;
  StampReader stamps_;
  std::vector<int64_t> latencies_;
  size_t remaining_ = 0;
  int status_ = 0;
  bool is_stream_ = false;
};

}  // namespace soma_load
