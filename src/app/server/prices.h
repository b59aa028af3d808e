// The price table a server works with.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "base/os/os.h"
#include "core/model/prices.h"

namespace soma::server {

// Figures that are older than this are named in the log at start.
inline constexpr int kOldPricesDays = 90;

// `file` (empty: none), in front of `<data directory>/prices.json` when it is there, in front of the
// built-in table. Errors: those of model::PriceTable::load.
os::Result<model::PriceTable> load_prices(const std::string& file, const std::string& data_directory);

// The table as the files have it now. A file that has changed is read again by whoever asks next; one that is
// wrong then is told in the log, once, and the last good table counts on. Thread-safe.
class LivePrices {
 public:
  // Errors: those of load_prices().
  static os::Result<std::unique_ptr<LivePrices>> open(std::string file, std::string data_directory);
  // Costs a look at the files.
  std::shared_ptr<const model::PriceTable> current();

 private:
  LivePrices(std::string file, std::string data_directory)
      : file_(std::move(file)), data_directory_(std::move(data_directory)) {}
  // What tells one state of the files from another.
  std::string stamp() const;

  const std::string file_, data_directory_;
  std::mutex mutex_;
  std::string stamp_;
  std::shared_ptr<const model::PriceTable> table_;
};

// The parts whose date is more than kOldPricesDays before `now`.
std::vector<model::PriceTable::Part> old_parts(const model::PriceTable& table, os::Time now);
// One line of level info for each of them: "prices.old".
void log_old_parts(const model::PriceTable& table, os::Time now);

}  // namespace soma::server
