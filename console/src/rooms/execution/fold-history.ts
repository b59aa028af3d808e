// An execution's history as visits: each time that a state was entered, with all that happened in it until it was left.
//
// Most events name no state. What they belong to follows from `previousEventId`, which leads back to the state that was entered
// before; events of a Parallel or Map itself follow the last event of one of its states, and belong to the nearest one around that.
// After a redrive the first events follow `ExecutionRedriven`: each then belongs to a visit of its kind that did not get to its end.
import type { HistoryEvent } from "@/parts/api/types";
import { isObject } from "@/parts/workflow/definition";
import type { StateMark, StateStatus } from "@/parts/workflow/state-status";

export interface Visit {
  /** The id of the event that entered the state. */
  readonly id: number;
  readonly name: string;
  /** `Task`, `Choice`, … */
  readonly type: string;
  /** The visit of the Parallel or Map around it. */
  readonly parent?: Visit;
  readonly enteredAt: string;
  readonly exitedAt?: string;
  readonly status: StateStatus;
  readonly retries: number;
  /** Payloads as JSON text. */
  readonly input?: string;
  readonly output?: string;
  /** What it assigned: for each variable its value's JSON text. */
  readonly assigned: Record<string, string>;
  readonly error?: string;
  readonly cause?: string;
  readonly events: readonly HistoryEvent[];
}

export interface History {
  visits: readonly Visit[];
  /** For each event's id the visit that it belongs to. */
  visitOf: ReadonlyMap<number, Visit>;
}

type Draft = { -readonly [Key in keyof Visit]: Visit[Key] } & { parent?: Draft; events: HistoryEvent[]; begins: number; isFailing: boolean };

const kFailure = /(Failed|TimedOut)$/;
const kBegin = /^(Task|LambdaFunction|Activity)Scheduled$|^(Parallel|Map)StateStarted$/;

export function foldHistory(events: readonly HistoryEvent[]): History {
  const fold = new Fold();
  for (const event of events) fold.take(event);
  return { visits: fold.visits, visitOf: fold.visitOf };
}

class Fold {
  readonly visits: Draft[] = [];
  readonly visitOf = new Map<number, Draft>();
  /** The visits that are not over. */
  private readonly open = new Set<Draft>();
  private redrivenBy: number | undefined;
  private readonly taken = new Set<Draft>();

  take(event: HistoryEvent): void {
    if (event.type.startsWith("Execution")) return this.takeOfExecution(event);
    const visit = event.type.endsWith("StateEntered") ? this.enter(event) : this.find(event);
    if (!visit) return;
    visit.events.push(event);
    this.visitOf.set(event.id, visit);
    if (event.type.endsWith("StateExited")) this.exit(visit, event);
    else if (event.type.endsWith("StateAborted")) this.settle(visit, "aborted");
    else if (kBegin.test(event.type)) begin(visit);
    else if (event.type === "MapIterationFailed") this.blame(event);
    else if (kFailure.test(event.type)) this.fail(visit, event);
  }

  private enter(event: HistoryEvent): Draft {
    const before = this.visitOf.get(event.previousEventId);
    // What follows the end of a state is beside it, what follows a Parallel's or Map's own event is inside it.
    const parent = before?.exitedAt === undefined ? before : before.parent;
    const details = detailsOf(event);
    const visit: Draft = {
      id: event.id,
      name: String(details["name"]),
      type: event.type.replace(/StateEntered$/, ""),
      ...(parent ? { parent } : {}),
      enteredAt: event.at,
      status: "running",
      retries: 0,
      ...textOf(details, "input"),
      assigned: {},
      events: [],
      begins: 0,
      isFailing: event.type === "FailStateEntered",
    };
    this.visits.push(visit);
    this.open.add(visit);
    return visit;
  }

  private find(event: HistoryEvent): Draft | undefined {
    if (event.previousEventId === this.redrivenBy) return this.findRedriven(event);
    const before = this.visitOf.get(event.previousEventId);
    const name = event.type.endsWith("StateExited") || event.type.startsWith("MapIteration") ? detailsOf(event)["name"] : undefined;
    const kind = /^(Parallel|Map)/.exec(event.type)?.[1];
    if (name === undefined && kind === undefined) return before;
    let visit = before;
    while (visit && (visit.exitedAt !== undefined || (name === undefined ? visit.type !== kind : visit.name !== name))) visit = visit.parent;
    return visit ?? before;
  }

  private findRedriven(event: HistoryEvent): Draft | undefined {
    const kind = /^(Parallel|Map|Wait|Pass|Choice|Succeed|Fail)/.exec(event.type)?.[1] ?? "Task";
    const visit = this.visits.find((each) => each.type === kind && isUnfinished(each) && !this.taken.has(each));
    if (visit) this.taken.add(visit);
    return visit;
  }

  private exit(visit: Draft, event: HistoryEvent): void {
    const details = detailsOf(event);
    visit.exitedAt = event.at;
    visit.status = visit.isFailing ? "caught" : "succeeded";
    this.open.delete(visit);
    Object.assign(visit, textOf(details, "output"));
    if (isObject(details["assignedVariables"])) visit.assigned = details["assignedVariables"] as Record<string, string>;
    this.settleInside(visit);
  }

  private fail(visit: Draft, event: HistoryEvent): void {
    const details = detailsOf(event);
    visit.isFailing = true;
    Object.assign(visit, textOf(details, "error"), textOf(details, "cause"));
    this.blame(event);
    this.settleInside(visit);
  }

  /** The state after whose event a Parallel, Map or execution failed did so itself, though it may have said nothing. */
  private blame(event: HistoryEvent): void {
    const culprit = this.visitOf.get(event.previousEventId);
    if (culprit && culprit !== this.visitOf.get(event.id)) this.settle(culprit, "failed");
  }

  /** What is still open inside a visit that is over was ended with it. */
  private settleInside(outer: Draft): void {
    if (outer.type !== "Parallel" && outer.type !== "Map") return;
    for (const visit of this.open) if (isInside(visit, outer)) this.settle(visit, "aborted");
  }

  /** Ends a visit that is open: as failed when it was failing. */
  private settle(visit: Draft, status: "failed" | "aborted"): void {
    if (this.open.delete(visit)) visit.status = visit.isFailing ? "failed" : status;
  }

  private reopen(visit: Draft): void {
    this.open.add(visit);
    Object.assign(visit, { status: "running", isFailing: false, begins: Math.max(0, visit.begins - 1) });
  }

  private takeOfExecution(event: HistoryEvent): void {
    if (event.type === "ExecutionRedriven") {
      this.redrivenBy = event.id;
      this.taken.clear();
      this.visits.filter(isUnfinished).forEach((visit) => this.reopen(visit));
    } else if (event.type !== "ExecutionStarted") {
      if (event.type === "ExecutionFailed") this.blame(event);
      for (const visit of this.open) this.settle(visit, "aborted");
    }
  }
}

function begin(visit: Draft): void {
  visit.begins++;
  visit.retries = visit.begins - 1;
  visit.isFailing = false;
  delete visit.error;
  delete visit.cause;
}

/** Whether it did not get to its end, and no visit around it is over: such are taken up by a redrive. */
function isUnfinished(visit: Draft): boolean {
  for (let around: Draft | undefined = visit; around; around = around.parent) if (around.exitedAt !== undefined) return false;
  return true;
}

function isInside(visit: Draft, outer: Draft): boolean {
  for (let around = visit.parent; around; around = around.parent) if (around === outer) return true;
  return false;
}

/** The member that holds an event's details: its name depends on the type. */
export function detailsOf(event: HistoryEvent): Record<string, unknown> {
  for (const [member, value] of Object.entries(event)) if (member.endsWith("EventDetails") && isObject(value)) return value;
  return {};
}

function textOf(details: Record<string, unknown>, member: string): Record<string, string> {
  return typeof details[member] === "string" ? { [member]: details[member] } : {};
}

// What is worth a look comes first: of several visits of one state the graph shows this one.
const kRanks: readonly StateStatus[] = ["running", "failed", "aborted", "caught", "succeeded"];

/** What the graph shows, for each state's name. */
export function marksOf({ visits }: History): Map<string, StateMark> {
  const marks = new Map<string, StateMark>();
  for (const { name, status, retries } of visits) {
    const mark = marks.get(name);
    if (!mark) {
      marks.set(name, { status, visits: 1, retries });
      continue;
    }
    mark.visits++;
    mark.retries += retries;
    if (kRanks.indexOf(status) < kRanks.indexOf(mark.status)) mark.status = status;
  }
  return marks;
}
