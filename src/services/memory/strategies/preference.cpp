#include "services/memory/strategies/preference.h"

namespace soma::memory {
namespace {

class Preference final : public Strategy {
 public:
  Consolidated consolidate(const Conversation& /*conversation*/, const KnownRecords& /*known*/,
                           json::Value& /*notes*/) const override {
    return {};
  }
};

}  // namespace

const Strategy& preference_strategy() {
  static const Preference strategy;
  return strategy;
}

}  // namespace soma::memory
