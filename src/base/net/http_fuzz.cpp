// Parsers that read what strangers send: events, URLs, routes, requests. The first byte chooses; what must
// hold is asserted by __builtin_trap.
#include <cstdint>
#include <string_view>

#include "base/net/request_parser.h"

namespace soma::net {
namespace {

void check(bool holds) {
  if (!holds) __builtin_trap();
}

// However the bytes are cut, the events are the same.
void fuzz_sse(std::string_view bytes) {
  SseParser whole;
  SseParser pieces;
  const auto events = whole.feed(bytes);
  size_t count = 0;
  for (const char byte : bytes) {
    const auto some = pieces.feed({&byte, 1});
    if (some) count += some->size();
  }
  check(!events || events->size() == count);
  for (const SseEvent& event : events ? *events : std::vector<SseEvent>()) {
    SseParser again;
    const auto parsed = again.feed(format_sse(event));
    check(parsed && parsed->size() == 1);
    check(parsed->front().data == event.data && parsed->front().event == event.event &&
          parsed->front().id == event.id);
  }
}

void fuzz_url(std::string_view bytes) {
  const auto url = parse_url(bytes);
  if (!url) return;
  check(!url->host.empty() && !url->port.empty() && url->path.starts_with('/'));
  const std::string host = url->host.contains(':') ? "[" + url->host + "]" : url->host;
  const auto again = parse_url(url->scheme + "://" + host + ":" + url->port + url->path +
                               (url->query.empty() ? "" : "?" + url->query));
  check(again && again->host == url->host && again->port == url->port && again->path == url->path &&
        again->query == url->query);
}

const Router& router() {
  static const Router* routes = [] {
    auto* made = new Router;
    const auto nothing = [](Request&, Reply&) -> Task<> { co_return; };
    for (const char* pattern : {"/", "/a", "/a/{b}", "/a/{b}/c", "/{x}/{y}/{z}", "/a/b/{rest…}", "/{any…}"})
      made->add("GET", pattern, nothing);
    return made;
  }();
  return *routes;
}

void fuzz_request(std::string_view bytes) {
  ServerLimits limits;
  limits.max_header_bytes = 1024;
  limits.max_target_bytes = 256;
  const auto parse = [&](size_t step, Request& request) {
    RequestParser parser(request, limits);
    parser.set_max_body_bytes(512);
    std::string pending;
    for (size_t at = 0; at < bytes.size() && !parser.done() && !parser.refusal(); at += step) {
      pending += bytes.substr(at, step);
      for (bool more = true; more && !parser.done() && !parser.refusal();) {
        const bool head = parser.head_done();
        pending.erase(0, parser.feed(pending));
        more = head != parser.head_done();
      }
      check(pending.size() <= limits.max_header_bytes + step + 1);
    }
    return parser.done() && !parser.refusal();
  };
  Request whole;
  Request cut;
  const bool done = parse(bytes.size() + 1, whole);
  check(done == parse(1, cut));
  if (done)
    check(whole.body == cut.body && whole.path == cut.path &&
          whole.headers.entries() == cut.headers.entries());
  check(whole.body.size() <= 512);
}

}  // namespace
}  // namespace soma::net

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace soma::net;
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 4) {
    case 0:
      fuzz_sse(bytes);
      break;
    case 1:
      fuzz_url(bytes);
      break;
    case 2:
      router().match("GET", bytes);
      break;
    default:
      fuzz_request(bytes);
  }
  return 0;
}
