#include "app/cli/project/watch.h"

#include <gtest/gtest.h>

#include <thread>

#include "app/cli/test_support.h"

namespace soma::cli {
namespace {

TEST(FolderWatch, WakesWhenAFileIsReplaced) {
  TemporaryFolder folder;
  folder.write("harness.json", "{}");
  auto watch = FolderWatch::open();
  ASSERT_TRUE(watch.has_value());
  ASSERT_TRUE(watch->watch({folder.path()}).has_value());
  folder.write("harness.json", "{\"a\":1}");
  EXPECT_TRUE(watch->wait().value());
}

TEST(FolderWatch, EndsWhenStopped) {
  TemporaryFolder folder;
  auto watch = FolderWatch::open();
  ASSERT_TRUE(watch.has_value());
  ASSERT_TRUE(watch->watch({folder.path(), folder.path() / "missing"}).has_value());
  std::thread stopper([&] { watch->stop(); });
  EXPECT_FALSE(watch->wait().value());
  stopper.join();
}

}  // namespace
}  // namespace soma::cli
