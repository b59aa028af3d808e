// What a state machine promises to whoever starts it: the shapes of its input and output, how it fails, how
// long it may take, whether starting it twice is safe, and who answers for it.
//
// A contract belongs to a revision of a machine. The input is checked when an execution is started, the
// output when it succeeds. Whether one contract may take another's place is compatibility.h's question.
//
//   {"contractVersion": "1.0", "owner": "payments",
//    "input": {…JSON Schema…}, "output": {…}, "businessFailure": {…},
//    "errors": ["Payment.ProviderUnavailable"], "timeoutSeconds": 60,
//    "idempotency": {"idempotent": true, "key": "/request/orderId"},
//    "openEnums": ["/output/properties/status"]}
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "base/json/schema.h"
#include "base/os/os.h"

namespace soma::workflow::contract {

inline constexpr size_t kMaxContractBytes = 256u << 10;
inline constexpr size_t kMaxDeclaredErrors = 100;

// Errors of the executions that break a contract.
inline constexpr std::string_view kInputInvalid = "Contract.InputInvalid";
inline constexpr std::string_view kOutputInvalid = "Contract.OutputInvalid";

struct Idempotency {
  bool idempotent = false;
  std::string key{};  // RFC 6901 pointer into the input: equal keys are the same request
};

// A JSON Schema as written, and ready to be used.
struct Shape {
  json::Value text;
  json::Schema schema;
};

struct Contract {
  std::string version, owner, support;
  std::optional<Shape> input{}, output{};
  // What an execution may also answer with when the business says no: a success for the engine.
  std::optional<Shape> business_failure{};
  std::vector<std::string> errors{};  // names that an execution may fail with, besides States.*
  std::optional<int64_t> timeout_seconds{};
  Idempotency idempotency{};
  // Pointers into the contract: enums to which values may be added without breaking anybody.
  std::vector<std::string> open_enums{};

  // Nothing, or what is wrong with the value, for people: "/request/amount: must be number, is string".
  std::optional<std::string> input_fault(const json::Value& input) const;
  // An output fits when it is of the output's shape or of the business failure's.
  std::optional<std::string> output_fault(const json::Value& output) const;
};

// Errors: kInvalidArgument with the pointer of what is wrong, with line and column where `text` (what was
// parsed) is given.
os::Result<Contract> read_contract(const json::Value& value, std::string_view text = "",
                                   std::string_view source = "");
// What read_contract reads back the same.
json::Value to_json(const Contract& contract);

}  // namespace soma::workflow::contract
