#include "services/memory/strategies/semantic.h"

namespace soma::memory {
namespace {

class Semantic final : public Strategy {
 public:
  Consolidated consolidate(const Conversation& /*conversation*/, const KnownRecords& /*known*/,
                           json::Value& /*notes*/) const override {
    return {};
  }
};

}  // namespace

const Strategy& semantic_strategy() {
  static const Semantic strategy;
  return strategy;
}

}  // namespace soma::memory
