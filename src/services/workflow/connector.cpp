#include "services/workflow/connector.h"

#include <algorithm>

#include "services/workflow/names.h"

namespace soma::workflow {

void Connectors::add(std::unique_ptr<Connector> connector) {
  all_.push_back(std::move(connector));
}

void Connectors::set_mocks(std::unique_ptr<Mocks> mocks) {
  mocks_ = std::move(mocks);
}

Connector* Connectors::find(const engine::Resource& resource) const {
  const auto found =
      std::ranges::find_if(all_, [&](const auto& connector) { return connector->serves(resource); });
  return found == all_.end() ? nullptr : found->get();
}

std::optional<ConnectorResult> Connectors::mocked(const MockQuestion& question) const {
  if (mocks_ == nullptr || question.test_case.empty()) return std::nullopt;
  // The children of a distributed map are mocked as the machine's own states.
  return mocks_->find(
      {base_machine_name(question.machine), question.test_case, question.state, question.retry_count});
}

bool Connectors::knows_test_case(std::string_view machine, std::string_view test_case) const {
  return mocks_ != nullptr && mocks_->knows(base_machine_name(machine), test_case);
}

}  // namespace soma::workflow
