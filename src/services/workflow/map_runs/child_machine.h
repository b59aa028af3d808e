// The machine that the children of a distributed map run: the state's ItemProcessor, under the machine's name
// and the state's label.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "services/workflow/machines/machines.h"

namespace soma::workflow {

// The state's Label, or the one that follows from the names. Unique within the machine.
std::string label_of_map(std::string_view machine, const State& map);
// The distributed Map of that label, however deep it stands; null when there is none.
const State* find_map_by_label(const Definition& definition, std::string_view machine,
                               std::string_view label);

// Made from the machine's revisions and kept as long as somebody uses them. Thread-safe.
class ChildMachines {
 public:
  // `whole` is a revision of `machine` ("M"); null when it has no such map.
  RevisionPtr revision(const RevisionPtr& whole, std::string_view machine, std::string_view label);

 private:
  std::mutex mutex_;
  std::map<std::string, std::weak_ptr<const Revision>> made_;  // by revision, machine and label
};

}  // namespace soma::workflow
