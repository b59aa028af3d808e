// Where everything that one evaluation makes lives: taken piece by piece, given back all at once at the end.
//
// Closures refer to frames that refer to closures, so counting references would leak and tracing would stop
// the evaluation; an evaluation is short, and its memory is limited. Private to jsonata/.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace soma::workflow::jsonata {

class Memory {
 public:
  // `first` is used before anything is allocated: a piece of the caller's stack.
  Memory(size_t max_bytes, std::span<std::byte> first)
      : at_(first.data()), end_(first.data() + first.size()), max_bytes_(max_bytes) {}
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  // Aligned to 8. Fails with D2014 past max_bytes.
  void* take(size_t bytes) {
    bytes = (bytes + 7) & ~size_t{7};
    if (static_cast<size_t>(end_ - at_) < bytes) return take_from_new_block(bytes);
    void* taken = at_;
    at_ += bytes;
    return taken;
  }
  template <class T>
  T* take_array(size_t count) {
    static_assert(std::is_trivially_destructible_v<T>);
    return static_cast<T*>(take(count * sizeof(T)));
  }
  template <class T, class... Arguments>
  T* make(Arguments&&... arguments) {
    static_assert(std::is_trivially_destructible_v<T>);
    return new (take(sizeof(T))) T{std::forward<Arguments>(arguments)...};
  }
  std::string_view copy(std::string_view text) {
    char* bytes = static_cast<char*>(take(text.size()));
    std::memcpy(bytes, text.data(), text.size());
    return {bytes, text.size()};
  }
  // left + right. Where `left` is the last text made here, it grows in place: text that is built piece by
  // piece costs its length once, not its square.
  std::string_view concatenate(std::string_view left, std::string_view right);
  bool grows_in_place(std::string_view left, std::string_view right) const {
    return left.data() + left.size() == grown_end_ && right.size() <= grown_room_;
  }
  // Fails with D2014 when `bytes` more would pass the limit: asked before a large loop begins.
  void expect(size_t bytes) const;
  // What the evaluation makes elsewhere counts too.
  void charge(size_t bytes) {
    expect(bytes);
    used_bytes_ += bytes;
  }

 private:
  void* take_from_new_block(size_t bytes);

  std::byte* at_;
  std::byte* end_;
  size_t max_bytes_;
  size_t used_bytes_ = 0;  // of blocks
  std::vector<std::unique_ptr<std::byte[]>> blocks_;
  char* grown_end_ = nullptr;  // of the text that concatenate() made last
  size_t grown_room_ = 0;      // behind it
};

}  // namespace soma::workflow::jsonata
