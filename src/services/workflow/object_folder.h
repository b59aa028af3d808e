// Objects as files: <directory>/<bucket>/<key>. What people put there by hand counts, and so does what
// sessions of agents do that have a bucket mounted: a link that leads out of the folder is no object.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/os/os.h"

namespace soma::workflow {

inline constexpr size_t kMaxObjectBytes = 64u << 20;  // read or written whole
inline constexpr size_t kMaxObjectKeyBytes = 1'024;
inline constexpr size_t kMaxListedObjects = 1'000;    // on one page
inline constexpr size_t kMaxObjectFiles = 1'000'000;  // looked at for one page

struct ObjectInfo {
  std::string key;
  uint64_t size = 0;
  os::Time modified;
};
struct Object {
  ObjectInfo info;
  std::string bytes;
  std::string etag() const;  // hex MD5 of the bytes
};
struct ObjectPage {
  std::vector<ObjectInfo> objects;  // by key, in the order of bytes
  bool more = false;
};

// Blocking; thread-safe, and several processes may use the folder: put() replaces whole.
class ObjectFolder {
 public:
  explicit ObjectFolder(std::string directory) : directory_(std::move(directory)) {}

  // kNotFound with details {"bucket"} or {"key"}: which of them is not there. kInvalidArgument: a name that
  // cannot be a file of the folder ("..", an empty part). kPermissionDenied: a link leads out.
  // kLimitExceeded.
  os::Result<Object> get(std::string_view bucket, std::string_view key) const;
  os::Result<> put(std::string_view bucket, std::string_view key, std::string_view bytes) const;
  os::Result<ObjectPage> list(std::string_view bucket, std::string_view prefix, std::string_view start_after,
                              size_t limit) const;
  // Where the object is, whether it exists or not.
  os::Result<std::string> path_of(std::string_view bucket, std::string_view key) const;

 private:
  os::Result<std::string> bucket_path(std::string_view bucket) const;

  std::string directory_;
};

std::string md5_hex(std::string_view bytes);

}  // namespace soma::workflow
