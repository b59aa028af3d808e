// A result that is streamed while it comes: bounded for whoever reads it, kept whole where it is too long.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/tool/result_store.h"
#include "core/tool/tool.h"

namespace soma::tool {

inline constexpr size_t kMaxHeadBytes = 124u << 10;  // emitted as they come
inline constexpr size_t kMaxTailBytes = 64u << 10;   // cut to this each time it has grown to twice as much
inline constexpr size_t kMaxNoteBytes = 4u << 10;    // what a tool adds in brackets
static_assert(kMaxHeadBytes + 2 * kMaxTailBytes + kMaxNoteBytes <= kMaxResultBytes);
static_assert(kMaxTailBytes >= kMaxResultBytes / 4);  // the model's share of it

// The client gets the first kMaxHeadBytes at once and the end with finish(), because a command's last words
// are those that tell what went wrong. The model gets Context::max_result_bytes: head, note and tail; when
// that is not all, the whole text is in the result store. A character that is split between two pieces is put
// together; what is no UTF-8 becomes U+FFFD, in the file too. Used on the session's loop.
class StreamedText {
 public:
  StreamedText(ResultStore store, const Context& context);
  void add(sandbox::Stream stream, std::string_view bytes);
  // The result, with `closing` on a line of its own at its end. When this returns, the file is synced.
  net::Task<Outcome> finish(bool error, std::string closing);
  bool empty() const { return total_ == 0; }

 private:
  void add_text(std::string_view text);
  void open_spool();
  void flush();

  const ResultStore store_;
  const std::string result_name_;
  const std::function<void(std::string_view)> emit_;
  const size_t max_result_bytes_;
  std::array<std::string, 2> split_;    // per stream: the beginning of a character
  std::string begin_;                   // the first max_result_bytes_
  std::string end_;                     // the last kMaxTailBytes, or up to twice as many
  std::shared_ptr<ResultSpool> spool_;  // once the text is too long for the model
  uint64_t emitted_ = 0;
  uint64_t total_ = 0;
  char last_ = '\n';
};

}  // namespace soma::tool
