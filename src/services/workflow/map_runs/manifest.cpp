#include "services/workflow/map_runs/manifest.h"

#include <fmt/format.h>

#include "services/workflow/map_runs/csv_reader.h"

namespace soma::workflow {
namespace {

Read<> check_count(size_t files) {
  if (files <= kMaxManifestFiles) return {};
  return reading_failed(
      fmt::format("The manifest names {} data files; {} are allowed.", files, kMaxManifestFiles));
}

}  // namespace

std::string ObjectPlace::address() const {
  return fmt::format("S3://{}/{}", bucket, key);
}

Read<std::vector<ObjectPlace>> read_athena_manifest(std::string_view text) {
  constexpr std::string_view kScheme = "s3://";
  std::vector<ObjectPlace> places;
  CsvReader lines(text, ',');
  while (const auto line = lines.next()) {
    const std::string_view address = os::trim(line->front());
    if (address.empty()) continue;
    const size_t slash = address.find('/', kScheme.size());
    if (!address.starts_with(kScheme) || slash == std::string_view::npos)
      return reading_failed(fmt::format("The manifest names '{}', which is no s3:// address.", address));
    places.push_back({std::string(address.substr(kScheme.size(), slash - kScheme.size())),
                      std::string(address.substr(slash + 1))});
  }
  SOMA_TRY(check_count(places.size()));
  return places;
}

Read<Inventory> read_inventory_manifest(std::string_view text, const ObjectPlace& place) {
  const os::Result<json::Value> parsed = json::parse(text);
  if (!parsed || !parsed->get("files").is_array())
    return reading_failed(fmt::format("s3://{}/{} is no manifest of an inventory.", place.bucket, place.key));
  if (const std::string_view format = parsed->get("fileFormat").string_or("CSV"); format != "CSV")
    return reading_failed(fmt::format("soma does not read inventories as {}: make them as CSV.", format));
  Inventory inventory;
  for (const std::string_view column : os::split(parsed->get("fileSchema").string_or(""), ','))
    inventory.columns.emplace_back(os::trim(column));
  std::string_view bucket = parsed->get("destinationBucket").string_or(place.bucket);
  bucket.remove_prefix(bucket.rfind(':') + 1);  // an ARN, or a name
  const json::Array& files = parsed->get("files").as_array();
  SOMA_TRY(check_count(files.size()));
  for (const json::Value& file : files)
    inventory.files.push_back({std::string(bucket), std::string(file.get("key").string_or(""))});
  return inventory;
}

}  // namespace soma::workflow
