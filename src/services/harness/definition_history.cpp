#include "services/harness/definition_history.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace soma::harness {
namespace {

using os::Code;
using os::Result;

constexpr std::string_view kCreated = "harness.created";
constexpr std::string_view kUpdated = "harness.updated";

// A number that is a version of its own, not a name: names begin with a letter.
std::optional<uint64_t> number_of(std::string_view qualifier) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(qualifier.data(), qualifier.data() + qualifier.size(), number);
  if (error != std::errc() || end != qualifier.data() + qualifier.size()) return std::nullopt;
  return number;
}

Endpoint default_endpoint(const DefinitionHistory& history) {
  return {.name = std::string(kDefaultEndpoint),
          .version = history.newest().version,
          .created = history.newest().created,
          .updated = history.newest().updated};
}

}  // namespace

bool is_version_number(std::string_view qualifier) {
  return number_of(qualifier).has_value();
}

std::string_view definition_event_type(const Definition& definition) {
  return definition.version == 1 ? kCreated : kUpdated;
}

json::Value definition_event_body(const Definition& definition) {
  json::Value body = json::object({{"harnessId", definition.id}, {"config", to_json(definition.config)}});
  if (definition.version == 1 && !definition.client_token.empty())
    body.set("clientToken", definition.client_token);
  return body;
}

Result<> DefinitionHistory::apply(std::string_view type, const json::Value& body, os::Time at,
                                  std::string_view source) {
  if ((type == kCreated) != versions.empty())
    return os::fail(Code::kCorrupt,
                    fmt::format("{}: event {} ({}) cannot come here", source, last_seq + 1, type));
  if (EndpointBook::is_event(type)) {
    SOMA_TRY(endpoints.apply(type, body, at));
    const Endpoint* changed = endpoints.find(body.get("endpointName").string_or(""));
    if (changed && (changed->version < 1 || changed->version > versions.size()))
      return os::fail(Code::kCorrupt, fmt::format("{}: event {} ({}) names a version that is not there",
                                                  source, last_seq + 1, type));
  } else if (type == kCreated || type == kUpdated) {
    auto definition = std::make_shared<Definition>();
    definition->id = body.get("harnessId").string_or("");
    definition->version = versions.size() + 1;
    SOMA_ASSIGN(definition->config, config_from_json(body.get("config"), "", source));
    definition->created = versions.empty() ? at : versions.front()->created;
    definition->updated = at;
    definition->client_token =
        versions.empty() ? body.get("clientToken").string_or("") : versions.front()->client_token;
    versions.push_back(std::move(definition));
  } else {
    return os::fail(Code::kCorrupt, fmt::format("{}: event {} ({}) is not known", source, last_seq + 1, type),
                    "the journal may be a newer soma's");
  }
  ++last_seq;
  return {};
}

Result<DefinitionPtr> DefinitionHistory::version(std::string_view qualifier) const {
  if (qualifier.empty() || qualifier == kDefaultEndpoint) return versions.back();
  if (const Endpoint* found = endpoints.find(qualifier)) return versions[found->version - 1];
  if (const auto number = number_of(qualifier); number && *number >= 1 && *number <= versions.size())
    return versions[*number - 1];
  std::vector<std::string_view> names{kDefaultEndpoint};
  for (const auto& [known, endpoint] : endpoints.all()) names.push_back(known);
  return os::fail(
      Code::kNotFound, fmt::format("harness '{}' has no version and no endpoint '{}'", name(), qualifier),
      fmt::format("it has versions 1 to {} and the endpoints {}", versions.size(), fmt::join(names, ", ")));
}

Result<Endpoint> DefinitionHistory::endpoint(std::string_view endpoint_name) const {
  if (endpoint_name == kDefaultEndpoint) return completed(default_endpoint(*this));
  if (const Endpoint* found = endpoints.find(endpoint_name)) return completed(*found);
  return std::unexpected(endpoints.unknown(endpoint_name));
}

std::vector<Endpoint> DefinitionHistory::all_endpoints() const {
  std::vector<Endpoint> all{completed(default_endpoint(*this))};
  for (const auto& [known, endpoint] : endpoints.all()) all.push_back(completed(endpoint));
  std::ranges::sort(all, {}, &Endpoint::name);
  return all;
}

Endpoint DefinitionHistory::completed(Endpoint endpoint) const {
  endpoint.harness_id = newest().id;
  endpoint.harness_name = name();
  return endpoint;
}

}  // namespace soma::harness
