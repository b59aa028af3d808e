// Activities: names under which tasks wait for workers. Each is a run of the journal ("activity/<name>",
// activity.created, activity.tags, activity.deleted), kept in memory as the fold of its events. Thread-safe.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/journal/journal.h"
#include "services/workflow/errors.h"
#include "services/workflow/folded_runs.h"
#include "services/workflow/machines/tags.h"

namespace soma::workflow {

inline constexpr size_t kMaxActivities = 10'000;

struct Activity {
  std::string name, arn;
  std::vector<Tag> tags;
  os::Time created;
};
using ActivityPtr = std::shared_ptr<const Activity>;

class Activities {
 public:
  static os::Result<std::unique_ptr<Activities>> open(journal::Journal& journal);

  // One that is there already is the answer too: its tags stay as they are.
  net::Task<Answered<ActivityPtr>> create(std::string name, std::vector<Tag> tags);
  // One that is not there is no error.
  net::Task<Answered<>> remove(std::string arn);
  Answered<ActivityPtr> get(std::string_view arn) const;  // ActivityDoesNotExist
  std::vector<ActivityPtr> list() const;                  // by name

  net::Task<Answered<>> tag(std::string arn, std::vector<Tag> tags);
  net::Task<Answered<>> untag(std::string arn, std::vector<std::string> keys);

 private:
  explicit Activities(journal::Journal& journal);

  FoldedRuns<Activity> runs_;
};

}  // namespace soma::workflow
