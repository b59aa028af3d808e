// A line is built in memory and leaves in one write, so that lines of several threads do not mix. What a
// field holds is untrusted: control characters are escaped in both formats, so that no value can forge a line
// or steer a terminal.
#include "base/os/log.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cmath>

#include <fmt/format.h>

#include "base/os/clock.h"
#include "base/os/text.h"

namespace soma::os {
namespace {

std::atomic<Level> minimum_level{Level::kInfo};
std::atomic<LogFormat> line_format{LogFormat::kText};

// Room for the closing brace, the mark and the newline.
constexpr size_t kTailBytes = 32;
constexpr std::string_view kCutMark = "…";

std::string_view level_name(Level level, LogFormat format) {
  bool text = format == LogFormat::kText;
  switch (level) {
    case Level::kDebug:
      return text ? "DEBUG" : "debug";
    case Level::kInfo:
      return text ? "INFO " : "info";
    case Level::kWarning:
      return text ? "WARN " : "warning";
    case Level::kError:
    case Level::kOff:
      return text ? "ERROR" : "error";
  }
  return "";
}

// `text` between double quotes, JSON's escapes, at most `room` bytes of it.
void append_quoted(std::string& line, std::string_view text, size_t room) {
  std::string valid = to_valid_utf8(utf8_prefix(text, room));
  size_t limit = line.size() + room;
  bool cut = valid.size() < text.size();
  line += '"';
  for (size_t i = 0; i < valid.size(); ++i) {
    auto byte = static_cast<unsigned char>(valid[i]);
    bool starts_character = (byte & 0xc0) != 0x80;
    if (starts_character && line.size() + 6 > limit) {
      cut = true;
      break;
    }
    if (byte == '"' || byte == '\\') {
      line += '\\';
      line += valid[i];
    } else if (byte == '\n') {
      line += "\\n";
    } else if (byte < 0x20 || byte == 0x7f) {
      line += fmt::format("\\u{:04x}", byte);
    } else {
      line += valid[i];
    }
  }
  if (cut) line += kCutMark;
  line += '"';
}

bool is_plain_word(std::string_view text) {
  if (text.empty()) return false;
  for (char c : text) {
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                 std::string_view("-_./:@+%,~*").find(c) != std::string_view::npos;
    if (!plain) return false;
  }
  return true;
}

void append_value(std::string& line, const LogField& field, LogFormat format, size_t room) {
  if (const auto* text = std::get_if<std::string_view>(&field.value)) {
    if (format == LogFormat::kText && text->size() < room && is_plain_word(*text)) {
      line += *text;
    } else {
      append_quoted(line, *text, room);
    }
  } else if (const auto* number = std::get_if<int64_t>(&field.value)) {
    line += std::to_string(*number);
  } else if (const auto* real = std::get_if<double>(&field.value)) {
    line += std::isfinite(*real) ? fmt::format("{}", *real) : "null";
  } else {
    line += std::get<bool>(field.value) ? "true" : "false";
  }
}

std::string start_line(Level level, std::string_view event, LogFormat format) {
  std::string time = format_time(std::chrono::floor<Duration>(std::chrono::system_clock::now()));
  if (format == LogFormat::kText) {
    return fmt::format("{} {} {}", time, level_name(level, format), event.substr(0, 256));
  }
  std::string line = fmt::format(R"({{"time":"{}","level":"{}","event":)", time, level_name(level, format));
  append_quoted(line, event, 256);
  return line;
}

std::string make_line(Level level, std::string_view event, std::initializer_list<LogField> fields,
                      LogFormat format) {
  std::string line = start_line(level, event, format);
  for (const LogField& field : fields) {
    constexpr size_t kSmallestFieldBytes = 64;
    size_t used = line.size() + 2 * field.key.size() + kTailBytes;
    if (used + kSmallestFieldBytes > kMaxLogLineBytes) {
      line += format == LogFormat::kText ? " cut=true" : R"(,"cut":true)";
      break;
    }
    if (format == LogFormat::kText) {
      line += fmt::format(" {}=", field.key);
    } else {
      line += ',';
      append_quoted(line, field.key, kMaxLogLineBytes - used);
      line += ':';
    }
    append_value(line, field, format, kMaxLogLineBytes - kTailBytes - line.size());
  }
  line += format == LogFormat::kText ? "\n" : "}\n";
  return line;
}

}  // namespace

void set_log_level(Level level) {
  minimum_level.store(level, std::memory_order_relaxed);
}

void set_log_format(LogFormat format) {
  line_format.store(format, std::memory_order_relaxed);
}

bool log_enabled(Level level) {
  return level != Level::kOff && level >= minimum_level.load(std::memory_order_relaxed);
}

void log(Level level, std::string_view event, std::initializer_list<LogField> fields) {
  if (!log_enabled(level)) return;
  std::string line = make_line(level, event, fields, line_format.load(std::memory_order_relaxed));
  std::string_view rest = line;
  while (!rest.empty()) {
    ssize_t put = write(STDERR_FILENO, rest.data(), rest.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return;  // nobody to tell
    rest.remove_prefix(static_cast<size_t>(put));
  }
}

}  // namespace soma::os
