// Harness endpoints: names that stand for a version of a harness, so that who invokes it need not know which
// one is live. Source: the AgentCore control plane's CreateHarnessEndpoint and its siblings.
//
// DEFAULT is always there and always means the newest version; it cannot be changed or deleted. Every other
// endpoint names one version until it is updated. An endpoint is ready at once, so that its live version is
// its target.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "base/os/os.h"

namespace soma::harness {

inline constexpr std::string_view kDefaultEndpoint = "DEFAULT";
inline constexpr size_t kMaxEndpoints = 100;       // of one harness, besides DEFAULT
inline constexpr size_t kMaxEndpointTokens = 100;  // remembered for one harness; older requests are new again
inline constexpr uint64_t kMaxHarnessVersion = 99'999;  // as the API: five digits

struct Endpoint {
  std::string harness_id, harness_name;
  std::string name;      // a letter, then letters, digits and _: at most 48
  uint64_t version = 0;  // the target, which is live
  std::string description{};
  os::Time created, updated;
  std::string arn() const;
};

// What a request says of an endpoint. Nothing: not named; a new endpoint then takes the newest version, an
// update keeps what is there.
struct EndpointRequest {
  std::string name;
  std::optional<uint64_t> version{};
  std::optional<std::string> description{};
  std::string client_token{};  // repeated with the same request, the first one's answer is given again
};

// Reads a CreateHarnessEndpoint or UpdateHarnessEndpoint body that was parsed from `text`. An update's name
// comes from its path instead.
enum class EndpointOperation { kCreate, kUpdate, kDelete };
os::Result<EndpointRequest> endpoint_request_from_json(const json::Value& body, std::string_view text,
                                                       EndpointOperation operation);

// The endpoints of one harness as the events of its run say, DEFAULT apart. A value.
//
//   endpoint.created   {endpointName, targetVersion, description?, asked, clientToken?}
//   endpoint.updated   the same, with what the endpoint has now
//   endpoint.deleted   {endpointName, asked, clientToken?}
//
// `asked` is what the request named: the same token with another request is refused.
class EndpointBook {
 public:
  static bool is_event(std::string_view type);
  // Errors: kCorrupt when the event cannot come here.
  os::Result<> apply(std::string_view type, const json::Value& body, os::Time at);

  const Endpoint* find(std::string_view name) const;
  const std::map<std::string, Endpoint, std::less<>>& all() const { return endpoints_; }  // by name

  // kNotFound, with the names that there are.
  os::Error unknown(std::string_view name) const;

  // The answer that was given to the same request before; nothing when it is new. kConflict: its token was
  // another request's.
  os::Result<std::optional<Endpoint>> answered(EndpointOperation operation,
                                               const EndpointRequest& request) const;
  // The event that does what is asked, of a harness with the versions 1 to `newest`. Errors: kAlreadyExists,
  // kNotFound, kInvalidArgument (no such version), kConflict (DEFAULT), kLimitExceeded.
  struct Event {
    std::string_view type;
    json::Value body;
  };
  os::Result<Event> event_for(EndpointOperation operation, const EndpointRequest& request,
                              uint64_t newest) const;

 private:
  struct Answered {
    std::string token;
    EndpointOperation operation;
    json::Value asked;
    Endpoint endpoint;
  };
  void remember(EndpointOperation operation, const json::Value& body, const Endpoint& endpoint);

  std::map<std::string, Endpoint, std::less<>> endpoints_;
  std::deque<Answered> answered_;  // oldest first
};

}  // namespace soma::harness
