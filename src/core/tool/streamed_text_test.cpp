#include "core/tool/streamed_text.h"

#include "core/tool/result_text.h"
#include "core/tool/tool_test_support.h"

namespace soma::tool {
namespace {

using sandbox::Stream;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class StreamedTextTest : public ToolTest {
 protected:
  using Fill = std::function<void(StreamedText&)>;
  Called stream(size_t max_result_bytes, const Fill& fill, std::string closing = "") {
    Called called;
    auto task = [&]() -> net::Task<> {
      Context context{.result_name = "use-1",
                      .deadline = clock_->now(),
                      .cancellation = {},
                      .emit = [&called](std::string_view text) { called.emitted += text; },
                      .max_result_bytes = max_result_bytes};
      StreamedText text({.workspace = workspace()}, context);
      fill(text);
      Outcome outcome = co_await text.finish(false, closing);
      called.content = text_of(outcome.content);
      if (outcome.for_model) called.for_model = text_of(*outcome.for_model);
    };
    net::run(task());
    return called;
  }
  bool kept() const { return std::filesystem::exists(workspace() + "/.soma"); }
};

TEST_F(StreamedTextTest, ACharacterSplitBetweenPiecesIsPutTogetherPerStream) {
  Called called = stream(kDefaultResultBytes, [](StreamedText& text) {
    text.add(Stream::kStdout, "\xE2\x82");
    text.add(Stream::kStderr, "err ");
    text.add(Stream::kStdout, "\xAC!");
  });
  EXPECT_EQ(called.model_text(), "err €!");
  EXPECT_FALSE(kept());
}

TEST_F(StreamedTextTest, AnUnfinishedCharacterAtTheEndIsReplaced) {
  Called called = stream(
      kDefaultResultBytes, [](StreamedText& text) { text.add(Stream::kStdout, "a\xE2\x82"); }, "[end]");
  EXPECT_TRUE(os::is_valid_utf8(called.model_text()));
  EXPECT_THAT(called.model_text(), EndsWith("\n[end]"));
}

TEST_F(StreamedTextTest, OneByteOverTheLimitIsKeptAndOneUnderIsNot) {
  const std::string closing = "[end]";  // on a line of its own: one byte more
  for (const size_t size : {kMinResultBytes - 7, kMinResultBytes - 6, kMinResultBytes - 5}) {
    const std::string whole(size, 'x');
    Called called =
        stream(kMinResultBytes, [&](StreamedText& text) { text.add(Stream::kStdout, whole); }, closing);
    EXPECT_EQ(called.text(), whole + "\n" + closing) << "the client saw it all";
    EXPECT_LE(called.model_text().size(), kMinResultBytes);
    if (size + 6 <= kMinResultBytes) {
      EXPECT_EQ(called.model_text(), whole + "\n" + closing);
      EXPECT_FALSE(kept());
    } else {
      EXPECT_THAT(called.model_text(),
                  HasSubstr("the whole result is in /workspace/.soma/results/use-1.txt: 1 line;"));
      EXPECT_EQ(read_file(".soma/results/use-1.txt"), whole);
    }
  }
}

// What the client gets and what the model gets are cut apart from each other: every size, in pieces of any
// size.
TEST_F(StreamedTextTest, NothingIsLostTwiceOrShownTwiceWhateverTheSizes) {
  const size_t sizes[] = {1000,       kDefaultResultBytes, kMaxHeadBytes - 1, kMaxHeadBytes + 1,
                          200u << 10, kMaxResultBytes,     300u << 10,        3u << 20};
  for (const size_t limit : {kMinResultBytes, kDefaultResultBytes, kMaxResultBytes})
    for (const size_t size : sizes)
      for (const size_t piece : {size_t{997}, size_t{64u << 10}}) {
        std::string whole;
        while (whole.size() < size) whole += std::to_string(whole.size()) + " é\n";
        std::filesystem::remove_all(workspace() + "/.soma");
        Called called = stream(limit, [&](StreamedText& text) {
          for (size_t at = 0; at < whole.size(); at += piece)
            text.add(Stream::kStdout, std::string_view(whole).substr(at, piece));
        });
        SCOPED_TRACE(testing::Message() << "limit " << limit << " size " << size << " piece " << piece);
        const std::string model = called.model_text();
        EXPECT_LE(called.emitted.size(), kMaxHeadBytes);
        EXPECT_LE(called.text().size(), kMaxResultBytes);
        EXPECT_LE(model.size(), limit);
        EXPECT_TRUE(os::is_valid_utf8(model));
        EXPECT_TRUE(os::is_valid_utf8(called.content));
        EXPECT_EQ(kept(), whole.size() > limit);
        if (kept()) {
          EXPECT_TRUE(read_file(".soma/results/use-1.txt") == whole);
          EXPECT_THAT(model, HasSubstr("bytes left out"));
        } else {
          EXPECT_TRUE(model == whole);
        }
        for (const std::string& text : {model, called.text()}) {
          const size_t note = text.find("\n[…");
          if (note == std::string::npos) {
            EXPECT_TRUE(text == whole);
            continue;
          }
          const size_t note_end = text.find("]\n", note) + 2;
          EXPECT_TRUE(whole.starts_with(std::string_view(text).substr(0, note)));
          EXPECT_TRUE(whole.ends_with(std::string_view(text).substr(note_end)));
          const size_t left_out = whole.size() - note - (text.size() - note_end);
          EXPECT_THAT(text.substr(note, 60), HasSubstr("[… " + with_commas(left_out) + " bytes left out"));
        }
      }
}

TEST_F(StreamedTextTest, WithNobodyToStreamToTheResultIsTheModels) {
  auto task = [&]() -> net::Task<> {
    Context context{.result_name = "use-1", .deadline = clock_->now(), .cancellation = {}, .emit = {}};
    StreamedText text({.workspace = workspace()}, context);
    text.add(Stream::kStdout, std::string(100'000, 'x'));
    Outcome outcome = co_await text.finish(false, "[end]");
    EXPECT_FALSE(outcome.for_model);
    EXPECT_LE(text_of(outcome.content).size(), kDefaultResultBytes);
    EXPECT_THAT(text_of(outcome.content), HasSubstr("results/use-1.txt"));
  };
  net::run(task());
}

TEST_F(StreamedTextTest, AResultThatCannotBeKeptIsStillAResult) {
  write_file(".soma", "in the way");
  Called called =
      stream(kMinResultBytes, [](StreamedText& text) { text.add(Stream::kStdout, std::string(5000, 'x')); });
  EXPECT_THAT(called.model_text(), StartsWith("xxx"));
  EXPECT_THAT(called.model_text(), HasSubstr("the whole result could not be kept: InvalidArgument: "));
  EXPECT_EQ(called.text(), std::string(5000, 'x'));
}

}  // namespace
}  // namespace soma::tool
