#include "app/cli/hidden_input.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "app/cli/raw_terminal.h"

namespace soma::cli {
namespace {

using os::Code;
using os::Result;

std::unexpected<os::Error> too_long(size_t max_bytes) {
  return os::fail(Code::kLimitExceeded, fmt::format("the value is larger than {} bytes", max_bytes));
}

// 0 at the end of the input.
Result<size_t> read_some(int descriptor, char* buffer, size_t size) {
  while (true) {
    const ssize_t got = ::read(descriptor, buffer, size);
    if (got >= 0) return static_cast<size_t>(got);
    if (errno != EINTR) return os::fail_errno("cannot read the value", errno);
  }
}

// One character of UTF-8.
void remove_last_character(std::string& line) {
  constexpr unsigned char kKindMask = 0xC0, kContinuation = 0x80;
  while (!line.empty()) {
    const auto byte = static_cast<unsigned char>(line.back());
    line.pop_back();
    if ((byte & kKindMask) != kContinuation) return;
  }
}

}  // namespace

Result<std::string> read_hidden_line(int descriptor, size_t max_bytes) {
  constexpr char kCtrlC = 3, kCtrlD = 4, kBackspace = 8, kCtrlU = 21, kDelete = 127;
  // Reading by lines would be simpler, and cut what is longer than the terminal's own line buffer (4096
  // bytes).
  const RawTerminal raw(descriptor, RawKeys::kInput);
  if (!raw.valid()) return os::fail_errno("cannot hide what is typed", errno);
  std::string line;
  while (true) {
    char c = 0;
    SOMA_ASSIGN(const size_t got, read_some(descriptor, &c, 1));
    if (got == 0 || c == kCtrlC || (c == kCtrlD && line.empty()))
      return os::fail(Code::kCancelled, "nothing was changed");
    if (c == '\n' || c == '\r' || c == kCtrlD) return line;
    if (c == kBackspace || c == kDelete)
      remove_last_character(line);
    else if (c == kCtrlU)
      line.clear();
    else
      line.push_back(c);
    if (line.size() > max_bytes) return too_long(max_bytes);
  }
}

Result<std::string> read_line(int descriptor, size_t max_bytes) {
  std::string line;
  while (true) {
    char c = 0;
    SOMA_ASSIGN(const size_t got, read_some(descriptor, &c, 1));
    if (got == 0) return os::fail(Code::kCancelled, "the input ended; nothing was changed");
    if (c == '\n') return line;
    line.push_back(c);
    if (line.size() > max_bytes) return too_long(max_bytes);
  }
}

Result<std::string> read_to_end(int descriptor, size_t max_bytes) {
  std::string text(max_bytes + 1, '\0');
  size_t size = 0;
  while (size < text.size()) {
    SOMA_ASSIGN(const size_t got, read_some(descriptor, text.data() + size, text.size() - size));
    if (got == 0) {
      text.resize(size);
      return text;
    }
    size += got;
  }
  return too_long(max_bytes);
}

}  // namespace soma::cli
