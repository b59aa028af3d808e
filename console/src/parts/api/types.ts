import type { components } from "@/generated/api";

type Schemas = components["schemas"];

export type Harness = Schemas["Harness"];
export type HarnessSummary = Schemas["HarnessSummary"];
export type Session = Schemas["Session"];
export type Status = Schemas["Status"];
export type Message = Schemas["Message"];
export type ContentBlock = Schemas["ContentBlock"];
export type ToolContent = Schemas["ToolContent"];
export type Image = Schemas["Image"];
export type Usage = Schemas["Usage"];
export type WireEvent = Schemas["WireEvent"];
export type ErrorBody = Schemas["Error"];
export type SessionNode = Schemas["SessionNode"];
export type Approval = Schemas["Approval"];
export type AnsweredApproval = Schemas["AnsweredApproval"];
export type ApprovalDecision = Schemas["ApprovalDecision"];
export type ApprovalOutcome = Schemas["ApprovalOutcome"];
export type ToolUse = Schemas["ToolUse"];
export type Models = Schemas["Models"];
export type KnownModel = Models["models"][number];
export type Machine = Schemas["Machine"];
export type MachineVersion = Schemas["MachineVersion"];
export type MachineAlias = Schemas["MachineAlias"];
export type AliasRoute = Schemas["AliasRoutes"][number];
export type Diagnostic = Schemas["Diagnostic"];
export type Execution = Schemas["Execution"];
export type ExecutionStatus = Schemas["ExecutionStatus"];
export type HistoryEvent = Schemas["HistoryEvent"];
export type Memory = Schemas["OwnMemory"];
export type MemoryStrategy = Memory["strategies"][number];
export type MemoryEvent = Schemas["OwnMemoryEvent"];
export type MemoryPayload = Schemas["MemoryPayload"];
export type MemoryRecord = Schemas["OwnMemoryRecord"];
export type FoundRecord = Schemas["MemoryRecord"];
export type FoundTurn = Schemas["FoundTurn"];

/** What the body of a session run's event is, by the event's type. */
export interface JournalBodies {
  "session.created": Schemas["SessionCreated"];
  "invocation.started": Schemas["InvocationStarted"];
  "model.intent": Schemas["ModelIntent"];
  stream: WireEvent[];
  "model.result": Schemas["ModelResult"];
  "tool.intent": Schemas["ToolIntent"];
  "tool.result": Schemas["ToolOutcome"];
  "approval.requested": Schemas["ApprovalRequested"];
  "approval.answered": Schemas["ApprovalAnswered"];
  "invocation.waiting": Schemas["InvocationWaiting"];
  "hook.started": Schemas["HookStarted"];
  "hook.finished": Schemas["HookFinished"];
  "context.compacting": Schemas["ContextCompacting"];
  "context.compacted": Schemas["ContextCompacted"];
  "subagent.started": Schemas["SubagentStarted"];
  "subagent.asks": Schemas["ApprovalRequested"];
  "subagent.heard": Schemas["ApprovalAnswered"];
  "tools.listed": Schemas["ToolsListed"];
  "tools.unavailable": Schemas["ToolsUnavailable"];
  "output.rejected": Schemas["OutputRejected"];
  "output.accepted": Schemas["OutputAccepted"];
  "invocation.resumed": Schemas["InvocationResumed"];
  "invocation.finished": Schemas["InvocationFinished"];
  "memory.recalled": Schemas["MemoryRecalled"];
  "memory.kept": Schemas["MemoryKept"];
  "memory.failed": Schemas["MemoryFailed"];
  "session.ended": Schemas["SessionEnded"];
  "session.reopened": Schemas["SessionReopened"];
  "exec.started": Schemas["ExecStarted"];
  "exec.finished": Schemas["ExecFinished"];
  "shell.started": Schemas["ShellStarted"];
  "shell.attached": Schemas["ShellAttached"];
  "shell.detached": Schemas["ShellDetached"];
  "shell.finished": Schemas["ShellFinished"];
}

interface Entry<Type, Body> {
  seq: number;
  at: string;
  type: Type;
  body: Body;
}

/** An event as journaled. A type that a newer server added is not in this union: every switch needs a default. */
export type JournalEvent = { [Type in keyof JournalBodies]: Entry<Type, JournalBodies[Type]> }[keyof JournalBodies];
