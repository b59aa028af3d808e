// Items of objects: their list, what is in one of them, in all of them, in those a manifest names.
#include <fmt/format.h>

#include <deque>

#include "services/workflow/map_runs/csv_reader.h"
#include "services/workflow/map_runs/gunzip.h"
#include "services/workflow/map_runs/item_source.h"

namespace soma::workflow {
namespace {

using json::Value;
using Item = std::optional<Value>;

struct Place {
  std::string bucket, key;
};

// The object's text, uncompressed.
Read<std::string> text_of(const ObjectFolder& objects, const Place& place) {
  os::Result<Object> object = objects.get(place.bucket, place.key);
  if (!object)
    return reading_failed(
        fmt::format("s3://{}/{} cannot be read: {}", place.bucket, place.key, object.error().message));
  if (!is_gzip(object->bytes)) return std::move(object->bytes);
  os::Result<std::string> text = gunzip(object->bytes, kMaxObjectBytes);
  if (!text)
    return reading_failed(
        fmt::format("s3://{}/{} cannot be read: {}", place.bucket, place.key, text.error().message));
  return std::move(*text);
}

Read<ItemSourcePtr> object_source(const ObjectFolder& objects, const Place& place,
                                  const ReaderConfig& config) {
  SOMA_ASSIGN(std::string text, text_of(objects, place));
  return text_source(std::move(text), config);
}

// The objects of a bucket in the order of their keys, page by page.
class ListSource final : public ItemSource {
 public:
  ListSource(const ObjectFolder& objects, const Value& arguments)
      : objects_(objects),
        bucket_(arguments.get("Bucket").string_or("")),
        prefix_(arguments.get("Prefix").string_or("")),
        after_(arguments.get("StartAfter").string_or("")) {}

  const std::string& bucket() const { return bucket_; }
  Read<std::optional<ObjectInfo>> next_info() {
    if (page_.empty() && more_) {
      os::Result<ObjectPage> page = objects_.list(bucket_, prefix_, after_, kMaxListedObjects);
      if (!page)
        return reading_failed(fmt::format("s3://{} cannot be listed: {}", bucket_, page.error().message));
      more_ = page->more;
      page_.assign(page->objects.begin(), page->objects.end());
      if (!page_.empty()) after_ = page_.back().key;
    }
    if (page_.empty()) return std::optional<ObjectInfo>();
    std::optional<ObjectInfo> info = std::move(page_.front());
    page_.pop_front();
    return info;
  }

  Read<Item> next() override {
    SOMA_ASSIGN(const std::optional<ObjectInfo> info, next_info());
    if (!info) return Item();
    const os::Result<Object> object = objects_.get(bucket_, info->key);
    if (!object)
      return reading_failed(
          fmt::format("s3://{}/{} cannot be read: {}", bucket_, info->key, object.error().message));
    return Item(json::object({{"Etag", fmt::format("\"{}\"", object->etag())},
                              {"LastModified", os::unix_ms(info->modified) / 1000},
                              {"Key", info->key},
                              {"Size", info->size},
                              {"StorageClass", "STANDARD"}}));
  }

 private:
  const ObjectFolder& objects_;
  const std::string bucket_, prefix_;
  std::string after_;
  std::deque<ObjectInfo> page_;
  bool more_ = true;
};

// What is in one object after the other.
class ChainSource : public ItemSource {
 public:
  ChainSource(const ObjectFolder& objects, ReaderConfig config)
      : objects_(objects), config_(std::move(config)) {}
  Read<Item> next() final {
    for (;;) {
      if (!now_) {
        SOMA_ASSIGN(const std::optional<Place> place, next_object());
        if (!place) return Item();
        SOMA_ASSIGN(now_, object_source(objects_, *place, config_));
      }
      SOMA_ASSIGN(Item item, now_->next());
      if (item) return item;
      now_.reset();
    }
  }

 protected:
  virtual Read<std::optional<Place>> next_object() = 0;

 private:
  const ObjectFolder& objects_;
  const ReaderConfig config_;
  ItemSourcePtr now_;
};

class FlattenedList final : public ChainSource {
 public:
  FlattenedList(const ObjectFolder& objects, const Value& arguments, ReaderConfig config)
      : ChainSource(objects, std::move(config)), list_(objects, arguments) {}

 private:
  Read<std::optional<Place>> next_object() override {
    SOMA_ASSIGN(std::optional<ObjectInfo> info, list_.next_info());
    if (!info) return std::optional<Place>();
    return Place{list_.bucket(), std::move(info->key)};
  }
  ListSource list_;
};

class NamedObjects final : public ChainSource {
 public:
  NamedObjects(const ObjectFolder& objects, std::vector<Place> places, ReaderConfig config)
      : ChainSource(objects, std::move(config)), places_(std::move(places)) {}

 private:
  Read<std::optional<Place>> next_object() override {
    if (at_ == places_.size()) return std::optional<Place>();
    return places_[at_++];
  }
  const std::vector<Place> places_;
  size_t at_ = 0;
};

Read<ItemSourcePtr> named_objects(const ObjectFolder& objects, std::vector<Place> places,
                                  ReaderConfig config) {
  if (places.size() > kMaxManifestFiles)
    return reading_failed(
        fmt::format("The manifest names {} data files; {} are allowed.", places.size(), kMaxManifestFiles));
  return std::make_unique<NamedObjects>(objects, std::move(places), std::move(config));
}

// An Athena UNLOAD's manifest: one s3:// address on each line.
Read<ItemSourcePtr> athena_source(const ObjectFolder& objects, const std::string& manifest,
                                  ReaderConfig config) {
  constexpr std::string_view kScheme = "s3://";
  std::vector<Place> places;
  CsvReader lines(manifest, ',');
  while (const auto line = lines.next()) {
    const std::string_view address = os::trim(line->front());
    if (address.empty()) continue;
    const size_t slash = address.find('/', kScheme.size());
    if (!address.starts_with(kScheme) || slash == std::string_view::npos)
      return reading_failed(fmt::format("The manifest names '{}', which is no s3:// address.", address));
    places.push_back({std::string(address.substr(kScheme.size(), slash - kScheme.size())),
                      std::string(address.substr(slash + 1))});
  }
  return named_objects(objects, std::move(places), std::move(config));
}

// An inventory's manifest.json: where its files are and which columns they have.
Read<ItemSourcePtr> inventory_source(const ObjectFolder& objects, const Place& place,
                                     const std::string& manifest) {
  const os::Result<Value> parsed = json::parse(manifest);
  if (!parsed || !parsed->get("files").is_array())
    return reading_failed(fmt::format("s3://{}/{} is no manifest of an inventory.", place.bucket, place.key));
  if (const std::string_view format = parsed->get("fileFormat").string_or("CSV"); format != "CSV")
    return reading_failed(fmt::format("soma does not read inventories as {}: make them as CSV.", format));
  ReaderConfig config{.input_type = "CSV"};
  config.headers.emplace();
  for (const std::string_view column : os::split(parsed->get("fileSchema").string_or(""), ','))
    config.headers->emplace_back(os::trim(column));
  std::string_view bucket = parsed->get("destinationBucket").string_or(place.bucket);
  bucket.remove_prefix(bucket.rfind(':') + 1);  // an ARN, or a name
  std::vector<Place> places;
  for (const Value& file : parsed->get("files").as_array())
    places.push_back({std::string(bucket), std::string(file.get("key").string_or(""))});
  return named_objects(objects, std::move(places), std::move(config));
}

Read<ItemSourcePtr> reader_source(const ItemReader& reader, const ReaderConfig& config,
                                  const Value& arguments, const ObjectFolder& objects) {
  if (reader.resource.ends_with(":listObjectsV2")) {
    if (config.flatten) return std::make_unique<FlattenedList>(objects, arguments, config);
    return std::make_unique<ListSource>(objects, arguments);
  }
  const Place place{std::string(arguments.get("Bucket").string_or("")),
                    std::string(arguments.get("Key").string_or(""))};
  const bool inventory = config.input_type == "MANIFEST" || config.manifest_type == "S3_INVENTORY";
  if (!inventory && config.manifest_type.empty()) return object_source(objects, place, config);
  SOMA_ASSIGN(const std::string manifest, text_of(objects, place));
  if (inventory) return inventory_source(objects, place, manifest);
  return athena_source(objects, manifest, config);
}

}  // namespace

Read<std::optional<uint64_t>> read_count(const Value& value, std::string_view field) {
  if (value.is_null()) return std::optional<uint64_t>();
  Value number = value;
  if (value.is_string()) number = json::parse(value.as_string()).value_or(Value());
  if (!number.is_integer()) return reading_failed(fmt::format("field {} must be an integer", field));
  if (number.type() == json::Type::kInt && number.as_int() < 0)
    return reading_failed(fmt::format("field {} must be positive", field));
  if (number.as_uint() == 0) return std::optional<uint64_t>();
  return number.as_uint();
}

Read<ItemSourcePtr> open_item_source(const ItemReader& reader, query::Language language,
                                     const Value& arguments, const Value& max_items,
                                     const ObjectFolder& objects) {
  SOMA_ASSIGN(const std::optional<uint64_t> limit, read_count(max_items, "MaxItems"));
  const ReaderConfig config = read_reader_config(reader.reader_config, language);
  SOMA_ASSIGN(ItemSourcePtr source, reader_source(reader, config, arguments, objects));
  if (limit.value_or(kMaxReadItems + 1) > kMaxReadItems) return source;
  return first_items(std::move(source), *limit);
}

}  // namespace soma::workflow
