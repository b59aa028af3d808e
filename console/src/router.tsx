import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import type { ExecutionStatus } from "@/parts/api/types";
import { AppShell } from "@/parts/shell/app-shell";
import { NotFound, RoomFault } from "@/parts/shell/faults";
import { importGraph } from "@/parts/workflow/graph/workflow-graph";
import { kExecutionStatuses } from "@/parts/workflow/state-status";
import { HarnessesPage } from "@/rooms/harnesses/page";

const importChat = () => import("@/rooms/chat/page");
const importApprovals = () => import("@/rooms/approvals/page");
const importSession = () => import("@/rooms/session/page");
const importMemories = () => import("@/rooms/memories/room");
const importWorkflows = () => import("@/rooms/workflows/page");
const importMachine = () => import("@/rooms/machine/room");
const importExecution = () => import("@/rooms/execution/page");

const kAhead = [importChat, importSession, importApprovals, importMemories, importWorkflows, importMachine, importExecution, importGraph];

/** Fetches the rooms' code ahead, so that going from room to room needs no server. */
export function preloadRooms(): void {
  for (const room of kAhead) room().catch(() => {});
}

/** The model that was chosen for the next turns, which goes along from the chat to the journal and back. */
function modelIn(search: Record<string, unknown>): { model?: string } {
  return typeof search["model"] === "string" ? { model: search["model"] } : {};
}

/** A text of the address, when there is one. */
function textIn<Key extends string>(search: Record<string, unknown>, key: Key): { [Name in Key]?: string } {
  // The router reads a number where there are only digits: a version, or a name.
  const value = search[key];
  const isText = typeof value === "string" || typeof value === "number";
  return (isText ? { [key]: String(value) } : {}) as { [Name in Key]?: string };
}

function statusIn({ status }: Record<string, unknown>): { status?: ExecutionStatus } {
  const known = kExecutionStatuses.find((each) => each === status);
  return known === undefined ? {} : { status: known };
}

const root = createRootRoute({ component: AppShell, notFoundComponent: NotFound, errorComponent: RoomFault });

const harnesses = createRoute({ getParentRoute: () => root, path: "/", component: HarnessesPage });

// A new chat and a session share one mounted page, so that the first message does not lose the prompt's focus.
const chat = createRoute({
  getParentRoute: () => root,
  id: "chat",
  component: lazyRouteComponent(importChat, "ChatPage"),
});
const newChat = createRoute({ getParentRoute: () => chat, path: "/agents/$harness", validateSearch: modelIn });
const session = createRoute({
  getParentRoute: () => chat,
  path: "/agents/$harness/sessions/$sessionId",
  validateSearch: modelIn,
});

const journal = createRoute({
  getParentRoute: () => root,
  path: "/agents/$harness/sessions/$sessionId/journal",
  component: lazyRouteComponent(importSession, "SessionPage"),
  validateSearch: (search: Record<string, unknown>): { types?: string; model?: string } => ({
    ...modelIn(search),
    ...(typeof search["types"] === "string" ? { types: search["types"] } : {}),
  }),
});

const approvals = createRoute({
  getParentRoute: () => root,
  path: "/approvals",
  component: lazyRouteComponent(importApprovals, "ApprovalsPage"),
});

const memories = createRoute({
  getParentRoute: () => root,
  path: "/memory",
  component: lazyRouteComponent(importMemories, "MemoriesPage"),
});

const memory = createRoute({
  getParentRoute: () => root,
  path: "/memory/$memory",
  component: lazyRouteComponent(importMemories, "MemoryPage"),
  validateSearch: (search: Record<string, unknown>) => ({
    ...textIn(search, "actor"),
    ...textIn(search, "session"),
    ...textIn(search, "strategy"),
    ...textIn(search, "event"),
  }),
});

const workflows = createRoute({
  getParentRoute: () => root,
  path: "/workflows",
  component: lazyRouteComponent(importWorkflows, "WorkflowsPage"),
});

const machine = createRoute({
  getParentRoute: () => root,
  id: "machine",
  component: lazyRouteComponent(importMachine, "MachinePage"),
});

const definition = createRoute({
  getParentRoute: () => machine,
  path: "/workflows/$machine",
  component: lazyRouteComponent(importMachine, "DefinitionTab"),
});

const executions = createRoute({
  getParentRoute: () => machine,
  path: "/workflows/$machine/executions",
  component: lazyRouteComponent(importMachine, "ExecutionsTab"),
  validateSearch: (search: Record<string, unknown>) => ({ ...statusIn(search), ...textIn(search, "target"), ...textIn(search, "name") }),
});

const versions = createRoute({
  getParentRoute: () => machine,
  path: "/workflows/$machine/versions",
  component: lazyRouteComponent(importMachine, "VersionsTab"),
});

const editor = createRoute({
  getParentRoute: () => machine,
  path: "/workflows/$machine/edit",
  component: lazyRouteComponent(importMachine, "EditorTab"),
});

const execution = createRoute({
  getParentRoute: () => root,
  path: "/workflows/$machine/executions/$execution",
  component: lazyRouteComponent(importExecution, "ExecutionPage"),
  validateSearch: (search: Record<string, unknown>) => textIn(search, "state"),
});

const machineTabs = [definition, executions, versions, editor];

export const router = createRouter({
  routeTree: root.addChildren([harnesses, chat.addChildren([newChat, session]), journal, approvals, memories, memory, workflows, machine.addChildren(machineTabs), execution]),
  defaultPreload: "intent",
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
