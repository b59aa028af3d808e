#include "services/workflow/connector.h"

#include <algorithm>

namespace soma::workflow {

void Connectors::add(std::unique_ptr<Connector> connector) {
  all_.push_back(std::move(connector));
}

void Connectors::set_mocks(std::unique_ptr<Mocks> mocks) {
  mocks_ = std::move(mocks);
}

void Connectors::set_map_runner(std::unique_ptr<MapRunner> runner) {
  map_runner_ = std::move(runner);
}

Connector* Connectors::find(const engine::Resource& resource) const {
  const auto found =
      std::ranges::find_if(all_, [&](const auto& connector) { return connector->serves(resource); });
  return found == all_.end() ? nullptr : found->get();
}

std::optional<ConnectorResult> Connectors::mocked(const MockQuestion& question) const {
  if (mocks_ == nullptr || question.test_case.empty()) return std::nullopt;
  return mocks_->find(question);
}

bool Connectors::knows_test_case(std::string_view machine, std::string_view test_case) const {
  return mocks_ != nullptr && mocks_->knows(machine, test_case);
}

MapRunner* Connectors::map_runner() const {
  return map_runner_.get();
}

}  // namespace soma::workflow
