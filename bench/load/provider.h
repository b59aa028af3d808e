// A model provider of its own for one load: speaks OpenAI's Chat Completions, streams, and writes into each
// chunk's text when it was sent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace soma_load {

struct ProviderPlan {
  uint16_t port = 0;         // on loopback
  size_t streams = 1;        // chunks begin when so many requests have come: none is sent while others open
  size_t chunks = 40;        // of each answer
  int64_t wait_us = 50'000;  // between a stream's chunks; streams are spread evenly over it
};

// Serves on a thread of its own from construction to destruction. Throws std::system_error when it cannot
// listen.
class Provider {
 public:
  explicit Provider(const ProviderPlan& plan);
  ~Provider();
  Provider(const Provider&) = delete;
  Provider& operator=(const Provider&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace soma_load
