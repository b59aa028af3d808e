// The price table a server works with.
#pragma once

#include <string>

#include "base/os/os.h"
#include "core/model/prices.h"

namespace soma::server {

// Figures that are older than this are named in the log at start.
inline constexpr int kOldPricesDays = 90;

// `file` (empty: none), in front of `<data directory>/prices.json` when it is there, in front of the
// built-in table. Errors: those of model::PriceTable::load.
os::Result<model::PriceTable> load_prices(const std::string& file, const std::string& data_directory);

// The parts whose date is more than kOldPricesDays before `now`.
std::vector<model::PriceTable::Part> old_parts(const model::PriceTable& table, os::Time now);
// One line of level info for each of them: "prices.old".
void log_old_parts(const model::PriceTable& table, os::Time now);

}  // namespace soma::server
