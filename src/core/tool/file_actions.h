// What `file_operations` can do, one function per operation. Blocking: called on a worker thread.
#pragma once

#include <string>

#include "base/json/json.h"
#include "base/os/os.h"
#include "core/sandbox/sandbox.h"
#include "core/tool/result_text.h"

namespace soma::tool {

inline constexpr size_t kMaxFileBytes = 16u << 20;  // of a file that is changed
// Of a file that is viewed: a whole result, and the note at its end.
inline constexpr size_t kMaxViewedFileBytes = kMaxWholeResultBytes + (1u << 10);
inline constexpr size_t kMaxSearchedBytes =
    4u << 20;                              // of a file that is searched; larger ones are counted and left out
inline constexpr size_t kMaxLines = 2000;  // of one view
inline constexpr size_t kMaxLineBytes = 2000;  // of one line shown
inline constexpr size_t kMaxListed = 1000;
inline constexpr size_t kMaxListDepth = 3;
inline constexpr size_t kMaxMatches = 200;
inline constexpr size_t kMaxSearchedFiles = 20'000;
inline constexpr size_t kMaxSearchDepth = 32;

struct FileAction {
  std::string root;  // host path of the workspace, or of an open mount
  json::Value input;
  size_t max_bytes = 0;                               // of the answer: what the model reads at once
  std::string mount_point{sandbox::kWorkspaceMount};  // what absolute paths begin with
};
// Each returns the text for the model.
os::Result<std::string> view_file(const FileAction& action);
os::Result<std::string> create_file(const FileAction& action);
os::Result<std::string> replace_text(const FileAction& action);
os::Result<std::string> insert_text(const FileAction& action);
os::Result<std::string> list_directory(const FileAction& action);
os::Result<std::string> search_files(const FileAction& action);

// Room in an answer for the lines in brackets at its end.
inline constexpr size_t kNotesBytes = 256;

// An error that says why a file is not shown as text: an image, binary. `beginning` is all or its first
// bytes.
os::Result<> check_text(std::string_view beginning, const std::string& path, uint64_t file_bytes);
os::Result<std::string> read_bounded(int file, size_t max_bytes, const std::string& path);
bool looks_binary(std::string_view bytes);

}  // namespace soma::tool
