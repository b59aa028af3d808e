#include "base/net/turn.h"

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

namespace soma::net {
namespace {

Task<> take_and_note(Turn& turn, char name, std::string& order, Notifier& noted) {
  auto holder = co_await turn.take();
  order += name;
  noted.notify();
}

TEST(Turn, GoesToThoseWhoWaitInTheirOrder) {
  run([]() -> Task<> {
    Executor executor = co_await this_executor();
    Turn turn;
    Notifier noted(executor);
    std::string order;
    {
      auto holder = co_await turn.take();
      for (const char name : {'a', 'b', 'c'})
        spawn(executor, take_and_note(turn, name, order, noted), "takes");
      spawn(
          executor,
          [](Notifier& started) -> Task<> {
            started.notify();
            co_return;
          }(noted),
          "started");
      co_await noted.wait();
      EXPECT_EQ(order, "");
    }
    while (order.size() < 3) co_await noted.wait();
    EXPECT_EQ(order, "abc");
  });
}

TEST(Turn, IsPassedOnByOneWhoIsCancelled) {
  run([]() -> Task<> {
    Executor executor = co_await this_executor();
    Turn turn;
    Notifier noted(executor);
    std::string order;
    boost::asio::cancellation_signal cancel;
    {
      auto holder = co_await turn.take();
      boost::asio::co_spawn(executor, take_and_note(turn, 'x', order, noted),
                            boost::asio::bind_cancellation_slot(
                                cancel.slot(), [&](const std::exception_ptr&) { noted.notify(); }));
      spawn(executor, take_and_note(turn, 'b', order, noted), "takes");
      spawn(
          executor,
          [](Notifier& started) -> Task<> {
            started.notify();
            co_return;
          }(noted),
          "started");
      co_await noted.wait();
      cancel.emit(boost::asio::cancellation_type::terminal);
      co_await noted.wait();
    }
    while (order.empty()) co_await noted.wait();
    EXPECT_EQ(order, "b");
  });
}

}  // namespace
}  // namespace soma::net
