// Paths that a configuration names.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace soma::harness {

// Absolute, without "." and ".." and without a slash at its end. A relative path is one beside `source`, the
// configuration's file.
inline std::string configured_path(std::string_view path, std::string_view source) {
  std::filesystem::path whole(path);
  if (whole.is_relative())
    whole = std::filesystem::absolute(std::filesystem::path(source)).parent_path() / whole;
  std::string normal = whole.lexically_normal().string();
  if (normal.size() > 1 && normal.ends_with('/')) normal.pop_back();
  return normal;
}

}  // namespace soma::harness
