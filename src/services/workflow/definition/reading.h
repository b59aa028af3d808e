// One definition while it is read: what its parts share. Private to definition/.
//
// read_flow() and read_state() call each other down the nesting of Parallel and Map. Each reads one JSON
// object: it checks the object against its table of fields (shape.h), compiles what is in it (expressions.h),
// and goes on after an error, so that one call tells everything that is wrong.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "services/workflow/definition/expressions.h"
#include "services/workflow/definition/shape.h"
#include "services/workflow/definition/variables.h"

namespace soma::workflow {

// A place where a state names another.
struct Transition {
  std::string target;
  Place place;
};
using Transitions = std::vector<Transition>;

// What leads where in one flow.
struct Graph {
  struct Node {
    std::string name;
    bool can_end = false;
    Transitions transitions{};
  };
  Place place;
  std::string start_at;
  std::vector<Node> nodes{};
};

struct Reading {
  Report& report;
  query::Language language;  // of the machine
  Scopes scopes{};
  std::vector<Graph> graphs{};  // of each flow, outer ones first
  size_t states = 0;
  std::set<std::string, std::less<>> names{}, labels{};
};

// Where a flow stands.
struct Surrounding {
  MachineType type = MachineType::kStandard;  // that its states run as
  size_t scope = Scopes::kNone;               // of variables
  std::string owner = {};                     // the pointer of the Parallel or Map
  size_t depth = 0;                           // Parallel and Map around it
};

Flow read_flow(const json::Value& value, const Shape& shape, const Place& place, const Surrounding& around,
               Reading& reading);
// `around.scope` is the scope of the flow that the state belongs to.
State read_state(const json::Value& value, std::string_view name, const Place& place,
                 const Surrounding& around, Reading& reading, Transitions& transitions);

// The parts of a state. `fields` reads the state's object.
MapDetails read_map(const FieldReader& fields, const Surrounding& around, Reading& reading);
ChoiceDetails read_choice(const FieldReader& fields, const Surrounding& around, Reading& reading,
                          Transitions& transitions);
std::vector<Retrier> read_retry(const FieldReader& fields);
std::vector<Catcher> read_catch(const FieldReader& fields, const Surrounding& around, Reading& reading,
                                Transitions& transitions);
// The Resource of a Task: an ARN that this service knows and that this type of machine may call.
void check_resource(const FieldReader& fields, MachineType type);

// Whether every target exists, every state can be reached and the flow can end.
void check_graph(const Graph& graph, Report& report);

}  // namespace soma::workflow
