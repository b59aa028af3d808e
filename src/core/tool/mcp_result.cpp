#include "core/tool/mcp_result.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace soma::tool {
namespace {

using json::Value;
using model::ResultContent;

// The formats of images that models take, by their media types.
struct ImageFormat {
  std::string_view media_type, format;
};
constexpr std::array<ImageFormat, 5> kImageFormats = {{{"image/png", "png"},
                                                       {"image/jpeg", "jpeg"},
                                                       {"image/jpg", "jpeg"},
                                                       {"image/gif", "gif"},
                                                       {"image/webp", "webp"}}};

std::string text_member(const Value& block, std::string_view member) {
  return os::to_valid_utf8(block.get(member).string_or(""));
}

class Contents {
 public:
  void add(const Value& block) {
    const std::string_view type = block.get("type").string_or("");
    if (type == "text") {
      out_.emplace_back(model::Text{text_member(block, "text")});
    } else if (type == "image") {
      add_image(block, "image");
    } else if (type == "audio") {
      not_shown("audio", text_member(block, "mimeType"), block.get("data").string_or("").size());
    } else if (type == "resource") {
      add_resource(block.get("resource"));
    } else if (type == "resource_link") {
      add_link(block);
    } else {
      not_shown(fmt::format("content of the type '{}'", os::to_valid_utf8(type).substr(0, 64)), "", 0);
    }
  }

  std::vector<ResultContent> take() { return std::move(out_); }
  void say(std::string text) { out_.emplace_back(model::Text{std::move(text)}); }

 private:
  void not_shown(std::string_view what, std::string_view media_type, size_t base64_bytes) {
    std::string text = fmt::format("[{} not shown", what);
    if (!media_type.empty()) text += fmt::format(": {}", media_type.substr(0, 128));
    if (base64_bytes > 0) text += fmt::format(", {} bytes", base64_bytes / 4 * 3);
    say(text + "]");
  }

  // `data` is base64. What no model takes, or is too much, is named.
  void add_image(const Value& block, std::string_view what) {
    const std::string media_type = text_member(block, "mimeType");
    const std::string_view data = block.get(block.has("blob") ? "blob" : "data").string_or("");
    const auto* const known = std::ranges::find(kImageFormats, media_type, &ImageFormat::media_type);
    const bool fits = media_bytes_ + data.size() <= kMaxResultMediaBytes;
    auto bytes = known != kImageFormats.end() && fits ? os::base64_decode(data) : os::Result<std::string>();
    if (!bytes || bytes->empty()) return not_shown(what, media_type, data.size());
    media_bytes_ += data.size();
    out_.emplace_back(model::Image{{.format = std::string(known->format), .bytes = std::move(*bytes)}});
  }

  void add_resource(const Value& resource) {
    const std::string uri = text_member(resource, "uri");
    if (resource.has("text"))
      return say(fmt::format("[resource {}]\n{}", uri, text_member(resource, "text")));
    const std::string what = fmt::format("resource {}", uri);
    if (text_member(resource, "mimeType").starts_with("image/")) return add_image(resource, what);
    not_shown(what, text_member(resource, "mimeType"), resource.get("blob").string_or("").size());
  }

  void add_link(const Value& link) {
    std::string text = fmt::format("[resource link {}", text_member(link, "uri"));
    for (const char* member : {"name", "description", "mimeType"})
      if (link.has(member)) text += fmt::format("; {}: {}", member, text_member(link, member));
    say(text + "]");
  }

  std::vector<ResultContent> out_;
  size_t media_bytes_ = 0;
};

}  // namespace

std::vector<ResultContent> result_contents(const mcp::CallResult& result) {
  Contents contents;
  const size_t shown = std::min(result.content.size(), kMaxResultBlocks);
  for (size_t index = 0; index < shown; ++index) contents.add(result.content[index]);
  if (shown < result.content.size())
    contents.say(fmt::format("[{} more blocks left out (kMaxResultBlocks)]", result.content.size() - shown));
  std::vector<ResultContent> out = contents.take();
  if (out.empty() && result.structured) out.emplace_back(model::JsonContent{*result.structured});
  return out;
}

}  // namespace soma::tool
