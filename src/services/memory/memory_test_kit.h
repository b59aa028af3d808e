// A memory service on a temporary directory, for tests: real files, real loops, virtual time.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <memory>
#include <string>

#include "base/os/scratch_directory.h"
#include "services/memory/memory.h"

namespace soma::memory {

class MemoryTest : public testing::Test {
 protected:
  MemoryTest() { open(); }
  ~MemoryTest() override { close(); }

  void open() {
    loops_ = std::make_unique<net::LoopPool>(2);
    auto service = Service::open({.clock = clock_, .ids = *ids_, .loops = *loops_, .path = path()});
    ASSERT_TRUE(service) << service.error().to_string();
    service_ = std::move(*service);
    loops_->start();
    service_->start();
  }
  void close() {
    if (service_) service_->stop();
    loops_->stop();
    service_.reset();
  }
  void reopen() {
    close();
    open();
  }

  template <class T>
  T wait(net::Task<T> task) {
    return boost::asio::co_spawn(loops_->executor(0), std::move(task), boost::asio::use_future).get();
  }
  // The value of a result that must be one.
  template <class T>
  T get(os::Result<T> result) {
    EXPECT_TRUE(result) << result.error().to_string();
    return result ? std::move(*result) : T{};
  }
  template <class T>
  T get(net::Task<os::Result<T>> task) {
    return get(wait(std::move(task)));
  }

  std::string path() const { return directory_.path() + "/memory.db"; }

  Memory make(std::vector<StrategySpec> strategies = {}) {
    return get(service_->create({.name = "notebook", .strategies = std::move(strategies)}));
  }
  Event say(const Memory& memory, std::string text, Role role = Role::kUser, std::string session = "first",
            std::string actor = "sloane") {
    NewEvent event{.memory_id = memory.id,
                   .actor_id = std::move(actor),
                   .session_id = std::move(session),
                   .at = clock_.now()};
    event.payload.push_back({.role = role, .text = std::move(text)});
    return get(service_->create_event(std::move(event)));
  }
  void settle(const Memory& memory) {
    const os::Result<> settled = wait(service_->settle(memory.id));
    ASSERT_TRUE(settled) << settled.error().to_string();
  }

  os::ScratchDirectory directory_;
  os::VirtualClock clock_;
  std::unique_ptr<os::IdSource> ids_ = os::make_seeded_ids(7, clock_);
  std::unique_ptr<net::LoopPool> loops_;
  std::unique_ptr<Service> service_;
};

}  // namespace soma::memory
