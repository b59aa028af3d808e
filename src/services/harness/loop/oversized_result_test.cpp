#include "services/harness/loop/oversized_result.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/os/scratch_directory.h"

namespace soma::harness {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr size_t kLimit = 4096;

class OversizedResultTest : public ::testing::Test {
 protected:
  BoundedResult bound(std::string streamed, tool::Outcome outcome, size_t limit = kLimit) {
    return net::run(bound_result({.workspace = workspace_.path()}, "call_1", std::move(streamed),
                                 std::move(outcome), limit));
  }
  static const std::string& text(const model::ResultContent& content) {
    return std::get<model::Text>(content).text;
  }
  bool kept() const { return std::filesystem::exists(workspace_ / ".soma"); }
  std::string whole() const {
    std::ostringstream text;
    text << std::ifstream(workspace_ / ".soma/results/call_1.txt", std::ios::binary).rdbuf();
    return text.str();
  }
  os::ScratchDirectory workspace_;
};

TEST_F(OversizedResultTest, WhatFitsIsLeftAlone) {
  BoundedResult result = bound("streamed ", tool::text_outcome("rest"));
  EXPECT_EQ(text(result.for_model.at(0)), "streamed rest");
  EXPECT_EQ(text(result.for_client.at(0)), "rest");
  EXPECT_FALSE(kept());
}

TEST_F(OversizedResultTest, OneByteDecides) {
  for (const size_t size : {kLimit - 1, kLimit, kLimit + 1}) {
    BoundedResult result = bound("", tool::text_outcome(std::string(size, 'x')));
    EXPECT_EQ(kept(), size > kLimit) << size;
    EXPECT_LE(text(result.for_model.at(0)).size(), kLimit);
    if (size <= kLimit) EXPECT_EQ(text(result.for_model.at(0)), std::string(size, 'x'));
  }
  EXPECT_EQ(whole(), std::string(kLimit + 1, 'x'));
}

TEST_F(OversizedResultTest, HeadNoteAndTailStandForTheWhole) {
  std::string lines;
  for (int i = 0; i < 10'000; ++i) lines += "zeile ä " + std::to_string(i) + "\n";
  BoundedResult result = bound("", tool::text_outcome(lines));
  const std::string& shown = text(result.for_model.at(0));
  EXPECT_THAT(shown, StartsWith("zeile ä 0\nzeile ä 1\n"));
  EXPECT_THAT(shown, HasSubstr("the whole result is in /workspace/.soma/results/call_1.txt: 10,000 lines; "));
  EXPECT_THAT(shown, EndsWith("zeile ä 9999\n"));
  EXPECT_TRUE(os::is_valid_utf8(shown));
  EXPECT_EQ(whole(), lines);
}

TEST_F(OversizedResultTest, BoundingTwiceIsBoundingOnce) {
  BoundedResult once = bound("", tool::error_outcome(std::string(3 * kLimit, 'x')));
  const std::string file = whole();
  BoundedResult twice = bound("", {.error = true, .content = once.for_model});
  EXPECT_EQ(text(twice.for_model.at(0)), text(once.for_model.at(0)));
  EXPECT_EQ(whole(), file);
}

TEST_F(OversizedResultTest, AToolThatHasBoundedItsResultIsBelieved) {
  tool::Outcome outcome = tool::text_outcome("[end]");
  outcome.for_model = {{model::Text{"head, note, [end]"}}};
  BoundedResult result = bound(std::string(2 * kLimit, 's'), std::move(outcome));
  EXPECT_EQ(text(result.for_model.at(0)), "head, note, [end]");
  EXPECT_EQ(text(result.for_client.at(0)), "[end]");
  EXPECT_FALSE(kept());
}

TEST_F(OversizedResultTest, TextsAndJsonShareTheLimitAndPicturesStay) {
  json::Value numbers = json::Array{};
  for (int i = 0; i < 2000; ++i) numbers.push_back(i);
  tool::Outcome outcome;
  outcome.content = {model::Image{{.format = "png", .file = "a.png"}}, model::Text{std::string(3000, 'x')},
                     model::JsonContent{numbers}, model::Document{{.format = "pdf", .file = "b.pdf"}},
                     model::Text{"the last words"}};
  BoundedResult result = bound("", std::move(outcome));
  ASSERT_EQ(result.for_model.size(), 3u);
  EXPECT_EQ(std::get<model::Image>(result.for_model[0]).media.file, "a.png");
  EXPECT_LE(text(result.for_model[1]).size(), kLimit);
  EXPECT_THAT(text(result.for_model[1]), StartsWith("xxx"));
  EXPECT_THAT(text(result.for_model[1]), EndsWith("1999\n]\nthe last words"));
  EXPECT_EQ(std::get<model::Document>(result.for_model[2]).media.file, "b.pdf");
  EXPECT_EQ(whole(), std::string(3000, 'x') + "\n" + json::write_pretty(numbers) + "the last words");
  EXPECT_EQ(result.for_client.size(), 5u) << "the client gets what the tool made";
}

TEST_F(OversizedResultTest, SmallJsonStaysJson) {
  tool::Outcome outcome;
  outcome.content = {model::JsonContent{json::object({{"a", 1}})}};
  BoundedResult result = bound("", std::move(outcome));
  EXPECT_TRUE(std::holds_alternative<model::JsonContent>(result.for_model.at(0)));
}

TEST_F(OversizedResultTest, WhatAnyToolStreamedIsPartOfTheWhole) {
  BoundedResult result = bound(std::string(3000, 'a'), tool::text_outcome(std::string(1u << 20, 'b')));
  EXPECT_EQ(whole(), std::string(3000, 'a') + std::string(1u << 20, 'b'));
  EXPECT_LE(text(result.for_model.at(0)).size(), kLimit);
  EXPECT_LE(text(result.for_client.at(0)).size(), tool::kMaxResultBytes);
}

TEST_F(OversizedResultTest, WhatCannotBeKeptIsSaid) {
  std::ofstream(workspace_ / ".soma") << "in the way";
  BoundedResult result = bound("", tool::text_outcome(std::string(3 * kLimit, 'x')));
  EXPECT_THAT(text(result.for_model.at(0)), HasSubstr("the whole result could not be kept: InvalidArgument"));
  EXPECT_THAT(text(result.for_model.at(0)), EndsWith("xxx"));
}

}  // namespace
}  // namespace soma::harness
