// A Provider over a Codec: the part that all services share.
//
// Attempts are repeated only until the first piece of an answer has gone to the caller: afterwards a repeat
// could call a tool twice. 408, 409, 429, 5xx, overload and broken connections are repeated, with exponential
// backoff and full jitter (each wait is drawn from zero to a bound that doubles), or after as long as the
// service's Retry-After asks.
//
// Keys come from an environment variable ("env:NAME", "NAME") or from a secret ("secret:NAME", an ARN). They
// are added to the request's headers last, are in no message and are cut out of what a service answers.
#pragma once

#include <memory>

#include "core/model/providers/codec.h"

namespace soma::model {

struct HttpLimits {
  int max_attempts = 5;
  os::Duration first_backoff = std::chrono::milliseconds(500);
  os::Duration max_backoff = std::chrono::seconds(30);
  // A service that asks for longer gets no further attempt.
  os::Duration max_retry_after = std::chrono::seconds(120);
  // No byte for so long: kTimeout before the answer has begun, kUnavailable after. The settings'
  // idle_timeout_seconds goes before it.
  os::Duration idle_timeout = std::chrono::seconds(120);
};
inline constexpr size_t kMaxErrorBodyBytes = 64u << 10;
inline constexpr size_t kMaxAnswerBytes = 64u << 20;  // of one answer, as it comes from the network

// An answer that is complete is not held up by a connection that does not end: after this it is closed.
inline constexpr os::Duration kEndGrace = std::chrono::milliseconds(250);

using CodecMaker = std::unique_ptr<Codec> (*)(const ModelSettings& settings);

// `context.http` must be there and outlive the provider.
std::unique_ptr<Provider> make_http_provider(ProviderContext context, CodecMaker make_codec,
                                             HttpLimits limits = {});

// The value that a key reference names; empty for an empty reference. kUnauthenticated when there is none,
// kInvalidArgument for what is no reference (it is not repeated in the message: it may be a key).
os::Result<std::string> resolve_key(const std::string& reference, const ProviderContext& context,
                                    const Environment& environment);

}  // namespace soma::model
