#include "services/harness/shell/shell_frames.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/json/json.h"

namespace soma::harness {
namespace {

using json::Value;
using os::Code;
using os::Result;

constexpr size_t kMaxShellIdBytes = 128;
constexpr std::string_view kExitCode = "ExitCode";

Value status(Value metadata, std::string_view outcome) {
  return json::object(
      {{"kind", "Status"}, {"apiVersion", "v1"}, {"metadata", std::move(metadata)}, {"status", outcome}});
}

std::string status_frame(const Value& body) {
  return shell_frame(ShellChannel::kStatus, json::write(body));
}

}  // namespace

std::string shell_frame(ShellChannel channel, std::string_view payload) {
  std::string frame(1, static_cast<char>(channel));
  frame += payload;
  return frame;
}

std::string confirmation_frame(std::string_view shell_id, bool reconnected, uint64_t dropped_bytes) {
  Value metadata = json::object({{"shellId", shell_id}, {"reconnected", reconnected}});
  if (dropped_bytes > 0) metadata.set("bytesDropped", dropped_bytes);
  return status_frame(status(std::move(metadata), "Success"));
}

std::string exit_frame(int exit_code) {
  if (exit_code == 0) return status_frame(status(json::Object{}, "Success"));
  Value body = status(json::Object{}, "Failure");
  Value causes = json::Array{};
  causes.push_back(json::object({{"reason", kExitCode}, {"message", std::to_string(exit_code)}}));
  body.set("reason", "NonZeroExitCode");
  body.set("message", fmt::format("command terminated with exit code {}", exit_code));
  body.set("details", json::object({{"causes", std::move(causes)}}));
  return status_frame(body);
}

std::string resize_frame(os::TerminalSize size) {
  return shell_frame(ShellChannel::kResize,
                     json::write(json::object({{"width", size.columns}, {"height", size.rows}})));
}

Result<os::TerminalSize> parse_resize(std::string_view payload) {
  SOMA_ASSIGN(const Value body, json::parse(payload));
  const int64_t width = body.get("width").int_or(0), height = body.get("height").int_or(0);
  if (width < 1 || width > kMaxTerminalColumns || height < 1 || height > kMaxTerminalRows)
    return os::fail(Code::kInvalidArgument,
                    fmt::format("a terminal of {} columns and {} rows; it must have 1 to {} and 1 to {}",
                                width, height, kMaxTerminalColumns, kMaxTerminalRows),
                    R"(send {"width": 80, "height": 24})");
  return os::TerminalSize{.columns = static_cast<uint16_t>(width), .rows = static_cast<uint16_t>(height)};
}

Result<ShellStatus> parse_status(std::string_view payload) {
  SOMA_ASSIGN(const Value body, json::parse(payload));
  const Value& metadata = body.get("metadata");
  ShellStatus parsed{.shell_id = std::string(metadata.get("shellId").string_or("")),
                     .reconnected = metadata.get("reconnected").bool_or(false),
                     .dropped_bytes = static_cast<uint64_t>(metadata.get("bytesDropped").int_or(0))};
  const Value& causes = body.get("details").get("causes");
  for (const Value& cause : causes.is_array() ? causes.as_array() : json::Array{}) {
    const std::string_view text = cause.get("message").string_or("");
    if (cause.get("reason").string_or("") == kExitCode)
      std::from_chars(text.data(), text.data() + text.size(), parsed.exit_code);
  }
  return parsed;
}

Result<> check_shell_id(std::string_view shell_id) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  const bool good = !shell_id.empty() && shell_id.size() <= kMaxShellIdBytes &&
                    std::ranges::all_of(shell_id, allowed) && shell_id.front() != '-' &&
                    shell_id.front() != '_';
  if (good) return {};
  return os::fail(
      Code::kInvalidArgument,
      fmt::format("a shell id has 1 to {} letters, digits, - and _, and begins with a letter or digit",
                  kMaxShellIdBytes),
      "leave it out to get one");
}

}  // namespace soma::harness
