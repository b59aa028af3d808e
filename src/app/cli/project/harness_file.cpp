#include "app/cli/project/harness_file.h"

#include "app/cli/project/layout.h"
#include "app/cli/project/project.h"
#include "services/harness/config.h"

namespace soma::cli {

os::Result<json::Value> read_harness_file(const std::filesystem::path& file) {
  const std::string source = file.string();
  SOMA_ASSIGN(const std::string text, os::read_file(source, kMaxProjectFileBytes));
  SOMA_ASSIGN(json::Value harness, read_json_text(text, source));
  SOMA_TRY(harness::config_from_json(harness, text, source));
  return harness;
}

os::Result<> write_harness_file(const std::filesystem::path& file, const json::Value& harness) {
  const std::string text = lay_out(harness);
  SOMA_TRY(harness::config_from_json(harness, text, file.string()));
  return os::write_file_atomic(file.string(), text);
}

}  // namespace soma::cli
