// Text that tools give back: bounded, and valid UTF-8 whatever a command printed.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/sandbox/sandbox.h"
#include "core/tool/tool.h"

namespace soma::tool {

inline constexpr size_t kMaxHeadBytes = 124u << 10;  // of a streamed result
inline constexpr size_t kMaxTailBytes = 64u << 10;   // cut to this each time it has grown to twice as much
inline constexpr size_t kMaxNoteBytes = 4u << 10;    // what a tool adds in brackets
static_assert(kMaxHeadBytes + 2 * kMaxTailBytes + kMaxNoteBytes <= kMaxResultBytes);

// Text over kMaxResultBytes loses its middle, and says how much.
std::string cut_middle(std::string text);

// A result that is streamed as it comes: the beginning is emitted at once, of the rest the end is kept,
// because a command's last words are those that tell what went wrong. A character that is split between two
// pieces is put together; what is no UTF-8 becomes U+FFFD.
class StreamedText {
 public:
  // With no `emit` everything is kept for finish().
  explicit StreamedText(std::function<void(std::string_view)> emit) : emit_(std::move(emit)) {}
  void add(sandbox::Stream stream, std::string_view bytes);
  // What comes after the emitted text: a note about what is left out, and the end. `closing` follows on a
  // line of its own.
  std::string finish(std::string_view closing);
  bool empty() const { return total_ == 0; }

 private:
  void add_text(std::string_view text);
  void flush();

  std::function<void(std::string_view)> emit_;
  std::array<std::string, 2> split_;  // per stream: the beginning of a character
  std::string held_;                  // the head, when there is no emit
  std::string tail_;
  uint64_t head_bytes_ = 0;
  uint64_t left_out_ = 0;
  uint64_t total_ = 0;
  char last_ = '\n';
};

}  // namespace soma::tool
