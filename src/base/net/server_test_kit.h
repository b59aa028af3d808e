// For tests of any folder: what a router serves, on loopback, on virtual time.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "base/net/net.h"

namespace soma::net {

// Serves from its making to its end. The router, filled before, outlives it; so does what its handlers use.
class TestServer {
 public:
  explicit TestServer(Router& router) : server_(loops_, clock_, *ids_, router, {.access_log = false}) {
    const os::Result<> started = server_.start();
    EXPECT_TRUE(started) << started.error().to_string();
    loops_.start();
  }
  ~TestServer() {
    server_.stop();
    loops_.stop();
  }
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  std::string address() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }

 private:
  os::VirtualClock clock_;
  std::unique_ptr<os::IdSource> ids_ = os::make_seeded_ids(1, clock_);
  LoopPool loops_{1};
  Server server_;
};

}  // namespace soma::net
