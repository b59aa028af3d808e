#include <fmt/format.h>

#include <algorithm>

#include "app/cli/project/harness_file.h"
#include "app/cli/project/project_files.h"

namespace soma::cli {

using json::Value;
using os::Code;
using os::Result;

namespace {

constexpr std::string_view kHolder = "environment";
constexpr std::string_view kMember = "filesystemConfigurations";

// Where sessions have the mount; "/mnt/a/" and "/mnt/a" are the same place.
std::string place_of(const Value& entry) {
  std::string path(entry.as_object().front().second.get("mountPath").string_or(""));
  if (path.ends_with('/')) path.pop_back();
  return path;
}

}  // namespace

Result<> add_mount(const std::filesystem::path& harness_file, const Value& entry) {
  SOMA_ASSIGN(Value harness, read_harness_file(harness_file));
  if (!harness.has(kHolder)) harness.set(std::string(kHolder), json::Object{});
  Value& environment = *harness.find(kHolder);
  if (!environment.has(kMember)) environment.set(std::string(kMember), json::Array{});
  Value& mounts = *environment.find(kMember);
  const auto same = [&](const Value& there) { return place_of(there) == place_of(entry); };
  if (std::ranges::any_of(mounts.as_array(), same))
    return os::fail(Code::kAlreadyExists,
                    fmt::format("{} has something at {}", harness_file.string(), place_of(entry)),
                    fmt::format("remove that first: soma remove mount {}", place_of(entry)));
  mounts.push_back(entry);
  return write_harness_file(harness_file, harness);
}

Result<> remove_mount(const std::filesystem::path& harness_file, std::string_view mount_path) {
  if (mount_path.ends_with('/')) mount_path.remove_suffix(1);
  SOMA_ASSIGN(Value harness, read_harness_file(harness_file));
  Value* environment = harness.find(kHolder);
  Value* mounts = environment == nullptr ? nullptr : environment->find(kMember);
  std::vector<std::string> there;
  if (mounts != nullptr)
    for (const Value& entry : mounts->as_array()) there.push_back(place_of(entry));
  const auto found = std::ranges::find(there, mount_path);
  if (found == there.end())
    return os::fail(Code::kNotFound, fmt::format("{} has nothing at {}", harness_file.string(), mount_path),
                    there.empty() ? "it has no mounts" : fmt::format("it has: {}", os::join(there, ", ")));
  mounts->as_array().erase(mounts->as_array().begin() + (found - there.begin()));
  if (mounts->empty()) environment->erase(kMember);
  return write_harness_file(harness_file, harness);
}

}  // namespace soma::cli
