#include "services/harness/memory/remembering.h"

#include <gmock/gmock.h>

#include "services/harness/harness_test_kit.h"

namespace soma::harness {
namespace {

using os::Code;
using os::Result;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class RememberingTest : public HarnessTest {
 protected:
  static MemoryUse own_memory(std::vector<memory::StrategyType> strategies = {
                                  memory::StrategyType::kSemantic, memory::StrategyType::kUserPreference}) {
    return {.managed = true, .strategies = std::move(strategies)};
  }
  std::unique_ptr<Life> life() {
    return std::make_unique<Life>(directory_, *clock_, model::PriceTable::builtin(), nullptr, true);
  }
  DefinitionPtr make(Life& life, Config config, MemoryUse use) {
    config.memory = std::move(use);
    const Result<DefinitionPtr> made = life.wait(life.service().create(std::move(config)));
    EXPECT_TRUE(made) << made.error().to_string();
    return *made;
  }
  std::vector<journal::Event> ask(Life& life, InvokeRequest request) {
    const Result<Invocation> invocation = life.wait(life.service().invoke(std::move(request)));
    EXPECT_TRUE(invocation) << invocation.error().to_string();
    return life.finish(*invocation);
  }
  static memory::Memory memory_of(Life& life, const Definition& definition) {
    const auto found = life.memories().managed_by(definition.arn());
    EXPECT_TRUE(found);
    return *found;
  }
  static std::vector<memory::Event> kept(Life& life, const memory::Memory& memory, std::string_view actor,
                                         int session = 1) {
    auto page = life.memories().events(memory.id, actor, session_name(session), {}, 100, "");
    EXPECT_TRUE(page) << page.error().to_string();
    return page->items;
  }

  std::unique_ptr<os::Clock> clock_ = os::make_system_clock();
};

TEST_F(RememberingTest, WhatWasSaidInOneSessionIsRecalledInTheNext) {
  const auto first = life();
  const DefinitionPtr definition =
      make(*first, config(script({text_turn("I see."), text_turn("In Oslo.")})), own_memory());
  const auto before = ask(*first, request("I live in Oslo. I prefer trains to planes."));
  EXPECT_EQ(body(before, event::kMemoryRecalled).get("text").string_or("?"), "");
  const memory::Memory memory = memory_of(*first, *definition);
  ASSERT_THAT(kept(*first, memory, kDefaultActor), SizeIs(1));
  EXPECT_THAT(kept(*first, memory, kDefaultActor).front().payload, SizeIs(2));
  ASSERT_TRUE(first->wait(first->memories().settle(memory.id)));

  const auto after = ask(*first, request("Where do I live?", 2));
  const json::Value recalled = body(after, event::kMemoryRecalled);
  EXPECT_THAT(std::string(recalled.get("text").string_or("")), HasSubstr("Oslo"));
  // Preferences hold whatever is asked: they are told without a word in common.
  EXPECT_THAT(std::string(recalled.get("text").string_or("")), HasSubstr("trains"));
  EXPECT_FALSE(recalled.get("records").empty());
}

TEST_F(RememberingTest, ToolCallsAreKeptWithTheirEnd) {
  const auto alive = life();
  Config wanted =
      config(script({tool_turn({{"t1", "nothing_of_this_name", json::object({{"place", "study"}})}}),
                     text_turn("It is not there.")}));
  const DefinitionPtr definition = make(*alive, std::move(wanted), own_memory({}));
  ask(*alive, request("Search the study."));
  const auto events = kept(*alive, memory_of(*alive, *definition), kDefaultActor);
  ASSERT_THAT(events, SizeIs(1));
  ASSERT_THAT(events.front().payload, SizeIs(3));
  EXPECT_EQ(events.front().payload[1].role, memory::Role::kTool);
  EXPECT_THAT(events.front().payload[1].text, HasSubstr(R"("place":"study")"));
  EXPECT_THAT(events.front().payload[1].text, HasSubstr(R"("status":"error")"));
}

// Wherever a crash cuts the run, the conversation is kept exactly once.
TEST_F(RememberingTest, WhateverACrashLeavesIsKeptOnce) {
  std::vector<journal::Event> events;
  Definition definition;
  {
    const auto whole = life();
    definition = *make(*whole, config(script({text_turn("Yes.")})), own_memory({}));
    events = ask(*whole, request("Remember this."));
  }
  ASSERT_EQ(count(events, event::kMemoryKept), 1U);
  for (size_t length = 2; length < events.size(); ++length) {
    const bool was_kept =
        std::ranges::any_of(events.begin(), events.begin() + static_cast<std::ptrdiff_t>(length),
                            [](const journal::Event& event) { return event.type == event::kMemoryKept; });
    const auto again = life_on_prefix(events, length, definition, *clock_, true);
    const std::string run = "session/" + definition.id + "/" + session_name(1);
    again->finish(
        {.id = std::string(body(events, event::kInvocationStarted).get("invocationId").string_or("")),
         .run = run,
         .session_id = session_name(1),
         .first_seq = 2});
    const auto own = again->memories().managed_by(definition.arn());
    const size_t kept_now = own ? kept(*again, *own, kDefaultActor).size() : 0;
    EXPECT_EQ(kept_now + (was_kept ? 1 : 0), 1U) << "after " << length << " events";
  }
}

TEST_F(RememberingTest, AMemoryThatHasGoneFailsNothing) {
  const auto alive = life();
  const auto named = alive->wait(alive->memories().create({.name = "shared"}));
  ASSERT_TRUE(named);
  make(*alive, config(script({text_turn("Yes.")})), {.memory = named->arn()});
  ASSERT_TRUE(alive->wait(alive->memories().remove(named->id)));
  const auto events = ask(*alive, request("Hello"));
  EXPECT_EQ(count(events, event::kMemoryFailed), 2U);
  EXPECT_EQ(body(events, event::kInvocationFinished).get("stopReason").string_or(""), "end_turn");
}

TEST_F(RememberingTest, AMemoryThatIsNamedMustBeThere) {
  const auto alive = life();
  Config wanted = config(script({}));
  wanted.memory = MemoryUse{.memory = "nothing-0123456789"};
  const Result<DefinitionPtr> made = alive->wait(alive->service().create(std::move(wanted)));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Code::kNotFound);
}

TEST_F(RememberingTest, NamespacesAreLookedUpAsConfigured) {
  const auto alive = life();
  const auto memory = alive->wait(alive->memories().create({.name = "shared"}));
  ASSERT_TRUE(memory);
  std::vector<memory::NewRecord> records;
  for (const char* place : {"/cases/sloane/facts/", "/cases/watson/facts/"})
    records.push_back({.request_id = "r",
                       .name_space = place,
                       .text = std::string("The safe of ") + place,
                       .at = clock_->now()});
  ASSERT_TRUE(alive->wait(alive->memories().create_records(memory->id, records, "")));
  make(*alive, config(script({text_turn("Yes.")})),
       {.memory = memory->id,
        .actor_id = "sloane",
        .retrievals = {{.name_space = "/cases/{actorId}/facts/", .relevance = 0}}});
  const auto events = ask(*alive, request("Where is the safe?"));
  const std::string text(body(events, event::kMemoryRecalled).get("text").string_or(""));
  EXPECT_THAT(text, HasSubstr("/cases/sloane/facts/"));
  EXPECT_THAT(text, testing::Not(HasSubstr("watson")));
}

TEST_F(RememberingTest, AHarnesssOwnMemoryGoesWithIt) {
  const auto alive = life();
  const DefinitionPtr definition = make(*alive, config(script({})), own_memory());
  EXPECT_FALSE(alive->service().managed_memory(*definition).empty());
  ASSERT_TRUE(alive->wait(alive->service().remove("agent")));
  EXPECT_FALSE(alive->memories().managed_by(definition->arn()));

  const DefinitionPtr second = make(*alive, config(script({})), own_memory());
  ASSERT_TRUE(alive->wait(alive->service().remove("agent", true)));
  EXPECT_TRUE(alive->memories().managed_by(second->arn()));
}

TEST(ActorOf, IsWhoSignedInAndNobodyElse) {
  const auto signed_in = [](std::string subject, std::string actor, bool is_operator = false) {
    InvokeRequest request;
    request.actor_id = std::move(actor);
    request.caller = {auth::Identity{"https://issuer.example", std::move(subject)}, is_operator};
    return request;
  };
  Config config;
  config.memory = MemoryUse{.memory = "m", .actor_id = "configured"};
  EXPECT_EQ(*actor_of(signed_in("ada", ""), config), "ada");
  EXPECT_EQ(*actor_of(signed_in("ada", "ada"), config), "ada");
  EXPECT_EQ(actor_of(signed_in("ada", "bob"), config).error().code, Code::kPermissionDenied);
  EXPECT_EQ(*actor_of(signed_in("ada", "bob", true), config), "bob");
  EXPECT_THAT(*actor_of(signed_in("ada@example.com", ""), config), testing::StartsWith("user-"));
  EXPECT_THAT(*actor_of(signed_in("ada/below", ""), config), testing::StartsWith("user-"));
  EXPECT_EQ(*actor_of(InvokeRequest{}, config), "configured");
  config.memory->actor_id.clear();
  EXPECT_EQ(*actor_of(InvokeRequest{}, config), kDefaultActor);
}

TEST(MemoryConfig, IsReadAndWrittenTheSame) {
  for (const char* text :
       {R"({"managedMemoryConfiguration":{"strategies":["SEMANTIC","EPISODIC"],"eventExpiryDuration":7}})",
        R"({"agentCoreMemoryConfiguration":{"arn":"m-0123456789","actorId":"sloane","messagesCount":4,)"
        R"("retrievalConfig":{"/a/{actorId}/":{"topK":5,"relevanceScore":0.5,"strategyId":"s"}}}})"}) {
    const auto use = memory_use_from_json(*json::parse(text), "/memory", "", "");
    ASSERT_TRUE(use && *use);
    EXPECT_EQ(json::write(to_json(**use)), text);
  }
  const auto none = memory_use_from_json(*json::parse(R"({"disabled":{}})"), "/memory", "", "");
  ASSERT_TRUE(none);
  EXPECT_FALSE(*none);
}

TEST(MemoryConfig, WhatItMayNotBeIsRefusedWithItsPlace) {
  const char* cases[][2] = {{R"({"managedMemoryConfiguration":{"strategies":["FACTS"]}})",
                             "/memory/managedMemoryConfiguration/strategies/0"},
                            {R"({"agentCoreMemoryConfiguration":{}})", "arn"},
                            {R"({"agentCoreMemoryConfiguration":{"arn":"m","actorId":"a b"}})", "actorId"},
                            {R"({"managedMemoryConfiguration":{},"disabled":{}})", "/memory"},
                            {R"({"memoryId":"m"})", "memoryId"}};
  for (const auto& [memory, words] : cases) {
    const std::string text =
        R"({"harnessName":"a","model":{"provider":"reflex"},"memory":)" + std::string(memory) + "}";
    const auto read = config_from_json(*json::parse(text), text, "harness.json");
    ASSERT_FALSE(read) << memory;
    EXPECT_THAT(read.error().to_string(), HasSubstr(words));
  }
}

}  // namespace
}  // namespace soma::harness
