#include "app/server/prices.h"

#include <fmt/format.h>

#include <filesystem>

namespace soma::server {
namespace {

int64_t age_in_days(const std::string& date, os::Time now) {
  const auto day = os::parse_time(date + "T00:00:00Z");
  return day ? std::chrono::floor<std::chrono::days>(now - *day).count() : 0;
}

}  // namespace

os::Result<model::PriceTable> load_prices(const std::string& file, const std::string& data_directory) {
  model::PriceTable table = model::PriceTable::builtin();
  const std::string own = data_directory + "/prices.json";
  if (std::filesystem::exists(own)) {
    SOMA_ASSIGN(model::PriceTable front, model::PriceTable::load(own));
    table.put_in_front(std::move(front));
  }
  if (!file.empty()) {
    SOMA_ASSIGN(model::PriceTable front, model::PriceTable::load(file));
    table.put_in_front(std::move(front));
  }
  return table;
}

std::vector<model::PriceTable::Part> old_parts(const model::PriceTable& table, os::Time now) {
  std::vector<model::PriceTable::Part> old;
  for (const model::PriceTable::Part& part : table.parts())
    if (age_in_days(part.date, now) > kOldPricesDays) old.push_back(part);
  return old;
}

void log_old_parts(const model::PriceTable& table, os::Time now) {
  for (const model::PriceTable::Part& part : old_parts(table, now))
    os::log(os::Level::kInfo, "prices.old",
            {{"source", part.source},
             {"date", part.date},
             {"days", age_in_days(part.date, now)},
             {"hint", "a newer table: soma serve --prices FILE"}});
}

}  // namespace soma::server
