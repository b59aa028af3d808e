// Secrets by name, and what references to them mean.
//
//   secret:NAME   the file <data directory>/secrets/NAME
//   env:NAME      a variable of the process's environment
//   arn:aws:bedrock-agentcore:REGION:ACCOUNT:token-vault/VAULT/apikeycredentialprovider/NAME   as secret:NAME
//
// The folder is open to its owner alone (0700), so are the files (0600). A secret is replaced whole and is
// durable when set() returns: whoever reads sees the old value or the new one. Values are in no error, no log
// line and no output.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/os/os.h"

namespace soma::server {

inline constexpr size_t kMaxSecretBytes = 64u << 10;
inline constexpr size_t kMaxSecretNameLength = 128;
inline constexpr size_t kMaxSecrets = 1000;

// [A-Za-z_][A-Za-z0-9_.-]*, at most kMaxSecretNameLength.
bool is_secret_name(std::string_view name);

// Thread-safe; several processes may use the same data directory.
class SecretStore {
 public:
  struct Entry {
    std::string name;
    os::Time changed;
  };

  // `files` outlives the store. Nothing is made before the first set().
  SecretStore(os::FileSystem& files, const std::string& data_directory);

  // Makes or replaces. kInvalidArgument (name; nothing but a line's end), kLimitExceeded (kMaxSecretBytes,
  // kMaxSecrets), kConflict (another process was setting it at the same time), what the disk says.
  os::Result<> set(std::string_view name, std::string_view value);
  // kNotFound, kInvalidArgument (name).
  os::Result<> remove(std::string_view name);
  os::Result<std::vector<Entry>> list() const;  // by name

  // The value that a reference names, without a line's end behind it; for ProviderContext::read_secret. Looks
  // at the disk each time. kUnauthenticated when there is no such secret or variable, kInvalidArgument for
  // what is no reference (not repeated in the message: it may be a secret itself).
  os::Result<std::string> read(std::string_view reference) const;

 private:
  os::Result<std::string> read_file(std::string_view name) const;
  os::Result<std::vector<std::string>> names() const;
  os::Result<> remove_leftovers(std::string_view name);
  std::string path_of(std::string_view name) const;

  os::FileSystem& files_;
  std::string data_directory_, directory_;
};

}  // namespace soma::server
