#include "services/workflow/object_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>

#include "core/sandbox/sandbox.h"

namespace soma::workflow {
namespace {

namespace fs = std::filesystem;
using os::Code;
using os::Result;

constexpr std::string_view kFolderInWords = "the folder of objects";

Result<> check_part(std::string_view part, std::string_view whole) {
  if (part.empty() || part == "." || part == ".." || part.find('\0') != std::string_view::npos)
    return os::fail(Code::kInvalidArgument, fmt::format("'{}' cannot be the name of a file", whole));
  return {};
}

std::unexpected<os::Error> not_there(std::string_view what, std::string_view name) {
  auto failed = os::fail(Code::kNotFound, fmt::format("there is no {} {}", what, name));
  failed.error().details = {{std::string(what), std::string(name)}};
  return failed;
}

os::Time time_of(fs::file_time_type when) {
  return std::chrono::time_point_cast<os::Duration>(std::chrono::file_clock::to_sys(when));
}

}  // namespace

std::string md5_hex(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_md5(), nullptr);
  return os::hex_encode({reinterpret_cast<const char*>(digest.data()), size});
}

std::string Object::etag() const {
  return md5_hex(bytes);
}

Result<std::string> ObjectFolder::bucket_path(std::string_view bucket) const {
  SOMA_TRY(check_part(bucket, bucket));
  if (bucket.find('/') != std::string_view::npos)
    return os::fail(Code::kInvalidArgument, fmt::format("'{}' cannot be the name of a bucket", bucket));
  return fmt::format("{}/{}", directory_, bucket);
}

Result<std::string> ObjectFolder::path_of(std::string_view bucket, std::string_view key) const {
  SOMA_ASSIGN(std::string path, bucket_path(bucket));
  if (key.size() > kMaxObjectKeyBytes)
    return os::fail(Code::kLimitExceeded, fmt::format("the key has {} bytes, kMaxObjectKeyBytes is {}",
                                                      key.size(), kMaxObjectKeyBytes));
  for (const std::string_view part : os::split(key, '/')) SOMA_TRY(check_part(part, key));
  return fmt::format("{}/{}", path, key);
}

Result<Object> ObjectFolder::get(std::string_view bucket, std::string_view key) const {
  SOMA_TRY(path_of(bucket, key));
  SOMA_ASSIGN(const std::string folder, bucket_path(bucket));
  std::error_code failed;
  if (!fs::is_directory(folder, failed)) return not_there("bucket", bucket);
  const std::string inside = fmt::format("{}/{}", bucket, key);
  const auto file = sandbox::open_inside(directory_, inside, O_RDONLY, 0, kFolderInWords);
  if (!file && file.error().code == Code::kPermissionDenied) return std::unexpected(file.error());
  struct stat info{};
  if (!file || fstat(file->get(), &info) != 0 || !S_ISREG(info.st_mode)) return not_there("key", key);
  const std::string opened = fmt::format("/proc/self/fd/{}", file->get());
  Object object;
  SOMA_ASSIGN(object.bytes, os::read_file(opened, kMaxObjectBytes));
  object.info = {std::string(key), object.bytes.size(), time_of(fs::last_write_time(opened, failed))};
  return object;
}

Result<> ObjectFolder::put(std::string_view bucket, std::string_view key, std::string_view bytes) const {
  SOMA_TRY(path_of(bucket, key));
  if (bytes.size() > kMaxObjectBytes)
    return os::fail(Code::kLimitExceeded, fmt::format("the object has {} bytes, kMaxObjectBytes is {}",
                                                      bytes.size(), kMaxObjectBytes));
  std::error_code failed;
  fs::create_directories(directory_, failed);
  if (failed) return os::fail_errno(directory_, failed.value());
  return sandbox::write_inside(directory_, fmt::format("{}/{}", bucket, key), bytes, true, kFolderInWords);
}

Result<ObjectPage> ObjectFolder::list(std::string_view bucket, std::string_view prefix,
                                      std::string_view start_after, size_t limit) const {
  SOMA_ASSIGN(const std::string folder, bucket_path(bucket));
  std::error_code failed;
  if (!fs::is_directory(folder, failed)) return not_there("bucket", bucket);
  std::vector<ObjectInfo> found;
  size_t looked_at = 0;
  fs::recursive_directory_iterator files(folder, fs::directory_options::skip_permission_denied, failed);
  for (; !failed && files != fs::recursive_directory_iterator(); files.increment(failed)) {
    if (++looked_at > kMaxObjectFiles)
      return os::fail(
          Code::kLimitExceeded,
          fmt::format("the bucket {} has more than {} files (kMaxObjectFiles)", bucket, kMaxObjectFiles));
    std::error_code gone;  // a file may go away while we look
    if (!files->is_regular_file(gone)) continue;
    std::string key = files->path().string().substr(folder.size() + 1);
    if (!key.starts_with(prefix) || key <= start_after) continue;
    const uint64_t size = files->file_size(gone);
    const os::Time modified = time_of(files->last_write_time(gone));
    if (!gone) found.push_back({std::move(key), size, modified});
  }
  if (failed) return os::fail_errno(folder, failed.value());
  std::ranges::sort(found, {}, &ObjectInfo::key);
  ObjectPage page;
  page.more = found.size() > limit;
  if (page.more) found.resize(limit);
  page.objects = std::move(found);
  return page;
}

}  // namespace soma::workflow
