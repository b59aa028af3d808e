import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { AppShell } from "@/parts/shell/app-shell";
import { NotFound, RoomFault } from "@/parts/shell/faults";
import { HarnessesPage } from "@/rooms/harnesses/page";

const importChat = () => import("@/rooms/chat/page");
const importApprovals = () => import("@/rooms/approvals/page");
const importSession = () => import("@/rooms/session/page");

/** Fetches the rooms' code ahead, so that going from room to room needs no server. */
export function preloadRooms(): void {
  for (const room of [importChat, importSession, importApprovals]) room().catch(() => {});
}

/** The model that was chosen for the next turns, which goes along from the chat to the journal and back. */
function modelIn(search: Record<string, unknown>): { model?: string } {
  return typeof search["model"] === "string" ? { model: search["model"] } : {};
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

export const router = createRouter({
  routeTree: root.addChildren([harnesses, chat.addChildren([newChat, session]), journal, approvals]),
  defaultPreload: "intent",
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
