// The harnesses that exist, with their versions and endpoints. Each is a run of the journal, read by
// DefinitionHistory; kept in memory too, for every invocation asks.
#pragma once

#include <map>
#include <mutex>

#include "services/harness/definition_history.h"
#include "services/harness/harness.h"

namespace soma::harness {

class Definitions {
 public:
  static os::Result<std::unique_ptr<Definitions>> open(journal::Journal& journal, os::IdSource& ids,
                                                       os::Clock& clock);

  net::Task<os::Result<DefinitionPtr>> create(Config config, std::string client_token);
  net::Task<os::Result<DefinitionPtr>> update(std::string key, json::Value patch);
  net::Task<os::Result<DefinitionPtr>> remove(std::string key);
  // `qualifier` as DefinitionHistory::version's.
  os::Result<DefinitionPtr> get(std::string_view key, std::string_view qualifier) const;
  std::vector<DefinitionPtr> list() const;
  os::Result<std::vector<DefinitionPtr>> versions(std::string_view key) const;
  size_t size() const;

  net::Task<os::Result<Endpoint>> change_endpoint(std::string key, EndpointOperation operation,
                                                  EndpointRequest request);
  os::Result<Endpoint> endpoint(std::string_view key, std::string_view name) const;
  os::Result<std::vector<Endpoint>> endpoints(std::string_view key) const;

 private:
  using HistoryPtr = std::shared_ptr<const DefinitionHistory>;

  Definitions(journal::Journal& journal, os::IdSource& ids, os::Clock& clock)
      : journal_(journal), ids_(ids), clock_(clock) {}
  os::Result<> load(const std::string& run);
  os::Result<HistoryPtr> find(std::string_view key) const;
  // The definition that an earlier sending of the same request made; null when there is none.
  DefinitionPtr created_by_same_request(const Definition& wanted) const;
  // Durable on return, and known to whoever asks from then on. kConflict: the harness has changed since
  // `known`.
  net::Task<os::Result<HistoryPtr>> append(HistoryPtr known, std::string type, json::Value body);

  journal::Journal& journal_;
  os::IdSource& ids_;
  os::Clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::string, HistoryPtr, std::less<>> by_name_;
};

}  // namespace soma::harness
