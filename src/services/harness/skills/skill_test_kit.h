// Skills on the disk, for tests.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace soma::harness {

inline void write_text(const std::filesystem::path& path, std::string_view text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}
// Makes the folder with a SKILL.md of that name. Returns it.
inline std::string make_skill(const std::filesystem::path& folder, std::string_view name,
                              std::string_view instructions = "Do it.\n") {
  write_text(folder / "SKILL.md", "---\nname: " + std::string(name) + "\ndescription: Knows " +
                                      std::string(name) + ".\n---\n" + std::string(instructions));
  return folder.string();
}

}  // namespace soma::harness
