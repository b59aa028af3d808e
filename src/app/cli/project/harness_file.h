// A project's harness.json as it is edited: the order of its keys is kept, and what the harness's own check
// refuses is neither read nor written.
#pragma once

#include <filesystem>

#include "base/json/json.h"

namespace soma::cli {

// A file that is wrong already is not edited: the edit could hide what is wrong.
os::Result<json::Value> read_harness_file(const std::filesystem::path& file);
os::Result<> write_harness_file(const std::filesystem::path& file, const json::Value& harness);

}  // namespace soma::cli
