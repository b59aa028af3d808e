#include "core/tool/result_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>

#include "core/tool/result_text.h"

namespace soma::tool {
namespace {

constexpr size_t kMaxNameBytes = 80;      // of a name that is taken as it is
constexpr size_t kMaxFailureBytes = 300;  // of the reason that the model reads
// Left of the disk limit for the note at a cut file's end, and for the blocks of the folders.
constexpr uint64_t kSpareBytes = 64u << 10;

bool is_safe(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

// FNV-1a, 64 bits: http://www.isthe.com/chongo/tech/comp/fnv/
uint64_t hash_of(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

os::Result<> write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(file, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return os::fail_errno("write", errno);
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return {};
}

}  // namespace

std::string result_file_name(std::string_view result_name) {
  std::string name(result_name.substr(0, kMaxNameBytes));
  if (!name.empty() && name.size() == result_name.size() && std::ranges::all_of(name, is_safe))
    return name + ".txt";
  std::ranges::replace_if(name, std::not_fn(is_safe), '_');
  return fmt::format("{}.{:016x}.txt", name.empty() ? "_" : name, hash_of(result_name));
}

std::string KeptResult::words() const {
  if (failure) {
    const std::string why = failure->to_string();
    return fmt::format("the whole result could not be kept: {}", os::utf8_prefix(why, kMaxFailureBytes));
  }
  const std::string what =
      missing == 0 ? fmt::format("the whole result is in {}", path)
                   : fmt::format("the first {} bytes of the result are in {}, {} more are not kept ({})",
                                 with_commas(bytes), path, with_commas(missing), limit);
  return fmt::format(
      "{}: {} line{}; look at parts of it with the view of file_operations (start_line, end_line), or sed -n "
      "and "
      "grep in a shell",
      what, with_commas(lines), lines == 1 ? "" : "s");
}

ResultSpool::ResultSpool(const ResultStore& store, std::string_view result_name)
    : name_(result_file_name(result_name)) {
  kept_.path = fmt::format("/workspace/{}/{}", kResultsFolder, name_);
  const uint64_t room = store.sandbox ? store.sandbox->disk_room() : UINT64_MAX;
  kept_.limit = fmt::format("a kept result may have {} bytes", with_commas(kMaxWholeResultBytes));
  if (room < kMaxWholeResultBytes + kSpareBytes) {
    max_bytes_ = room > kSpareBytes ? room - kSpareBytes : 0;
    kept_.limit = fmt::format("the session's files may have {} bytes together: remove some",
                              with_commas(store.sandbox->policy().limits.disk_bytes));
  }
  if (os::Result<> opened = open(store.workspace); !opened) give_up(std::move(opened.error()));
}

os::Result<> ResultSpool::open(const std::string& workspace) {
  if (max_bytes_ == 0)
    return os::fail(os::Code::kLimitExceeded, "no room is left in the workspace", kept_.limit);
  SOMA_ASSIGN(directory_, sandbox::make_directory_inside(workspace, kResultsFolder));
  SOMA_ASSIGN(file_, sandbox::replace_in(directory_.get(), name_));
  return {};
}

ResultSpool::ResultSpool(os::Result<os::Fd> file, std::string path, uint64_t max_bytes)
    : max_bytes_(max_bytes) {
  kept_.path = std::move(path);
  kept_.limit = fmt::format("a kept result may have {} bytes", with_commas(max_bytes));
  if (file) {
    file_ = std::move(*file);
  } else {
    give_up(std::move(file.error()));
  }
}

void ResultSpool::append(std::string_view text) {
  if (kept_.failure || text.empty()) return;
  std::string_view fits;
  if (!full_) fits = os::utf8_prefix(text, max_bytes_ - kept_.bytes);
  full_ = full_ || fits.size() < text.size();
  kept_.missing += text.size() - fits.size();
  if (fits.empty()) return;
  kept_.bytes += fits.size();
  kept_.lines += static_cast<uint64_t>(std::ranges::count(fits, '\n'));
  last_ = fits.back();
  buffer_ += fits;
  if (buffer_.size() >= kBufferBytes) write_buffer();
}

void ResultSpool::write_buffer() {
  os::Result<> written = write_all(file_.get(), buffer_);
  buffer_.clear();
  if (!written) give_up(std::move(written.error()));
}

KeptResult ResultSpool::finish() {
  if (kept_.failure) return kept_;
  if (last_ != '\n') ++kept_.lines;
  if (kept_.missing > 0)
    buffer_ += fmt::format("\n[… {} bytes more are not kept: {}]\n", with_commas(kept_.missing), kept_.limit);
  write_buffer();
  if (!kept_.failure) sync();
  file_.reset();
  directory_.reset();
  return kept_;
}

void ResultSpool::sync() {
  if (fsync(file_.get()) != 0 || (directory_.valid() && fsync(directory_.get()) != 0))
    give_up(os::fail_errno("sync", errno).error());
}

// Half a result that is called whole would mislead, and a full disk wants its bytes back.
void ResultSpool::give_up(os::Error error) {
  if (file_.valid() && directory_.valid()) unlinkat(directory_.get(), name_.c_str(), 0);
  file_.reset();
  buffer_ = {};
  kept_.failure = std::move(error);
}

}  // namespace soma::tool
