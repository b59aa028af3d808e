// The load itself: sessions, each with one kept-alive connection and its requests one after another, on one
// thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "load/answer.h"

namespace soma_load {

struct Plan {
  uint16_t port = 0;
  std::string path;      // with the query
  std::string body;      // sent with every request
  std::string prefix;    // of the session ids
  std::string header;    // "Name: value", one more header of every request; empty: none
  size_t sessions = 1;   // one connection each
  size_t requests = 1;   // in each session, one after another
  size_t at_once = 1;    // sessions that are open at the same time
  int64_t ramp_ms = 0;   // session n begins at n/sessions of this, if `at_once` allows
  int64_t stall_ms = 0;  // without any byte from the server for so long, the load ends
};

// Times are of the monotonic clock. `error` is empty when the answer came whole.
struct Exchange {
  size_t session = 0, request = 0;
  int64_t begin_ns = 0, end_ns = 0;
  int status = 0;
  std::vector<Event> events;
  std::vector<int64_t> latencies_ns;  // of the stamps in the body
  std::string error;
};

std::vector<Exchange> run_load(const Plan& plan);

}  // namespace soma_load
