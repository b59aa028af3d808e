// Bytes to a Request, in two steps: the head, so that the server can route and set the body's limit, then the
// body.
//
// Beast's basic_parser does the grammar (RFC 9112) and calls the functions below; what it leaves to its users
// is refused here: trailers do not become headers, a Transfer-Encoding other than "chunked" is not
// understood, Host must be there once.
#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/net/http.h"
#include "base/net/refusal.h"
#include "base/net/server.h"

namespace soma::net {

class RequestParser : private boost::beast::http::basic_parser<true> {
 public:
  // Fills `request`, which must outlive it.
  RequestParser(Request& request, const ServerLimits& limits);

  // Takes a piece of the head or body and returns how many bytes it used up; the rest must come again, with
  // more behind it. Stops at the end of the head and at the end of the request. After a refusal nothing more
  // is taken.
  size_t feed(std::string_view bytes);

  bool head_done() const { return is_header_done(); }
  bool done() const { return is_done(); }
  bool started() const { return got_some(); }
  const std::optional<Refusal>& refusal() const { return refusal_; }

  // After the head:
  bool keeps_alive() const { return keep_alive(); }
  bool is_http_11() const { return version_ == 11; }
  bool expects_continue() const { return expects_continue_; }
  // What is known of the body's size: nothing for a chunked one.
  std::optional<uint64_t> declared_body_bytes() const;
  void set_max_body_bytes(size_t max_bytes);

 private:
  using ErrorCode = boost::beast::error_code;
  using Text = boost::beast::string_view;

  void on_request_impl(boost::beast::http::verb, Text method, Text target, int version,
                       ErrorCode& error) override;
  void on_response_impl(int, Text, int, ErrorCode&) override {}
  void on_field_impl(boost::beast::http::field, Text name, Text value, ErrorCode& error) override;
  void on_header_impl(ErrorCode& error) override;
  void on_body_init_impl(boost::optional<uint64_t> const&, ErrorCode&) override {}
  size_t on_body_impl(Text bytes, ErrorCode& error) override;
  void on_chunk_header_impl(uint64_t, Text, ErrorCode&) override {}
  size_t on_chunk_body_impl(uint64_t, Text bytes, ErrorCode& error) override;
  void on_finish_impl(ErrorCode&) override {}

  void refuse(Refusal refusal, ErrorCode& error);
  Refusal refusal_of(const ErrorCode& error, std::string_view bytes) const;
  bool parse_target(std::string_view target);

  Request& request_;
  const ServerLimits& limits_;
  std::optional<Refusal> refusal_;
  size_t max_body_bytes_ = 0;
  size_t head_bytes_ = 0;
  int version_ = 11;
  bool in_trailer_ = false;
  bool expects_continue_ = false;
  std::string absolute_host_;  // of a target in absolute form: takes the place of Host
};

// 413 that names the limit.
Refusal body_too_large(size_t max_body_bytes);

}  // namespace soma::net
