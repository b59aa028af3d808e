// The status line and headers of a response, as bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/net/http.h"

namespace soma::net {

// How the receiver finds the body's end.
enum class Framing { kNone, kLength, kChunked, kUntilClose };

struct ResponseFrame {
  Framing framing = Framing::kLength;
  uint64_t body_bytes = 0;
  bool http_11 = true;
  bool keep_alive = true;
  std::string_view date{};
  std::string_view request_id{};
};

// What says where a body ends, and Date, Connection and the request id, is the server's to say: such headers
// of the caller are left out, and so are headers that would break the head (a name that is no token, a line
// break in the value), with a line in the log.
std::string response_head(int status, const Headers& headers, const ResponseFrame& frame);

// 1xx, 204 and 304 have none.
bool status_has_body(int status);

}  // namespace soma::net
