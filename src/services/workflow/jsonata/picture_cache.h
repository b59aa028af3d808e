// The pictures that a thread has read last, so that one that is used again and again is read once. Private to
// jsonata/.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace soma::workflow::jsonata {

inline constexpr size_t kCachedPictures = 16;
inline constexpr size_t kMaxCachedPictureBytes = 128;

// One for each thread. What get() returns holds until the next call.
template <class Picture>
class PictureCache {
 public:
  const Picture& get(std::string_view text) {
    Entry& entry = entries_[std::hash<std::string_view>()(text) % kCachedPictures];
    if (entry.picture && entry.text == text) return *entry.picture;
    if (text.size() > kMaxCachedPictureBytes) return large_.emplace(Picture::parse(text));
    entry.picture.reset();  // parse() may fail
    entry.picture.emplace(Picture::parse(text));
    entry.text = text;
    return *entry.picture;
  }

 private:
  struct Entry {
    std::string text{};
    std::optional<Picture> picture{};
  };
  std::array<Entry, kCachedPictures> entries_;
  std::optional<Picture> large_;
};

}  // namespace soma::workflow::jsonata
