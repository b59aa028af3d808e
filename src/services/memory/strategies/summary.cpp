#include "services/memory/strategies/summary.h"

namespace soma::memory {
namespace {

class Summary final : public Strategy {
 public:
  Consolidated consolidate(const Conversation& /*conversation*/, const KnownRecords& /*known*/,
                           json::Value& /*notes*/) const override {
    return {};
  }
};

}  // namespace

const Strategy& summary_strategy() {
  static const Summary strategy;
  return strategy;
}

}  // namespace soma::memory
