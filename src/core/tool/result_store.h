// Where whole results are kept that are too large for the model: files of the session, below
// /workspace/.soma/results, one per tool call, there as long as the session's other files.
//
// The agent owns that folder too and may plant what it likes in it. So a file is made anew below a directory
// that is held open, never through a link, and what a name spells cannot leave the folder.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/sandbox/sandbox.h"

namespace soma::tool {

inline constexpr uint64_t kMaxWholeResultBytes = 64ull << 20;  // of one file; a longer result loses its end
inline constexpr std::string_view kResultsFolder = ".soma/results";  // in the workspace
inline constexpr std::string_view kOwnFolder = ".soma";  // left out of walks that do not begin in it

// "2-3-call_1.txt". A name of other characters than letters, digits, "_" and "-", or a long one, is spelled
// with what is allowed and a hash of the whole, so that two names do not meet in one file.
std::string result_file_name(std::string_view result_name);

// Where a session keeps its results. A small value.
struct ResultStore {
  std::string workspace;                      // host path
  const sandbox::Sandbox* sandbox = nullptr;  // whose disk limit counts; null: none
};

// What has become of a result that was to be kept.
struct KeptResult {
  std::string path;                    // as the model names it: "/workspace/.soma/results/2-3-call_1.txt"
  uint64_t bytes = 0, lines = 0;       // in the file, without the note at its end
  uint64_t missing = 0;                // bytes of the result's end that are not there
  std::string limit{};                 // what `missing` was too much for
  std::optional<os::Error> failure{};  // nothing is kept, and why

  // For the model: "the whole result is in …", or why it is not.
  std::string words() const;
};

// Writes one result as it comes. A failure ends the writing, not the call: finish() tells it. What an earlier
// run of the same call left is replaced. Made on the session's loop; afterwards used by one thread at a time.
class ResultSpool {
 public:
  ResultSpool(const ResultStore& store, std::string_view result_name);
  // Into a file that is open already.
  ResultSpool(os::Result<os::Fd> file, std::string path, uint64_t max_bytes);
  // Blocks no longer than a write to the page cache, of kBufferBytes at a time.
  void append(std::string_view text);
  // Syncs: blocking. Nothing may be appended afterwards.
  KeptResult finish();

  static constexpr size_t kBufferBytes = 64u << 10;

 private:
  os::Result<> open(const std::string& workspace);
  void write_buffer();
  void sync();
  void give_up(os::Error error);

  os::Fd directory_, file_;
  std::string name_, buffer_;
  KeptResult kept_;
  uint64_t max_bytes_ = kMaxWholeResultBytes;
  bool full_ = false;
  char last_ = '\n';
};

}  // namespace soma::tool
