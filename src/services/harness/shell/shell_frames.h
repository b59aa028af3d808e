// The frames of InvokeAgentRuntimeCommandShell's WebSocket: one byte that names a channel, then its payload,
// as Kubernetes' v5.channel.k8s.io has them (bedrock-agentcore SDK, runtime/shell/protocol.py).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/os/os.h"
#include "services/harness/shell/shell_feed.h"

namespace soma::harness {

inline constexpr std::string_view kShellIdHeader = "X-Amzn-Bedrock-AgentCore-Shell-Id";
inline constexpr size_t kMaxShellFrameBytes = 64u << 10;  // what a client may send at once
inline constexpr uint16_t kMaxTerminalColumns = 10'000, kMaxTerminalRows = 10'000;

enum class ShellChannel : uint8_t {
  kInput = 0x00,      // raw bytes, to the shell
  kOutput = 0x01,     // raw bytes, from the terminal
  kMessage = 0x02,    // soma's own words, as text
  kStatus = 0x03,     // {"kind":"Status", …}: the confirmation, and the shell's end
  kResize = 0x04,     // {"width": N, "height": N}
  kHeartbeat = 0x05,  // empty; answered with the same
  kClose = 0xFF,      // empty: the client ends the shell; the server says that it was ended
};

// Close codes of the WebSocket itself.
inline constexpr uint16_t kCloseNormal = 1000, kCloseGoingAway = 1001, kCloseTooLarge = 1009,
                          kCloseTaken = 4000;

std::string shell_frame(ShellChannel channel, std::string_view payload = {});
// {"metadata": {"shellId", "reconnected", "bytesDropped"?}, "status": "Success"}: the first frame.
std::string confirmation_frame(std::string_view shell_id, bool reconnected, uint64_t dropped_bytes);
std::string exit_frame(int exit_code);
std::string resize_frame(os::TerminalSize size);

// The size in a resize frame's payload. kInvalidArgument.
os::Result<os::TerminalSize> parse_resize(std::string_view payload);

// What a status frame's payload says.
struct ShellStatus {
  std::string shell_id{};  // of a confirmation; empty for the shell's end
  bool reconnected = false;
  uint64_t dropped_bytes = 0;
  int exit_code = 0;
};
os::Result<ShellStatus> parse_status(std::string_view payload);

// 1 to 128 of [A-Za-z0-9_-], the first a letter or digit. kInvalidArgument.
os::Result<> check_shell_id(std::string_view shell_id);

}  // namespace soma::harness
