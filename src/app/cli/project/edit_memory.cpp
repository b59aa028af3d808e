#include <fmt/format.h>

#include "app/cli/project/harness_file.h"
#include "app/cli/project/project_files.h"

namespace soma::cli {

using json::Value;
using os::Code;
using os::Result;

namespace {
constexpr std::string_view kMember = "memory";
}  // namespace

Result<> add_memory_use(const std::filesystem::path& harness_file, const Value& memory) {
  SOMA_ASSIGN(Value harness, read_harness_file(harness_file));
  const Value& there = harness.get(kMember);
  if (!there.is_null() && !there.has("disabled"))
    return os::fail(Code::kAlreadyExists, fmt::format("{} has a memory", harness_file.string()),
                    "remove that one first: soma remove memory");
  harness.set(kMember, memory);
  return write_harness_file(harness_file, harness);
}

Result<> remove_memory_use(const std::filesystem::path& harness_file) {
  SOMA_ASSIGN(Value harness, read_harness_file(harness_file));
  if (!harness.erase(kMember))
    return os::fail(Code::kNotFound, fmt::format("{} has no memory", harness_file.string()),
                    "add one with: soma add memory");
  return write_harness_file(harness_file, harness);
}

}  // namespace soma::cli
