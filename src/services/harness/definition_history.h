// A harness as the events of its run ("harness/<name>", kind "harness") say: its versions and its endpoints.
//
//   harness.created    {harnessId, config, clientToken?}      version 1
//   harness.updated    {harnessId, config}                    the next version: the whole configuration
//   endpoint.*         see endpoints.h
#pragma once

#include "services/harness/endpoints.h"
#include "services/harness/harness.h"

namespace soma::harness {

// A value: a change is a copy with one event more, so that who reads the old one is not disturbed.
struct DefinitionHistory {
  std::vector<DefinitionPtr> versions{};  // in order; not empty once an event was applied
  EndpointBook endpoints{};
  uint64_t last_seq = 0;

  const Definition& newest() const { return *versions.back(); }
  const std::string& name() const { return newest().config.name; }
  // kCorrupt when the event cannot come here; `source` names the run in errors.
  os::Result<> apply(std::string_view type, const json::Value& body, os::Time at, std::string_view source);

  // What a qualifier means: empty and DEFAULT the newest version, a number that version, a name an
  // endpoint's.
  os::Result<DefinitionPtr> version(std::string_view qualifier) const;
  // DEFAULT among them.
  os::Result<Endpoint> endpoint(std::string_view endpoint_name) const;
  std::vector<Endpoint> all_endpoints() const;  // by name
  // With the harness that it belongs to.
  Endpoint completed(Endpoint endpoint) const;
};

// Whether a qualifier is a version's number and no endpoint's name.
bool is_version_number(std::string_view qualifier);

std::string_view definition_event_type(const Definition& definition);
json::Value definition_event_body(const Definition& definition);

}  // namespace soma::harness
