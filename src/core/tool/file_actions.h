// What `file_operations` can do, one function per operation. Blocking: called on a worker thread.
#pragma once

#include <string>

#include "base/json/json.h"
#include "base/os/os.h"

namespace soma::tool {

inline constexpr size_t kMaxFileBytes = 16u << 20;  // of a file that is viewed or changed
inline constexpr size_t kMaxSearchedBytes =
    4u << 20;                              // of a file that is searched; larger ones are counted and left out
inline constexpr size_t kMaxLines = 2000;  // of one view
inline constexpr size_t kMaxLineBytes = 2000;        // of one line shown
inline constexpr size_t kMaxViewBytes = 128u << 10;  // of one answer
inline constexpr size_t kMaxListed = 1000;
inline constexpr size_t kMaxListDepth = 3;
inline constexpr size_t kMaxMatches = 200;
inline constexpr size_t kMaxSearchedFiles = 20'000;
inline constexpr size_t kMaxSearchDepth = 32;

// Each returns the text for the model.
os::Result<std::string> view_file(const std::string& root, const json::Value& input);
os::Result<std::string> create_file(const std::string& root, const json::Value& input);
os::Result<std::string> replace_text(const std::string& root, const json::Value& input);
os::Result<std::string> insert_text(const std::string& root, const json::Value& input);
os::Result<std::string> list_directory(const std::string& root, const json::Value& input);
os::Result<std::string> search_files(const std::string& root, const json::Value& input);

// A file's text, or an error that says why it is not shown: too large, an image, binary.
os::Result<std::string> read_text(const std::string& root, const std::string& path);
os::Result<std::string> read_bounded(int file, size_t max_bytes, const std::string& path);
bool looks_binary(std::string_view bytes);
// "12,345"
std::string with_commas(uint64_t number);

}  // namespace soma::tool
