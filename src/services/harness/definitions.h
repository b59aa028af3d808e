// The harnesses that exist, with their versions. Each is a run of the journal ("harness/<name>", kind
// "harness"): harness.created and harness.updated events hold the whole configuration, and the event's place
// is the version. Kept in memory too, for every invocation asks.
#pragma once

#include <map>
#include <mutex>

#include "services/harness/harness.h"

namespace soma::harness {

class Definitions {
 public:
  static os::Result<std::unique_ptr<Definitions>> open(journal::Journal& journal, os::IdSource& ids,
                                                       os::Clock& clock);

  net::Task<os::Result<DefinitionPtr>> create(Config config, std::string client_token);
  net::Task<os::Result<DefinitionPtr>> update(std::string key, json::Value patch);
  net::Task<os::Result<DefinitionPtr>> remove(std::string key);
  os::Result<DefinitionPtr> get(std::string_view key, std::string_view version) const;
  std::vector<DefinitionPtr> list() const;
  os::Result<std::vector<DefinitionPtr>> versions(std::string_view key) const;
  size_t size() const;

 private:
  Definitions(journal::Journal& journal, os::IdSource& ids, os::Clock& clock)
      : journal_(journal), ids_(ids), clock_(clock) {}
  os::Result<> load(const std::string& run);
  os::Result<std::vector<DefinitionPtr>> find(std::string_view key) const;
  // The definition that an earlier sending of the same request made; null when there is none.
  DefinitionPtr created_by_same_request(const Definition& wanted) const;
  net::Task<os::Result<DefinitionPtr>> append_version(DefinitionPtr definition);

  journal::Journal& journal_;
  os::IdSource& ids_;
  os::Clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::string, std::vector<DefinitionPtr>, std::less<>> by_name_;  // versions in order
};

}  // namespace soma::harness
