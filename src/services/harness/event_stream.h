// Streams to HTTP clients: an invocation as InvokeHarness's events, in server-sent events or AWS event-stream
// framing.
#pragma once

#include "base/journal/journal.h"
#include "base/net/net.h"
#include "services/harness/wire.h"

namespace soma::harness {

inline constexpr std::string_view kSessionHeader = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id";

// Whether an AWS SDK asks: it expects the API's unions, and event-stream frames without saying so in Accept.
bool from_aws_sdk(const net::Request& request);

// Answers with wire events in the framing that the client's Accept asks for.
class WireStream {
 public:
  enum class Framing { kServerSentEvents, kAwsEventStream };
  static Framing framing_of(const net::Request& request);

  WireStream(net::Reply& reply, Framing framing) : reply_(reply), framing_(framing) {}
  net::Task<os::Result<>> begin(net::Headers headers);
  // Sends what fits one write.
  net::Task<os::Result<>> send(const std::vector<WireEvent>& events, uint64_t seq);
  net::Task<os::Result<>> keep_alive();
  net::Task<os::Result<>> end() { return reply_.end(); }

 private:
  net::Reply& reply_;
  Framing framing_;
};

// Follows the invocation from its start to its end. Returns when it has ended or the client is gone (which
// does not stop the invocation).
net::Task<> stream_invocation(journal::Journal& journal, os::Clock& clock, Invocation invocation,
                              const net::Request& request, net::Reply& reply);

}  // namespace soma::harness
