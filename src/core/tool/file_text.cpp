// Looking at a file and changing its text.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>

#include "core/sandbox/sandbox.h"
#include "core/tool/file_actions.h"

namespace soma::tool {
namespace {

constexpr size_t kBinaryProbeBytes = 8192;
constexpr size_t kMaxComparedBytes = 200;  // of a line, when the nearest one is looked for
constexpr size_t kMaxShownPlaces = 10;

struct Signature {
  std::string_view bytes;
  std::string_view kind;
};
constexpr std::array<Signature, 5> kImages = {
    {{"\x89PNG", "PNG"}, {"\xFF\xD8\xFF", "JPEG"}, {"GIF8", "GIF"}, {"RIFF", "WebP"}, {"BM", "BMP"}}};

std::string text_of(const json::Value& input, std::string_view key) {
  return std::string(input.get(key).string_or(""));
}

os::Result<std::string> required(const json::Value& input, std::string_view key) {
  if (!input.get(key).is_string())
    return os::fail(os::Code::kInvalidArgument, fmt::format("this operation needs \"{}\"", key));
  return text_of(input, key);
}

// Lines with their ends.
std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    size_t end = text.find('\n');
    size_t size = end == std::string_view::npos ? text.size() : end + 1;
    lines.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return lines;
}

std::string_view without_end(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

bool uses_crlf(std::string_view text) {
  size_t end = text.find('\n');
  return end != std::string_view::npos && end > 0 && text[end - 1] == '\r';
}

std::string to_crlf(std::string_view text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) result += '\r';
    result += text[i];
  }
  return result;
}

size_t line_number_at(std::string_view text, size_t offset) {
  return static_cast<size_t>(std::ranges::count(text.substr(0, offset), '\n')) + 1;
}

std::vector<size_t> places_of(std::string_view text, std::string_view part) {
  std::vector<size_t> places;
  for (size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size()))
    places.push_back(at);
  return places;
}

// Where the text that was not found was probably meant to be.
std::string nearest_line(std::string_view text, std::string_view wanted) {
  std::string_view first;
  for (std::string_view line : lines_of(wanted)) {
    first = os::trim(line).substr(0, kMaxComparedBytes);
    if (!first.empty()) break;
  }
  std::vector<std::string_view> lines = lines_of(text);
  size_t best = std::numeric_limits<size_t>::max();
  size_t best_line = 0;
  for (size_t i = 0; i < std::min(lines.size(), kMaxLines); ++i) {
    std::string_view line = os::trim(lines[i]).substr(0, kMaxComparedBytes);
    if (line.empty()) continue;
    size_t distance = line.find(first) != std::string_view::npos ? 0 : os::edit_distance(line, first);
    if (distance < best) best = distance, best_line = i;
  }
  if (first.empty() || best > first.size() / 2) return "view the file to see what it holds";
  return fmt::format("the nearest line is {}: {}", best_line + 1,
                     without_end(lines[best_line]).substr(0, kMaxComparedBytes));
}

os::Result<std::string> not_unique(const std::string& path, std::string_view text,
                                   const std::vector<size_t>& places) {
  std::string lines;
  for (size_t i = 0; i < std::min(places.size(), kMaxShownPlaces); ++i)
    lines += fmt::format("{}{}", i == 0 ? "" : ", ", line_number_at(text, places[i]));
  if (places.size() > kMaxShownPlaces) lines += ", …";
  return os::fail(os::Code::kConflict,
                  fmt::format("old_text occurs {} times in {} (lines {})", places.size(), path, lines),
                  "give more of the surrounding text, or set replace_all");
}

os::Result<std::string> read_text(const FileAction& action, const std::string& path) {
  SOMA_ASSIGN(os::Fd file, sandbox::open_inside(action.root, path, O_RDONLY, 0, action.mount_point));
  SOMA_ASSIGN(std::string bytes, read_bounded(file.get(), kMaxFileBytes, path));
  SOMA_TRY(check_text(bytes, path, bytes.size()));
  return bytes;
}

os::Result<> write_text(const FileAction& action, const std::string& path, std::string_view text,
                        bool overwrite) {
  return sandbox::write_inside(action.root, path, text, overwrite, action.mount_point);
}

}  // namespace

bool looks_binary(std::string_view bytes) {
  return bytes.substr(0, kBinaryProbeBytes).find('\0') != std::string_view::npos;
}

os::Result<std::string> read_bounded(int file, size_t max_bytes, const std::string& path) {
  struct stat info{};
  if (fstat(file, &info) != 0) return os::fail_errno(path, errno);
  if (S_ISDIR(info.st_mode))
    return os::fail(os::Code::kInvalidArgument, fmt::format("{} is a directory", path), "use list");
  if (static_cast<uint64_t>(info.st_size) > max_bytes)
    return os::fail(os::Code::kLimitExceeded,
                    fmt::format("{} has {} bytes, more than the {} that are read at once", path,
                                with_commas(static_cast<uint64_t>(info.st_size)), with_commas(max_bytes)),
                    "use search, or head and tail in a shell");
  std::string bytes(static_cast<size_t>(info.st_size) + 1, '\0');
  size_t size = 0;
  while (size < bytes.size()) {
    ssize_t count = read(file, bytes.data() + size, bytes.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return os::fail_errno(path, errno);
    if (count == 0) break;
    size += static_cast<size_t>(count);
  }
  bytes.resize(std::min(
      size, static_cast<size_t>(info.st_size)));  // growing meanwhile: what was there when it was opened
  return bytes;
}

os::Result<> check_text(std::string_view beginning, const std::string& path, uint64_t file_bytes) {
  if (!looks_binary(beginning)) return {};
  for (const auto& [start, kind] : kImages)
    if (beginning.starts_with(start))
      return os::fail(
          os::Code::kUnsupported,
          fmt::format("{} is an image ({}, {} bytes), not text", path, kind, with_commas(file_bytes)),
          "open it with a tool that handles images, such as the code interpreter");
  return os::fail(os::Code::kUnsupported,
                  fmt::format("{} is a binary file of {} bytes", path, with_commas(file_bytes)),
                  "look at it with file, xxd or strings in a shell");
}

os::Result<std::string> create_file(const FileAction& action) {
  const json::Value& input = action.input;
  std::string path = text_of(input, "path");
  SOMA_ASSIGN(std::string content, required(input, "content"));
  const bool overwrite = input.get("overwrite").bool_or(false);
  os::Result<> written = write_text(action, path, content, overwrite);
  if (!written && written.error().code == os::Code::kAlreadyExists)
    return os::fail(os::Code::kAlreadyExists, fmt::format("{} exists already", path),
                    "set overwrite to replace it, or use replace or insert to change it");
  SOMA_TRY(std::move(written));
  return fmt::format("Wrote {} ({} bytes, {} lines).", path, with_commas(content.size()),
                     lines_of(content).size());
}

os::Result<std::string> replace_text(const FileAction& action) {
  const json::Value& input = action.input;
  std::string path = text_of(input, "path");
  SOMA_ASSIGN(std::string old_text, required(input, "old_text"));
  SOMA_ASSIGN(std::string new_text, required(input, "new_text"));
  if (old_text.empty())
    return os::fail(os::Code::kInvalidArgument, "old_text is empty", "use insert to add text");
  SOMA_ASSIGN(std::string text, read_text(action, path));
  if (uses_crlf(text)) {
    old_text = to_crlf(old_text);
    new_text = to_crlf(new_text);
  }
  std::vector<size_t> places = places_of(text, old_text);
  if (places.empty())
    return os::fail(os::Code::kNotFound, fmt::format("old_text does not occur in {}", path),
                    nearest_line(text, old_text));
  bool all = input.get("replace_all").bool_or(false);
  if (places.size() > 1 && !all) return not_unique(path, text, places);
  std::string changed;
  size_t from = 0;
  for (size_t at : places) {
    changed += text.substr(from, at - from) + new_text;
    from = at + old_text.size();
    if (changed.size() > kMaxFileBytes)
      return os::fail(os::Code::kLimitExceeded,
                      fmt::format("{} would grow over {} bytes", path, with_commas(kMaxFileBytes)));
  }
  changed += text.substr(from);
  SOMA_TRY(write_text(action, path, changed, true));
  if (places.size() > 1) return fmt::format("Replaced {} occurrences in {}.", places.size(), path);
  return fmt::format("Replaced one occurrence in {}, line {}.", path, line_number_at(text, places[0]));
}

os::Result<std::string> insert_text(const FileAction& action) {
  const json::Value& input = action.input;
  std::string path = text_of(input, "path");
  SOMA_ASSIGN(std::string added, required(input, "content"));
  if (input.get("line").type() != json::Type::kInt)
    return os::fail(os::Code::kInvalidArgument,
                    "this operation needs \"line\": the line after which to insert, 0 for the beginning");
  SOMA_ASSIGN(std::string text, read_text(action, path));
  std::vector<std::string_view> lines = lines_of(text);
  const auto line = static_cast<size_t>(input.get("line").as_int());
  if (line > lines.size())
    return os::fail(os::Code::kInvalidArgument,
                    fmt::format("there is no line {} in {}, which has {}", line, path, lines.size()));
  const bool crlf = uses_crlf(text);
  const std::string_view end = crlf ? "\r\n" : "\n";
  if (crlf) added = to_crlf(added);
  if (!added.ends_with('\n')) added += end;
  size_t at = line == 0 ? 0 : static_cast<size_t>(lines[line - 1].end() - std::string_view(text).begin());
  if (at > 0 && text[at - 1] != '\n') added = std::string(end) + added;  // after a last line without an end
  text.insert(at, added);
  if (text.size() > kMaxFileBytes)
    return os::fail(os::Code::kLimitExceeded,
                    fmt::format("{} would grow over {} bytes", path, with_commas(kMaxFileBytes)));
  SOMA_TRY(write_text(action, path, text, true));
  return fmt::format("Inserted {} lines after line {} of {}.", lines_of(added).size(), line, path);
}

}  // namespace soma::tool
