#include "services/workflow/connectors/s3.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/aws/aws.h"
#include "services/workflow/connectors/answers.h"

namespace soma::workflow {
namespace {

using engine::Resource;
using json::Value;
using os::Code;
using os::Result;

std::string crc_of(std::string_view bytes) {
  const uint32_t crc = aws::crc32(bytes);
  const std::array<char, 4> big_endian = {static_cast<char>(crc >> 24), static_cast<char>(crc >> 16),
                                          static_cast<char>(crc >> 8), static_cast<char>(crc)};
  return os::base64_encode({big_endian.data(), big_endian.size()});
}

std::string quoted(const std::string& text) {
  return fmt::format("\"{}\"", text);
}

Value object_answer(const Object& object) {
  return json::object({{"AcceptRanges", "bytes"},
                       {"ContentLength", object.info.size},
                       {"ContentType", "binary/octet-stream"},
                       {"ETag", quoted(object.etag())},
                       {"LastModified", os::format_time(object.info.modified)},
                       {"Metadata", json::Object{}},
                       {"ServerSideEncryption", "AES256"},
                       {"Body", os::to_valid_utf8(object.bytes)}});
}

Result<Value> get_object(const ObjectFolder& objects, const Value& parameters) {
  SOMA_ASSIGN(const Object object,
              objects.get(parameters.get("Bucket").string_or(""), parameters.get("Key").string_or("")));
  if (object.bytes.size() > engine::kMaxPayloadBytes)
    return os::fail(Code::kLimitExceeded, fmt::format("the object has {} bytes, kMaxPayloadBytes is {}",
                                                      object.bytes.size(), engine::kMaxPayloadBytes));
  return object_answer(object);
}

Result<Value> put_object(const ObjectFolder& objects, const Value& parameters) {
  const Value* body = parameters.find("Body");
  const std::string bytes = body != nullptr ? json::write(*body) : std::string();
  SOMA_TRY(objects.put(parameters.get("Bucket").string_or(""), parameters.get("Key").string_or(""), bytes));
  return json::object({{"ChecksumCRC32", crc_of(bytes)},
                       {"ChecksumType", "FULL_OBJECT"},
                       {"ETag", quoted(md5_hex(bytes))},
                       {"ServerSideEncryption", "AES256"}});
}

Result<Value> list_objects(const ObjectFolder& objects, const Value& parameters) {
  const std::string bucket(parameters.get("Bucket").string_or("")),
      prefix(parameters.get("Prefix").string_or(""));
  std::string_view after = parameters.get("ContinuationToken").string_or("");
  if (after.empty()) after = parameters.get("StartAfter").string_or("");
  const int64_t most = parameters.get("MaxKeys").int_or(static_cast<int64_t>(kMaxListedObjects));
  const size_t limit =
      static_cast<size_t>(std::clamp<int64_t>(most, 0, static_cast<int64_t>(kMaxListedObjects)));
  SOMA_ASSIGN(const ObjectPage page, objects.list(bucket, prefix, after, limit));
  Value contents = json::Array{};
  for (const ObjectInfo& info : page.objects)
    contents.push_back(json::object({{"Key", info.key},
                                     {"LastModified", os::format_time(info.modified)},
                                     {"Size", info.size},
                                     {"StorageClass", "STANDARD"}}));
  Value out = json::object({{"Contents", std::move(contents)},
                            {"IsTruncated", page.more},
                            {"KeyCount", page.objects.size()},
                            {"MaxKeys", limit},
                            {"Name", bucket},
                            {"Prefix", prefix}});
  if (page.more && !page.objects.empty()) out.set("NextContinuationToken", page.objects.back().key);
  return out;
}

struct Action {
  std::string_view name;
  Result<Value> (*work)(const ObjectFolder& objects, const Value& parameters);
  bool repeatable;
};
// To replace an object by the same bytes again changes nothing.
constexpr std::array<Action, 3> kActions = {Action{"getObject", get_object, true},
                                            Action{"putObject", put_object, true},
                                            Action{"listObjectsV2", list_objects, true}};

const Action* action_of(const Resource& resource) {
  const auto* found = std::ranges::find(kActions, resource.action, &Action::name);
  return found == kActions.end() ? nullptr : found;
}

class S3Connector final : public Connector {
 public:
  S3Connector(os::IdSource& ids, const ObjectFolder& objects) : ids_(ids), objects_(objects) {}

  bool serves(const Resource& resource) const override {
    return resource.kind == Resource::Kind::kSdk && resource.service == "s3" &&
           action_of(resource) != nullptr;
  }
  bool repeatable(const engine::ScheduleTask& task) const override {
    const Action* action = action_of(task.resource);
    return action != nullptr && action->repeatable;
  }

  net::Task<ConnectorResult> run(ConnectorCall call, std::function<void(engine::Payload)> /*submitted*/,
                                 net::Cancellation /*cancellation*/) override {
    const Action* action = action_of(call.task.resource);
    // A copy: the payload belongs to this loop, the work is done on another thread.
    auto work = [action, parameters = call.task.parameters.value(), &objects = objects_] {
      return action->work(objects, parameters);
    };
    Result<Value> done = co_await net::offload(std::move(work));
    if (done) co_return answer(std::move(*done));
    co_return failed(done.error());
  }

 private:
  ConnectorResult failed(const os::Error& error) const {
    const auto refuse = [this](std::string_view name, std::string_view message, int status) {
      return failure(fmt::format("S3.{}", name),
                     fmt::format("{} (Service: S3, Status Code: {}, Request ID: {}, Extended Request ID: {})",
                                 message, status, ids_.token(16), ids_.token(76)));
    };
    if (error.code == Code::kNotFound && !error.details.empty() && error.details.front().first == "bucket")
      return refuse("NoSuchBucketException", "The specified bucket does not exist", 404);
    if (error.code == Code::kNotFound)
      return refuse("NoSuchKeyException", "The specified key does not exist.", 404);
    if (error.code == Code::kLimitExceeded) return failure("States.DataLimitExceeded", error.message);
    return refuse("S3Exception", error.message,
                  error.code == Code::kInvalidArgument    ? 400
                  : error.code == Code::kPermissionDenied ? 403
                                                          : 500);
  }

  os::IdSource& ids_;
  const ObjectFolder& objects_;
};

}  // namespace

std::unique_ptr<Connector> make_s3_connector(os::IdSource& ids, const ObjectFolder& objects) {
  return std::make_unique<S3Connector>(ids, objects);
}

}  // namespace soma::workflow
