// Structured log lines to stderr: text for people, JSON for machines. Lines are cut at kMaxLogLineBytes.
//
//   log(Level::kInfo, "server.started", {{"url", url}, {"pid", pid}});
//
// Secrets: wrap them in Secret; it prints as "***" everywhere.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace soma::os {

enum class Level { kDebug, kInfo, kWarning, kError, kOff };
enum class LogFormat { kText, kJson };

inline constexpr size_t kMaxLogLineBytes = 8192;

struct Secret {
  std::string value;
};

struct LogField {
  std::string_view key;
  std::variant<std::string_view, int64_t, double, bool> value;

  LogField(std::string_view k, std::string_view v) : key(k), value(v) {}
  LogField(std::string_view k, const std::string& v) : key(k), value(std::string_view(v)) {}
  LogField(std::string_view k, const char* v) : key(k), value(std::string_view(v)) {}
  LogField(std::string_view k, bool v) : key(k), value(v) {}
  LogField(std::string_view k, double v) : key(k), value(v) {}
  LogField(std::string_view k, std::integral auto v) : key(k), value(static_cast<int64_t>(v)) {}
  LogField(std::string_view k, const Secret&) : key(k), value(std::string_view("***")) {}
};

void set_log_level(Level level);
void set_log_format(LogFormat format);
bool log_enabled(Level level);
// `event` is a dotted, lower-case name that does not change: "journal.commit.failed".
void log(Level level, std::string_view event, std::initializer_list<LogField> fields = {});

}  // namespace soma::os
