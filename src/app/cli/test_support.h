// For tests: a terminal that keeps what is printed, and a folder of its own.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <string>

#include "app/cli/terminal.h"
#include "base/json/json.h"
#include "base/os/os.h"

namespace soma::cli {

struct PrintedText {
  std::string out, error;
  Terminal terminal(Terminal::Traits traits = {}) {
    return Terminal([this](std::string_view text) { out += text; },
                    [this](std::string_view text) { error += text; }, traits);
  }
};

// Made empty, removed with everything in it.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "soma-cli-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path write(const std::string& name, std::string_view text) const {
    const std::filesystem::path file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    (void)os::write_file_atomic(file.string(), text);
    return file;
  }

 private:
  std::filesystem::path path_;
};

inline json::Value json_of(std::string_view text) {
  return json::parse(text).value_or(json::Value());
}

}  // namespace soma::cli
