#include "base/net/client.h"

#include <charconv>

#include "base/net/curl_loop.h"
#include "base/net/transfer.h"

namespace soma::net {

namespace {

std::unexpected<os::Error> too_large(size_t max_body_bytes) {
  return os::fail(os::Code::kLimitExceeded, "the response's body is larger than max_body_bytes (" +
                                                std::to_string(max_body_bytes) + ")");
}

uint64_t declared_bytes(const Headers& headers) {
  const std::string_view text = headers.get("content-length");
  uint64_t bytes = 0;
  std::from_chars(text.data(), text.data() + text.size(), bytes);
  return bytes;
}

}  // namespace

struct HttpClient::State {
  std::shared_ptr<CurlLoop> loop;
};

HttpClient::HttpClient(const Executor& executor)
    : state_(std::make_shared<State>(std::make_shared<CurlLoop>(executor))) {}
HttpClient::~HttpClient() = default;

Task<os::Result<std::unique_ptr<ClientStream>>> HttpClient::open(ClientRequest request) {
  auto transfer = std::make_unique<Transfer>(state_->loop, std::move(request));
  SOMA_CO_TRY(transfer->start());
  os::Result<> arrived = co_await transfer->wait_for_headers();
  if (!arrived) co_return std::unexpected(std::move(arrived.error()));
  co_return std::unique_ptr<ClientStream>(std::move(transfer));
}

Task<os::Result<Response>> HttpClient::fetch(ClientRequest request) {
  const size_t max_body_bytes = request.max_body_bytes;
  const bool has_body = request.method != "HEAD";
  os::Result<std::unique_ptr<ClientStream>> stream = co_await open(std::move(request));
  if (!stream) co_return std::unexpected(std::move(stream.error()));
  Response response;
  response.status = (*stream)->status();
  response.headers = (*stream)->headers();
  if (has_body && declared_bytes(response.headers) > max_body_bytes) co_return too_large(max_body_bytes);
  for (;;) {
    os::Result<std::string> bytes = co_await (*stream)->read();
    if (!bytes) co_return std::unexpected(std::move(bytes.error()));
    if (bytes->empty()) co_return response;
    if (bytes->size() > max_body_bytes - response.body.size()) co_return too_large(max_body_bytes);
    response.body += *bytes;
  }
}

}  // namespace soma::net
