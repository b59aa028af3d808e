#include "services/memory/strategies/episodic.h"

namespace soma::memory {
namespace {

class Episodic final : public Strategy {
 public:
  Consolidated consolidate(const Conversation& /*conversation*/, const KnownRecords& /*known*/,
                           json::Value& /*notes*/) const override {
    return {};
  }
};

}  // namespace

const Strategy& episodic_strategy() {
  static const Episodic strategy;
  return strategy;
}

}  // namespace soma::memory
