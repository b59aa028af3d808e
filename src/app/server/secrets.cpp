#include "app/server/secrets.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <span>

#include "base/aws/aws.h"

namespace soma::server {
namespace {

using os::Code;
using os::Result;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string_view without_line_end(std::string_view value) {
  if (value.ends_with('\n')) value.remove_suffix(1);
  if (value.ends_with('\r')) value.remove_suffix(1);
  return value;
}

// What follows a name's dot in files that are being written; no secret's name begins with a dot.
std::string unfinished_prefix(std::string_view name) {
  return fmt::format(".{}.new-", name);
}

Result<> check_name(std::string_view name) {
  if (is_secret_name(name)) return {};
  return os::fail(Code::kInvalidArgument, "that is no name for a secret",
                  fmt::format("a letter or _, then letters, digits, '_', '.' and '-': at most {} in all",
                              kMaxSecretNameLength));
}

Result<std::string> variable(std::string_view name) {
  const bool is_name = !name.empty() && !is_digit(name.front()) && std::ranges::all_of(name, [](char c) {
    return is_letter(c) || is_digit(c) || c == '_';
  });
  if (!is_name) return os::fail(Code::kInvalidArgument, "env: is followed by no variable's name");
  const char* value = std::getenv(std::string(name).c_str());
  if (value == nullptr || *value == '\0')
    return os::fail(Code::kUnauthenticated, fmt::format("the variable {} is not set", name),
                    fmt::format("set {} where soma is started", name));
  return std::string(value);
}

// A folder that somebody made by hand is closed too. One that is not on the disk is a test's.
Result<> close_to_others(const std::string& directory) {
  if (::chmod(directory.c_str(), S_IRWXU) != 0 && errno != ENOENT)
    return os::fail_errno(fmt::format("cannot close {} to others", directory), errno);
  return {};
}

os::Time changed_at(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return {};
  return os::Time(std::chrono::seconds(status.st_mtim.tv_sec));
}

}  // namespace

bool is_secret_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxSecretNameLength &&
         (is_letter(name.front()) || name.front() == '_') && std::ranges::all_of(name, [](char c) {
           return is_letter(c) || is_digit(c) || c == '_' || c == '.' || c == '-';
         });
}

SecretStore::SecretStore(os::FileSystem& files, const std::string& data_directory)
    : files_(files), data_directory_(data_directory), directory_(data_directory + "/secrets") {}

std::string SecretStore::path_of(std::string_view name) const {
  return fmt::format("{}/{}", directory_, name);
}

Result<std::vector<std::string>> SecretStore::names() const {
  if (!files_.exists(directory_)) return std::vector<std::string>();
  SOMA_ASSIGN(std::vector<std::string> found, files_.list(directory_));
  std::erase_if(found, [](const std::string& name) { return !is_secret_name(name); });
  return found;
}

// A set() that was cut off leaves a file with a part of a value.
Result<> SecretStore::remove_leftovers(std::string_view name) {
  SOMA_ASSIGN(const std::vector<std::string> found, files_.list(directory_));
  for (const std::string& file : found)
    if (file.starts_with(unfinished_prefix(name))) SOMA_TRY(files_.remove(path_of(file)));
  return {};
}

Result<> SecretStore::set(std::string_view name, std::string_view value) {
  SOMA_TRY(check_name(name));
  value = without_line_end(value);
  if (value.empty())
    return os::fail(Code::kInvalidArgument, "the value is empty", "soma secret remove NAME removes a secret");
  if (value.size() > kMaxSecretBytes)
    return os::fail(Code::kLimitExceeded,
                    fmt::format("the value is larger than kMaxSecretBytes ({})", kMaxSecretBytes));
  SOMA_TRY(files_.make_directories(directory_));
  SOMA_TRY(close_to_others(directory_));
  SOMA_ASSIGN(const std::vector<std::string> others, names());
  if (others.size() >= kMaxSecrets && !std::ranges::binary_search(others, name))
    return os::fail(Code::kLimitExceeded, fmt::format("there are kMaxSecrets ({}) already", kMaxSecrets));
  SOMA_TRY(remove_leftovers(name));

  static std::atomic<uint64_t> count{0};
  const std::string unfinished =
      path_of(fmt::format("{}{}-{}", unfinished_prefix(name), ::getpid(), ++count));
  SOMA_ASSIGN(const std::unique_ptr<os::File> file, files_.open(unfinished, os::OpenMode::kCreate));
  SOMA_TRY(file->write_at(0, std::as_bytes(std::span(value))));
  SOMA_TRY(file->sync());
  if (const auto renamed = files_.rename(unfinished, path_of(name)); !renamed) {
    if (renamed.error().code != Code::kNotFound) return renamed;
    return os::fail(Code::kConflict, fmt::format("another process was setting '{}' at the same time", name),
                    "set it again if its value is not the one wanted");
  }
  SOMA_TRY(files_.sync_directory(directory_));
  return files_.sync_directory(data_directory_);
}

Result<> SecretStore::remove(std::string_view name) {
  SOMA_TRY(check_name(name));
  if (!files_.exists(path_of(name)))
    return os::fail(Code::kNotFound, fmt::format("there is no secret '{}'", name),
                    "soma secret list shows their names");
  SOMA_TRY(remove_leftovers(name));
  SOMA_TRY(files_.remove(path_of(name)));
  return files_.sync_directory(directory_);
}

Result<std::vector<SecretStore::Entry>> SecretStore::list() const {
  SOMA_ASSIGN(std::vector<std::string> found, names());
  std::vector<Entry> entries;
  for (std::string& name : found) {
    const os::Time changed = changed_at(path_of(name));
    entries.push_back({std::move(name), changed});
  }
  return entries;
}

Result<std::string> SecretStore::read_file(std::string_view name) const {
  SOMA_TRY(check_name(name));
  const auto file = files_.open(path_of(name), os::OpenMode::kRead);
  if (!file && file.error().code == Code::kNotFound)
    return os::fail(Code::kUnauthenticated, fmt::format("there is no secret '{}'", name),
                    fmt::format("soma secret set {}", name));
  if (!file) return std::unexpected(file.error());
  std::string value(kMaxSecretBytes + 2, '\0');  // a file that was not made here may end in a line's end
  SOMA_ASSIGN(const size_t read, (*file)->read_at(0, std::as_writable_bytes(std::span(value))));
  value.resize(read);
  value = std::string(without_line_end(value));
  if (value.size() > kMaxSecretBytes)
    return os::fail(Code::kLimitExceeded, fmt::format("the secret '{}' is larger than kMaxSecretBytes ({})",
                                                      name, kMaxSecretBytes));
  if (value.empty())
    return os::fail(Code::kUnauthenticated, fmt::format("the secret '{}' is empty", name),
                    fmt::format("soma secret set {}", name));
  return value;
}

Result<std::string> SecretStore::read(std::string_view reference) const {
  constexpr std::string_view kSecret = "secret:", kVariable = "env:";
  if (reference.starts_with(kVariable)) return variable(reference.substr(kVariable.size()));
  if (reference.starts_with(kSecret)) return read_file(reference.substr(kSecret.size()));
  if (const auto name = aws::credential_name(reference, aws::kApiKeyKind)) return read_file(*name);
  return os::fail(Code::kInvalidArgument, "that is no reference to a secret",
                  "write env:NAME, secret:NAME or the ARN of an API key's credential provider");
}

}  // namespace soma::server
