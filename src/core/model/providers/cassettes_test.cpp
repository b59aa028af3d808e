// Every recorded conversation: our request for it is the recorded one; its answer decodes to what it says,
// whatever the pieces it comes in; a cut answer is an error; the next request, with our own reading of the
// answer in it, is the recorded next one.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <random>

#include <fmt/format.h>
#include "base/aws/aws.h"
#include "core/model/providers/cassette_test_kit.h"

namespace soma::model {

std::unexpected<os::Error> out_of_scope(std::string reason) {
  return os::fail(os::Code::kUnsupported, std::move(reason));
}

json::Value plain_punctuation(json::Value value) {
  static constexpr std::pair<std::string_view, std::string_view> kPlain[] = {
      {"‘", "'"},   {"’", "'"},      {"“", "\""},     {"”", "\""},     {"–", "-"}, {"—", "--"},
      {"…", "..."}, {"\u00a0", " "}, {"\u202f", " "}, {"\u2009", " "}, {"‑", "-"}};
  if (value.is_string()) {
    std::string& text = value.as_string();
    for (const auto& [fancy, plain] : kPlain) {
      for (size_t at = text.find(fancy); at != std::string::npos; at = text.find(fancy, at + plain.size()))
        text.replace(at, fancy.size(), plain);
    }
  } else if (value.is_array()) {
    for (json::Value& element : value.as_array()) element = plain_punctuation(std::move(element));
  } else if (value.is_object()) {
    for (auto& [key, member] : value.as_object()) member = plain_punctuation(std::move(member));
  }
  return value;
}

Facts facts(std::string text, std::string reasoning, json::Value calls, json::Value input_tokens,
            json::Value output_tokens) {
  return json::object({{"text", std::move(text)},
                       {"reasoning", std::move(reasoning)},
                       {"calls", std::move(calls)},
                       {"input", std::move(input_tokens)},
                       {"output", std::move(output_tokens)}});
}

json::Value call_fact(std::string_view id, std::string_view name, json::Value arguments) {
  return json::object({{"id", id}, {"name", name}, {"arguments", std::move(arguments)}});
}

namespace {

constexpr int kSeeds = 20;

std::filesystem::path folder() {
  const char* root = std::getenv("SOMA_CONFORMANCE");
  std::filesystem::path base = root != nullptr ? root : SOMA_SOURCE_DIR "/../shared/conformance";
  return base / "providers";
}

// The first thing that differs, in words; empty when all is well.
using Verdict = std::string;

std::string shortened(const json::Value& value) {
  const std::string text = json::write(value);
  return std::string(os::utf8_prefix(text, 400)) + (text.size() > 400 ? "…" : "");
}

struct Answer {
  std::vector<StreamEvent> events;
  MessageAssembler assembled;
  std::optional<os::Error> error;
};

class Listener {
 public:
  EventSink sink() {
    return [this](StreamEvent event) {
      const auto added = answer.assembled.add(event);
      if (!added && !answer.error) answer.error = added.error();
      answer.events.push_back(std::move(event));
    };
  }
  void note(const os::Result<>& result) {
    if (!result && !answer.error) answer.error = result.error();
  }
  Answer answer;
};

// The recorded body, to be fed in pieces that end at `ends`.
class Body {
 public:
  explicit Body(const json::Value& response) : stream_(response.get("stream").string_or("none")) {
    if (const json::Value* text = response.find("body_text")) {
      bytes_ = text->string_or("");
    } else {
      bytes_ = os::base64_decode(response.get("body_base64").string_or("")).value_or("");
    }
  }

  const std::string& bytes() const { return bytes_; }
  bool streamed() const { return stream_ != "none"; }

  // `visit` sees each event until it says stop.
  os::Result<> take_apart(
      const std::vector<size_t>& ends,
      const std::function<os::Result<>(std::string_view, std::string_view)>& visit) const {
    net::SseParser sse;
    aws::Decoder frames;
    size_t from = 0;
    for (const size_t end : ends) {
      const std::string_view piece = std::string_view(bytes_).substr(from, end - from);
      from = end;
      if (stream_ == "sse") {
        SOMA_ASSIGN(const auto events, sse.feed(piece));
        for (const net::SseEvent& event : events) SOMA_TRY(visit(event.event, event.data));
      } else {
        SOMA_ASSIGN(const auto messages, frames.feed(piece));
        for (const aws::Message& message : messages) {
          const std::string_view name = message.text(":message-type") == "exception"
                                            ? message.text(":exception-type")
                                            : message.text(":event-type");
          SOMA_TRY(visit(name, message.payload));
        }
      }
    }
    return stream_ == "sse" ? os::Result<>() : frames.finish();
  }

  Answer decode(const Codec& codec, const std::vector<size_t>& ends) const {
    Listener listener;
    const auto decoder = codec.decoder();
    const EventSink sink = listener.sink();
    const auto fed = take_apart(ends, [&](std::string_view name, std::string_view data) {
      return decoder->on_event(name, data, sink);
    });
    listener.note(fed);
    if (fed) listener.note(decoder->on_end(sink));
    return std::move(listener.answer);
  }

  Answer decode_document(const Codec& codec) const {
    Listener listener;
    const auto document = json::parse(bytes_);
    if (!document) {
      listener.note(std::unexpected(document.error()));
    } else {
      listener.note(codec.decoder()->on_document(*document, listener.sink()));
    }
    return std::move(listener.answer);
  }

  Facts facts(const CassetteApi& api) const {
    if (!streamed()) return api.document_facts(json::parse(bytes_).value_or(json::Value()));
    std::vector<NamedEvent> events;
    (void)take_apart({bytes_.size()}, [&](std::string_view name, std::string_view data) -> os::Result<> {
      events.push_back({std::string(name), json::parse(data).value_or(json::Value())});
      return {};
    });
    return api.event_facts(events);
  }

 private:
  std::string stream_, bytes_;
};

Facts facts_of(const MessageAssembler& assembled) {
  std::string text, reasoning;
  json::Value calls = json::array({});
  for (const Block& block : assembled.message().content) {
    if (const auto* part = std::get_if<Text>(&block)) text += part->text;
    if (const auto* part = std::get_if<Reasoning>(&block)) reasoning += part->text;
    const auto* use = std::get_if<ToolUse>(&block);
    if (use != nullptr && (use->type.empty() || use->type == "tool_use"))
      calls.push_back(call_fact(use->id, use->name, use->input));
  }
  return facts(text, reasoning, std::move(calls), assembled.usage().input_tokens,
               assembled.usage().output_tokens);
}

Verdict compare_facts(const Facts& recorded, const Facts& ours) {
  for (const auto& [key, value] : recorded.as_object()) {
    if (!value.is_null() && plain_punctuation(value) != plain_punctuation(ours.get(key)))
      return fmt::format("the answer's {}: recorded {}, decoded {}", key, shortened(value),
                         shortened(ours.get(key)));
  }
  return {};
}

Verdict compare_blocks(const CassetteApi& api, const json::Value& recorded, const json::Value& ours) {
  size_t own = 0;
  for (const json::Value& block : recorded.as_array()) {
    while (own < ours.size() && ours.at(own) != block && api.optional_block(ours.at(own))) ++own;
    if (own == ours.size()) return fmt::format("recorded {}, ours has nothing there", shortened(block));
    if (ours.at(own) != block)
      return fmt::format("recorded {}, ours {}", shortened(block), shortened(ours.at(own)));
    ++own;
  }
  while (own < ours.size() && api.optional_block(ours.at(own))) ++own;
  return own == ours.size() ? "" : fmt::format("ours has {} more", shortened(ours.at(own)));
}

Verdict compare_requests(const CassetteApi& api, const json::Value& recorded_body,
                         const json::Value& our_body) {
  const json::Value recorded = plain_punctuation(api.canonical(recorded_body));
  const json::Value ours = plain_punctuation(api.canonical(our_body));
  const json::Value& messages = recorded.get("messages");
  for (size_t i = 0; i < std::max(messages.size(), ours.get("messages").size()); ++i) {
    const json::Value& there = messages.at(i);
    const json::Value& here = ours.get("messages").at(i);
    if (there.is_null() || here.is_null() || there.get("role") != here.get("role"))
      return fmt::format("message {}: recorded {}, ours {}", i, shortened(there), shortened(here));
    const Verdict verdict = compare_blocks(api, there.get("content"), here.get("content"));
    if (!verdict.empty()) return fmt::format("message {}: {}", i, verdict);
  }
  for (const json::Value* side : {&recorded, &ours}) {
    for (const auto& [key, value] : side->as_object()) {
      if (key != "messages" && recorded.get(key) != ours.get(key))
        return fmt::format("{}: recorded {}, ours {}", key, shortened(recorded.get(key)),
                           shortened(ours.get(key)));
    }
  }
  return {};
}

json::Value events_json(const Answer& answer) {
  json::Value out = json::array({});
  for (const StreamEvent& event : answer.events) out.push_back(to_json(event));
  return out;
}

Verdict check_splits_and_cuts(const Codec& codec, const Body& body, const Answer& whole) {
  const json::Value expected = events_json(whole);
  for (int seed = 0; seed < kSeeds; ++seed) {
    std::mt19937 random(static_cast<unsigned>(seed));
    // The first seed goes byte by byte.
    std::uniform_int_distribution<size_t> size(1, seed == 0 ? 1 : 1 + 20 * static_cast<size_t>(seed));
    std::vector<size_t> ends;
    for (size_t at = 0; at < body.bytes().size();) {
      at = std::min(at + size(random), body.bytes().size());
      ends.push_back(at);
    }
    if (events_json(body.decode(codec, ends)) != expected)
      return fmt::format("other events when split with seed {}", seed);
    std::uniform_int_distribution<size_t> where(0, body.bytes().size() - 1);
    const Answer cut = body.decode(codec, {where(random)});
    if (!cut.error && events_json(cut) != expected)
      return fmt::format("a cut answer was taken for a whole one, seed {}", seed);
  }
  return {};
}

// One cassette, exchange by exchange.
class Run {
 public:
  Run(const CassetteApi& api, const json::Value& cassette) : api_(api), cassette_(cassette) {}

  Verdict verdict() {
    size_t index = 0;
    for (const json::Value& exchange : cassette_.get("exchanges").as_array()) {
      const Verdict verdict = check(exchange);
      if (!verdict.empty()) return fmt::format("exchange {}: {}", index, verdict);
      ++index;
    }
    return {};
  }
  // Why nothing of it could be checked.
  std::optional<std::string> out_of_scope() const { return checked_ == 0 ? reason_ : std::nullopt; }
  // Why some of its exchanges were not.
  std::optional<std::string> left_out() const { return checked_ > 0 ? reason_ : std::nullopt; }

 private:
  struct Turn {
    std::vector<Message> recorded;  // the request's messages as they were read
    std::vector<Message> sent;      // the same with our own answers in them
    Message answer;
  };

  Verdict check(const json::Value& exchange) {
    auto request = api_.read(exchange.get("request"));
    if (!request) {
      if (request.error().code != os::Code::kUnsupported) return request.error().to_string();
      reason_ = request.error().message;
      return {};
    }
    ++checked_;
    std::vector<Message> recorded = request->messages;
    continue_from_our_answers(request->messages);
    const auto codec = api_.codec(request->model);
    const auto wire = codec->encode(*request);
    if (!wire) return wire.error().to_string();
    const auto body = json::parse(wire->body);
    if (!body) return body.error().to_string();
    // A request that the service refused is no example to follow.
    const bool refused = exchange.get("response").get("status").int_or(0) >= 400;
    const Verdict verdict = compare_requests(api_, exchange.get("request").get("body"), *body);
    if (!refused && !verdict.empty()) return "our request: " + verdict;
    turns_.push_back({std::move(recorded), std::move(request->messages), {}});
    return check_response(exchange.get("response"), *codec);
  }

  Verdict check_response(const json::Value& response, const Codec& codec) {
    const Body body(response);
    const int status = static_cast<int>(response.get("status").int_or(0));
    if (status >= 400) {
      const Failure failure = codec.error_of(status, {}, body.bytes());
      const json::Value document = json::parse(body.bytes()).value_or(json::Value());
      const std::string_view message =
          document.get("message").string_or(document.get("error").get("message").string_or(""));
      const bool says = failure.error.message.contains(os::utf8_prefix(message, 200));
      return says && !failure.retryable ? "" : "the error reads: " + failure.error.to_string();
    }
    const Answer answer =
        body.streamed() ? body.decode(codec, {body.bytes().size()}) : body.decode_document(codec);
    if (answer.error) return answer.error->to_string();
    if (!answer.assembled.complete()) return "the answer has no end";
    if (Verdict verdict = compare_facts(body.facts(api_), facts_of(answer.assembled)); !verdict.empty())
      return verdict;
    turns_.back().answer = answer.assembled.message();
    return body.streamed() ? check_splits_and_cuts(codec, body, answer) : "";
  }

  // Puts our own reading of the earlier answers in the place of the recorded ones.
  void continue_from_our_answers(std::vector<Message>& messages) const {
    const auto same = [](const Message& a, const Message& b) { return to_json(a) == to_json(b); };
    for (auto turn = turns_.rbegin(); turn != turns_.rend(); ++turn) {
      const size_t before = turn->recorded.size();
      if (messages.size() <= before || messages[before].role != Role::kAssistant) continue;
      if (!std::equal(turn->recorded.begin(), turn->recorded.end(), messages.begin(), same)) continue;
      std::ranges::copy(turn->sent, messages.begin());
      if (was_edited(messages[before], turn->answer)) return;
      tie_results(messages, before, turn->answer);
      messages[before] = turn->answer;
      return;
    }
  }

  // Some recordings go on from an answer that the client wrote anew.
  static bool was_edited(const Message& recorded, const Message& answer) {
    const std::string there = text_of(recorded);
    const std::string here = text_of(answer);
    return !there.empty() && !here.empty() &&
           plain_punctuation(json::Value(there)) != plain_punctuation(json::Value(here));
  }

  // Where the service gives calls no ids, every client makes its own: results follow our call of that place.
  static void tie_results(std::vector<Message>& messages, size_t at, const Message& answer) {
    const auto ids = [](const Message& message) {
      std::vector<std::string> out;
      for (const Block& block : message.content) {
        const auto* use = std::get_if<ToolUse>(&block);
        if (use != nullptr && use->origin.empty()) out.push_back(use->id);
      }
      return out;
    };
    const std::vector<std::string> theirs = ids(messages[at]), ours = ids(answer);
    for (size_t i = at + 1; theirs.size() == ours.size() && i < messages.size(); ++i) {
      for (Block& block : messages[i].content) {
        auto* result = std::get_if<ToolResult>(&block);
        const auto place = result != nullptr ? std::ranges::find(theirs, result->tool_use_id) : theirs.end();
        if (place != theirs.end()) result->tool_use_id = ours[static_cast<size_t>(place - theirs.begin())];
      }
    }
  }

  const CassetteApi& api_;
  const json::Value& cassette_;
  std::vector<Turn> turns_;
  size_t checked_ = 0;
  std::optional<std::string> reason_;
};

struct Tally {
  size_t passed = 0, total = 0, in_part = 0, outside = 0;
};

void print(const std::string& what, const Tally& tally) {
  std::printf("%s: %zu of %zu passed (%zu in part), %zu out of scope\n", what.c_str(), tally.passed,
              tally.total, tally.in_part, tally.outside);
}

Tally run_folder(const CassetteApi& api) {
  Tally tally;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder() / api.folder))
    files.push_back(entry.path());
  std::ranges::sort(files);
  for (const std::filesystem::path& file : files) {
    const auto text = os::read_file(file.string());
    const auto cassette = text ? json::parse(*text) : std::unexpected(text.error());
    if (!cassette) {
      ADD_FAILURE() << file.string() << ": " << cassette.error().to_string();
      continue;
    }
    const std::string id(cassette->get("id").string_or(""));
    Run run(api, *cassette);
    const Verdict verdict = run.verdict();
    if (const auto reason = run.out_of_scope()) {
      ++tally.outside;
      std::printf("  out of scope: %s: %s\n", id.c_str(), reason->c_str());
      continue;
    }
    if (const auto reason = run.left_out()) {
      ++tally.in_part;
      std::printf("  in part: %s: %s\n", id.c_str(), reason->c_str());
    }
    ++tally.total;
    if (verdict.empty()) ++tally.passed;
    EXPECT_TRUE(verdict.empty()) << id << ": " << verdict;
  }
  print("providers/" + std::string(api.folder), tally);
  return tally;
}

TEST(ProviderCassettes, EveryRecordedConversationGoesThroughOurCodec) {
  if (!std::filesystem::exists(folder() / "index.json")) {
    GTEST_SKIP() << "providers: skipped, " << folder().string() << " is not there";
  }
  Tally sum;
  for (const CassetteApi& api : {anthropic_cassettes(), bedrock_cassettes(), openai_chat_cassettes(),
                                 openai_responses_cassettes(), gemini_cassettes()}) {
    const Tally tally = run_folder(api);
    sum.passed += tally.passed;
    sum.total += tally.total;
    sum.in_part += tally.in_part;
    sum.outside += tally.outside;
  }
  print("providers", sum);
  EXPECT_GT(sum.total, 0u);
}

}  // namespace
}  // namespace soma::model
