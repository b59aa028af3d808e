// TestState on a service whose only tasks are functions that give their input back. Test code.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/journal/journal_test_kit.h"
#include "base/os/scratch_directory.h"
#include "services/workflow/api/operations.h"

namespace soma::workflow::state_tester {

class EchoConnector final : public Connector {
 public:
  bool serves(const engine::Resource& resource) const override {
    return resource.kind == engine::Resource::Kind::kLambda;
  }
  bool repeatable(const engine::ScheduleTask&) const override { return true; }
  net::Task<ConnectorResult> run(ConnectorCall call, std::function<void(engine::Payload)>,
                                 net::Cancellation) override {
    if (call.task.resource.arn.ends_with(":broken"))
      co_return ConnectorResult{std::unexpected(ConnectorFailure{"Broken", "it broke"})};
    co_return ConnectorResult{call.task.parameters};
  }
};

class StateTesterTest : public testing::Test {
 protected:
  StateTesterTest() {
    connectors_.add(std::make_unique<EchoConnector>());
    loops_.start();
    auto opened = Service::open({.clock = disk_.clock(),
                                 .ids = *ids_,
                                 .loops = loops_,
                                 .journal = disk_.journal(),
                                 .connectors = connectors_,
                                 .objects = objects_});
    if (!opened) throw std::runtime_error(opened.error().to_string());
    service_ = std::move(*opened);
    service_->start();
    disk_.journal().start();
  }
  ~StateTesterTest() override {
    service_->stop();
    loops_.stop();
  }

  // `more`: further parameters, as JSON.
  Answered<json::Value> ask(std::string_view definition, std::string_view more = "{}") {
    json::Value parameters = *json::parse(more);
    parameters.set("definition", definition);
    if (!parameters.has("inspectionLevel")) parameters.set("inspectionLevel", "DEBUG");
    return net::run(api::call(*service_, "TestState", std::move(parameters)));
  }
  // The answer; an error fails the test.
  json::Value test(std::string_view definition, std::string_view more = "{}") {
    auto answer = ask(definition, more);
    EXPECT_TRUE(answer) << answer.error().name << ": " << answer.error().message;
    return answer.value_or(json::Object());
  }
  std::string refusal(std::string_view definition, std::string_view more = "{}") {
    const auto answer = ask(definition, more);
    return answer ? "(answered) " + json::write(*answer) : answer.error().message;
  }

  journal::JournalOnDisk disk_;
  std::unique_ptr<os::IdSource> ids_ = os::make_seeded_ids(1, disk_.clock());
  Connectors connectors_;
  os::ScratchDirectory scratch_;
  ObjectFolder objects_{scratch_ / "objects"};
  net::LoopPool loops_{1};
  std::unique_ptr<Service> service_;
};

}  // namespace soma::workflow::state_tester
