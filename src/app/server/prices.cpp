#include "app/server/prices.h"

#include <fmt/format.h>
#include <sys/stat.h>

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

os::Result<std::unique_ptr<LivePrices>> LivePrices::open(std::string file, std::string data_directory) {
  std::unique_ptr<LivePrices> prices(new LivePrices(std::move(file), std::move(data_directory)));
  // The stamp first: what changes between the two is read again.
  prices->stamp_ = prices->stamp();
  SOMA_ASSIGN(model::PriceTable table, load_prices(prices->file_, prices->data_directory_));
  prices->table_ = std::make_shared<const model::PriceTable>(std::move(table));
  return prices;
}

std::string LivePrices::stamp() const {
  std::string out;
  for (const std::string& path : {data_directory_ + "/prices.json", file_}) {
    struct stat info{};
    if (!path.empty() && ::stat(path.c_str(), &info) == 0)
      out += fmt::format("{}.{} {} {}", info.st_mtim.tv_sec, info.st_mtim.tv_nsec, info.st_size, info.st_ino);
    out += '\n';
  }
  return out;
}

std::shared_ptr<const model::PriceTable> LivePrices::current() {
  const std::lock_guard lock(mutex_);
  if (std::string now = stamp(); now != stamp_) {
    stamp_ = std::move(now);
    auto table = load_prices(file_, data_directory_);
    if (table) {
      table_ = std::make_shared<const model::PriceTable>(std::move(*table));
      os::log(os::Level::kInfo, "prices.read", {{"date", table_->date()}});
    } else {
      os::log(os::Level::kWarning, "prices.refused", {{"error", table.error().to_string()}});
    }
  }
  return table_;
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
