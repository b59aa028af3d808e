#include "services/harness/browser/browser_profiles.h"

#include <fmt/format.h>
#include <re2/re2.h>
#include <sys/stat.h>

#include <filesystem>

#include "base/os/os.h"

namespace soma::harness {

using json::Value;
using os::Code;
using os::Result;

namespace {

constexpr int kProfileVersion = 1;

std::string path_of(const std::string& directory, const std::string& id) {
  return fmt::format("{}/{}.json", directory, id);
}

}  // namespace

Result<> check_profile_id(std::string_view id) {
  static const RE2 pattern("[a-zA-Z][a-zA-Z0-9_]{0,47}-[a-zA-Z0-9]{10}");
  if (RE2::FullMatch(id, pattern)) return {};
  return os::fail(
      Code::kInvalidArgument,
      fmt::format("profileIdentifier is '{}'", os::utf8_prefix(os::to_valid_utf8(id), 100)),
      "use letters, digits and underscores, a hyphen, and ten letters or digits: work-0123456789");
}

Result<Value> read_profile(const std::string& directory, const std::string& id) {
  const std::string path = path_of(directory, id);
  auto text = os::read_file(path, kMaxProfileBytes);
  if (!text && text.error().code == Code::kNotFound)
    return os::fail(Code::kNotFound, fmt::format("there is no browser profile {}", id),
                    "SaveBrowserSessionProfile makes it");
  SOMA_TRY(text);
  auto state = json::parse(*text);
  if (!state || state->get("version").int_or(0) != kProfileVersion)
    return os::fail(Code::kCorrupt, fmt::format("{} is no browser profile of this version", path),
                    "save it again");
  return std::move(*state);
}

Result<> write_profile(const std::string& directory, const std::string& id, const Value& state) {
  Value body = state;
  body.set("version", kProfileVersion);
  const std::string text = json::write(body);
  if (text.size() > kMaxProfileBytes)
    return os::fail(Code::kLimitExceeded,
                    fmt::format("the profile has {} bytes (kMaxProfileBytes)", text.size()));
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return os::fail_errno(fmt::format("cannot make {}", directory), error.value());
  ::chmod(directory.c_str(), 0700);
  const std::string path = path_of(directory, id);
  SOMA_TRY(os::write_file_atomic(path, text));
  ::chmod(path.c_str(), 0600);
  return {};
}

}  // namespace soma::harness
