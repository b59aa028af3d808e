#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/net/server.h"

namespace soma::net {

Handler answering(Answer answer) {
  return [answer = std::move(answer)](Request& request, Reply& reply) -> Task<> {
    os::Result<Response> response = co_await answer(request);
    Response out = response ? std::move(*response) : error_response(response.error(), request.id);
    co_await reply.send(std::move(out));
  };
}

os::Result<uint64_t> parse_number(std::string_view text, std::string_view name, uint64_t fallback,
                                  uint64_t most) {
  if (text.empty()) return fallback;
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number > most)
    return os::fail(os::Code::kInvalidArgument,
                    fmt::format("{}={} is not a number from 0 to {}", name, os::to_valid_utf8(text), most));
  return number;
}

os::Result<uint64_t> Request::query_number(std::string_view name, uint64_t fallback, uint64_t most) const {
  return parse_number(query_value(name), name, fallback, most);
}

std::string_view content_type_of(std::string_view path) {
  struct Ending {
    std::string_view ending, type;
  };
  static constexpr Ending kEndings[] = {
      {".html", "text/html; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".json", "application/json"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".jpg", "image/jpeg"},
      {".jpeg", "image/jpeg"},
      {".gif", "image/gif"},
      {".webp", "image/webp"},
      {".ico", "image/x-icon"},
      {".woff2", "font/woff2"},
      {".txt", "text/plain; charset=utf-8"},
      {".md", "text/plain; charset=utf-8"},
      {".csv", "text/csv; charset=utf-8"},
      {".pdf", "application/pdf"},
      {".map", "application/json"},
      {".webmanifest", "application/manifest+json"},
  };
  const auto found =
      std::ranges::find_if(kEndings, [&](const Ending& entry) { return path.ends_with(entry.ending); });
  return found == std::end(kEndings) ? "application/octet-stream" : found->type;
}

}  // namespace soma::net
