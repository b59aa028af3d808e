// Looking at lines of a file. The file is read once, in pieces, and only the lines asked for are kept: a
// whole result of 64 MiB is looked at like any other file.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "core/sandbox/sandbox.h"
#include "core/tool/file_actions.h"

namespace soma::tool {
namespace {

constexpr size_t kPieceBytes = 256u << 10;

// Counts all lines and keeps the first bytes of those from `start` on, as many as one answer may need.
class LineWindow {
 public:
  struct Line {
    std::string beginning;  // kMaxLineBytes and what may be left of a character
    uint64_t bytes = 0;     // without its end
  };
  LineWindow(uint64_t start, uint64_t count) : start_(start), count_(count) {}

  void add(std::string_view piece) {
    while (!piece.empty()) {
      const size_t end = piece.find('\n');
      const std::string_view part = piece.substr(0, end);
      grow(part);
      piece.remove_prefix(part.size());
      if (end == std::string_view::npos) return;
      piece.remove_prefix(1);
      crlf_ = crlf_ || (number_ == 0 && last_ == '\r');
      finish_line(last_ == '\r');
    }
  }
  void finish() {
    if (open_) finish_line(false);
  }

  const std::vector<Line>& lines() const { return lines_; }
  uint64_t total() const { return number_; }
  bool crlf() const { return crlf_; }  // as the first line ends

 private:
  static constexpr size_t kKeptBytes = kMaxLineBytes + 4;

  bool wanted() const { return number_ + 1 >= start_ && lines_.size() < count_; }
  void grow(std::string_view part) {
    open_ = true;
    current_.bytes += part.size();
    if (!part.empty()) last_ = part.back();
    if (wanted() && current_.beginning.size() < kKeptBytes)
      current_.beginning += part.substr(0, kKeptBytes - current_.beginning.size());
  }
  void finish_line(bool return_at_end) {
    if (wanted()) {
      if (return_at_end && current_.beginning.size() == current_.bytes) current_.beginning.pop_back();
      if (return_at_end) --current_.bytes;
      lines_.push_back(std::move(current_));
    }
    ++number_;
    current_ = {};
    last_ = 0;
    open_ = false;
  }

  const uint64_t start_, count_;
  std::vector<Line> lines_;
  Line current_;
  uint64_t number_ = 0;  // lines that have ended
  char last_ = 0;        // of the current line
  bool open_ = false, crlf_ = false;
};

os::Result<uint64_t> viewed_size(int file, const std::string& path) {
  struct stat info{};
  if (fstat(file, &info) != 0) return os::fail_errno(path, errno);
  if (S_ISDIR(info.st_mode))
    return os::fail(os::Code::kInvalidArgument, fmt::format("{} is a directory", path), "use list");
  const auto size = static_cast<uint64_t>(info.st_size);
  if (size > kMaxViewedFileBytes)
    return os::fail(os::Code::kLimitExceeded,
                    fmt::format("{} has {} bytes, more than the {} of a file that is viewed", path,
                                with_commas(size), with_commas(kMaxViewedFileBytes)),
                    "look at a part with sed -n, head or tail in a shell");
  return size;
}

os::Result<> read_lines(int file, uint64_t size, const std::string& path, LineWindow& window) {
  std::string piece(kPieceBytes, '\0');
  uint64_t done = 0;  // growing meanwhile: what was there when it was opened
  while (done < size) {
    const ssize_t count = read(file, piece.data(), std::min<uint64_t>(piece.size(), size - done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return os::fail_errno(path, errno);
    if (count == 0) break;
    const std::string_view bytes(piece.data(), static_cast<size_t>(count));
    if (done == 0) SOMA_TRY(check_text(bytes, path, size));
    window.add(bytes);
    done += bytes.size();
  }
  window.finish();
  return {};
}

std::string show(const LineWindow::Line& line, uint64_t number) {
  const std::string_view part = os::utf8_prefix(line.beginning, kMaxLineBytes);
  const uint64_t more = line.bytes - part.size();
  return fmt::format("{:>6}\t{}{}\n", number, os::to_valid_utf8(part),
                     more > 0 ? fmt::format(" [… {} bytes more]", more) : "");
}

}  // namespace

os::Result<std::string> view_file(const FileAction& action) {
  const json::Value& input = action.input;
  const std::string path(input.get("path").string_or(""));
  const auto start = static_cast<uint64_t>(std::max<int64_t>(1, input.get("start_line").int_or(1)));
  const int64_t asked_end = input.get("end_line").int_or(INT64_MAX);
  const auto end = static_cast<uint64_t>(std::max<int64_t>(1, asked_end));
  SOMA_ASSIGN(os::Fd file, sandbox::open_inside(action.root, path, O_RDONLY, 0, action.mount_point));
  SOMA_ASSIGN(const uint64_t size, viewed_size(file.get(), path));
  LineWindow window(start, end < start ? 0 : std::min<uint64_t>(kMaxLines, end - start + 1));
  SOMA_TRY(read_lines(file.get(), size, path, window));
  if (window.total() == 0) return fmt::format("[{} is empty]", path);
  if (window.lines().empty())
    return os::fail(os::Code::kInvalidArgument,
                    fmt::format("lines {} to {} are not in {}, which has {}", start,
                                input.has("end_line") ? end : window.total(), path, window.total()));
  const size_t max_bytes = action.max_bytes - std::min(action.max_bytes, kNotesBytes);
  std::string shown;
  uint64_t next = start;
  for (const LineWindow::Line& line : window.lines()) {
    const std::string text = show(line, next);
    if (!shown.empty() && shown.size() + text.size() > max_bytes) break;
    shown += text;
    ++next;
  }
  if (next <= window.total() && (next <= end || !input.has("end_line")))
    shown += fmt::format("[{} more lines: view with start_line {}]\n", window.total() - next + 1, next);
  if (window.crlf()) shown += "[lines end with CR LF]\n";
  return shown;
}

}  // namespace soma::tool
