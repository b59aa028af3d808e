#include "base/net/transfer.h"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <cstdlib>

namespace soma::net {

namespace {

bool has_line_break(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

long milliseconds(os::Duration duration) {
  return std::chrono::ceil<std::chrono::milliseconds>(duration).count();
}

}  // namespace

Transfer::Transfer(std::shared_ptr<CurlLoop> loop, ClientRequest request)
    : loop_(std::move(loop)),
      request_(std::move(request)),
      easy_(curl_easy_init()),
      progress_(loop_->executor()),
      stall_timer_(loop_->executor()) {}

Transfer::~Transfer() {
  if (running_) loop_->remove(easy_);
  curl_easy_cleanup(easy_);
  curl_slist_free_all(header_list_);
}

os::Result<> Transfer::start() {
  SOMA_ASSIGN(const Url url, parse_url(request_.url));
  if (url.scheme != "http" && url.scheme != "https")
    return os::fail(os::Code::kInvalidArgument, "the HTTP client does not speak " + url.scheme + "://");
  where_ = url.scheme + "://" + url.host + ":" + url.port + url.path;
  if (request_.policy != nullptr && request_.policy->unrestricted()) request_.policy = nullptr;
  if (request_.policy != nullptr) SOMA_TRY(request_.policy->check(url.host, "", url.port));
  curl_easy_setopt(easy_, CURLOPT_URL, request_.url.c_str());
  set_method();
  SOMA_TRY(set_headers());
  set_limits();
  curl_easy_setopt(easy_, CURLOPT_PRIVATE, static_cast<CurlLoop::Listener*>(this));
  curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, error_text_);
  curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, &Transfer::on_header);
  curl_easy_setopt(easy_, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &Transfer::on_body);
  curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy_, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(easy_, CURLOPT_XFERINFOFUNCTION, &Transfer::on_progress);
  curl_easy_setopt(easy_, CURLOPT_XFERINFODATA, this);
  curl_easy_setopt(easy_, CURLOPT_OPENSOCKETFUNCTION, &Transfer::on_open_socket);
  curl_easy_setopt(easy_, CURLOPT_OPENSOCKETDATA, this);
  if (request_.policy != nullptr) {
    // A connection opened for a request without policy may be taken for this one: its address is looked at
    // again before the request goes out.
    curl_easy_setopt(easy_, CURLOPT_PREREQFUNCTION, &Transfer::on_request_ready);
    curl_easy_setopt(easy_, CURLOPT_PREREQDATA, this);
    // Behind a proxy the address could not be checked.
    curl_easy_setopt(easy_, CURLOPT_PROXY, "");
  }
  running_ = true;
  last_activity_ = std::chrono::steady_clock::now();
  arm_stall_timer();
  loop_->add(easy_);
  watch_cancellation();
  return {};
}

void Transfer::set_method() {
  const std::string& method = request_.method;
  if (method == "HEAD") {
    curl_easy_setopt(easy_, CURLOPT_NOBODY, 1L);
  } else if (method == "POST" || !request_.body.empty()) {
    curl_easy_setopt(easy_, CURLOPT_POST, 1L);
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, request_.body.data());
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    if (method != "POST") curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, method.c_str());
  } else if (method != "GET") {
    curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, method.c_str());
  }
}

os::Result<> Transfer::set_headers() {
  if (has_line_break(request_.method) || request_.method.contains(' '))
    return os::fail(os::Code::kInvalidArgument, "the request's method has forbidden characters");
  const auto append = [this](const std::string& line) {
    header_list_ = curl_slist_append(header_list_, line.c_str());
  };
  for (const auto& [name, value] : request_.headers.entries()) {
    if (has_line_break(name) || has_line_break(value) || name.empty() || name.contains(':'))
      return os::fail(os::Code::kInvalidArgument,
                      "the request's header \"" + name.substr(0, 64) + "\" has forbidden characters");
    append(value.empty() ? name + ";" : name + ": " + value);
  }
  // What curl would add by itself and the caller did not ask for.
  if (!request_.headers.has("content-type")) append("Content-Type:");
  if (!request_.headers.has("expect")) append("Expect:");
  curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, header_list_);
  curl_easy_setopt(easy_, CURLOPT_USERAGENT, "soma");
  return {};
}

void Transfer::set_limits() {
  curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy_, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy_, CURLOPT_FOLLOWLOCATION, request_.follow_redirects ? 1L : 0L);
  curl_easy_setopt(easy_, CURLOPT_MAXREDIRS, kMaxRedirects);
  curl_easy_setopt(easy_, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(easy_, CURLOPT_PATH_AS_IS, 1L);  // what was signed is what is sent
  curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(request_.connect_timeout));
  curl_easy_setopt(easy_, CURLOPT_TIMEOUT_MS, milliseconds(request_.total_timeout));
  if (const char* bundle = std::getenv("SSL_CERT_FILE"); bundle != nullptr)
    curl_easy_setopt(easy_, CURLOPT_CAINFO, bundle);
}

size_t Transfer::on_header(char* data, size_t size, size_t count, void* self) {
  static_cast<Transfer*>(self)->header_line({data, size * count});
  return size * count;
}

// A status line starts the headers anew: of an answer after 100 Continue or after a redirect. The empty line
// ends them.
void Transfer::header_line(std::string_view line) {
  if (headers_done_) return;  // trailers
  if (line.starts_with("HTTP/")) {
    headers_ = {};
    return;
  }
  line = os::trim(line);
  if (!line.empty()) {
    const size_t colon = line.find(':');
    if (colon != std::string_view::npos)
      headers_.add(std::string(line.substr(0, colon)), std::string(os::trim(line.substr(colon + 1))));
    return;
  }
  long status = 0;
  curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  status_ = static_cast<int>(status);
  const bool followed = request_.follow_redirects && is_redirect(status_) && headers_.has("location");
  if (status_ >= 200 && !followed) {
    headers_done_ = true;
    progress_.notify();
  }
}

size_t Transfer::on_body(char* data, size_t size, size_t count, void* self) {
  auto* transfer = static_cast<Transfer*>(self);
  const size_t bytes = size * count;
  if (!transfer->buffered_.empty() && transfer->buffered_.size() + bytes > kMaxBufferedBodyBytes) {
    transfer->paused_ = true;
    return CURL_WRITEFUNC_PAUSE;
  }
  if (transfer->headers_done_) transfer->buffered_.append(data, bytes);  // else: the body of a redirect
  transfer->progress_.notify();
  return bytes;
}

int Transfer::on_progress(void* self, curl_off_t, curl_off_t down, curl_off_t, curl_off_t up) {
  auto* transfer = static_cast<Transfer*>(self);
  if (down + up != transfer->seen_bytes_) {
    transfer->seen_bytes_ = down + up;
    transfer->last_activity_ = std::chrono::steady_clock::now();
  }
  return 0;
}

bool Transfer::allowed(const std::string& address, const std::string& port) {
  if (request_.policy == nullptr) return true;
  const char* current = nullptr;  // after a redirect another than the request's
  curl_easy_getinfo(easy_, CURLINFO_EFFECTIVE_URL, &current);
  const os::Result<Url> url = parse_url(current == nullptr ? "" : current);
  const os::Result<> verdict = request_.policy->check(url ? url->host : "", address, port);
  if (!verdict) refused_ = verdict.error();
  return verdict.has_value();
}

curl_socket_t Transfer::on_open_socket(void* self, curlsocktype, curl_sockaddr* address) {
  auto* transfer = static_cast<Transfer*>(self);
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  ::getnameinfo(&address->addr, address->addrlen, host.data(), host.size(), port.data(), port.size(),
                NI_NUMERICHOST | NI_NUMERICSERV);
  if (!transfer->allowed(host.data(), port.data())) return CURL_SOCKET_BAD;
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

int Transfer::on_request_ready(void* self, char* address, char*, int port, int) {
  auto* transfer = static_cast<Transfer*>(self);
  return transfer->allowed(address, std::to_string(port)) ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

void Transfer::finished(CURLcode result) {
  running_ = false;
  end(result == CURLE_OK ? os::Result<>() : std::unexpected(error_of(result)));
}

void Transfer::end(os::Result<> outcome) {
  if (ended_) return;
  ended_ = true;
  outcome_ = std::move(outcome);
  stall_timer_.cancel();
  progress_.notify();
}

os::Error Transfer::error_of(CURLcode result) const {
  if (refused_) return *refused_;
  const std::string text =
      where_ + ": " + (error_text_[0] != '\0' ? error_text_ : curl_easy_strerror(result));
  switch (result) {
    case CURLE_OPERATION_TIMEDOUT:
      return {os::Code::kTimeout, text, {}};
    case CURLE_TOO_MANY_REDIRECTS:
      return {os::Code::kLimitExceeded,
              where_ + ": more than kMaxRedirects (" + std::to_string(kMaxRedirects) + ") redirects",
              {}};
    case CURLE_OUT_OF_MEMORY:
      return {os::Code::kLimitExceeded, text, {}};
    default:  // no connection, or one that broke before the end
      return {os::Code::kUnavailable, text, {}};
  }
}

// Looks again when the silence could have lasted long enough: no work per byte. A body that nobody reads is
// no stall of the sender.
void Transfer::arm_stall_timer() {
  if (end_by_) {
    stall_timer_.expires_at(*end_by_);
  } else if (request_.stall_timeout > os::Duration(0)) {
    stall_timer_.expires_at(last_activity_ + request_.stall_timeout);
  } else {
    return;
  }
  stall_timer_.async_wait([this, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
    if (error || alive.expired()) return;
    const auto now = std::chrono::steady_clock::now();
    if (end_by_) return stop_with({os::Code::kTimeout, where_ + ": the body did not end in time"});
    if (paused_) last_activity_ = now;
    if (now - last_activity_ < request_.stall_timeout) return arm_stall_timer();
    stop_with({os::Code::kTimeout, where_ + ": no byte came within stall_timeout (" +
                                       std::to_string(milliseconds(request_.stall_timeout)) + " ms)"});
  });
}

void Transfer::finish_within(os::Duration time) {
  if (ended_) return;
  end_by_ = std::chrono::steady_clock::now() + time;
  arm_stall_timer();
}

void Transfer::stop_with(os::Error error) {
  if (running_) loop_->remove(easy_);
  running_ = false;
  end(std::unexpected(std::move(error)));
}

// The request to stop may come from any thread; the transfer is its loop's.
void Transfer::watch_cancellation() {
  if (!request_.cancellation) return;
  cancelled_ = request_.cancellation->on_request(
      [this, alive = std::weak_ptr(alive_), executor = loop_->executor(), reason = *request_.cancellation] {
        boost::asio::post(executor, [this, alive, reason] {
          if (!alive.expired() && !ended_) stop_with({os::Code::kCancelled, reason.reason()});
        });
      });
}

Task<os::Result<>> Transfer::wait_for_headers() {
  while (!headers_done_ && !ended_) co_await progress_.wait();
  if (!headers_done_ && !outcome_) co_return outcome_;
  co_return os::Result<>();
}

Task<os::Result<std::string>> Transfer::read() {
  while (buffered_.empty() && !ended_) co_await progress_.wait();
  if (buffered_.empty()) {
    if (!outcome_) co_return std::unexpected(outcome_.error());
    co_return std::string();
  }
  std::string bytes = std::exchange(buffered_, {});
  if (paused_ && running_) {
    paused_ = false;
    curl_easy_pause(easy_, CURLPAUSE_CONT);
  }
  co_return bytes;
}

}  // namespace soma::net
