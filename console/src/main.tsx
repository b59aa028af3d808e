import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ApiError } from "@/parts/api/client";
import { applyStoredTheme } from "@/parts/shell/theme";
import "./app.css";
import { preloadRooms, router } from "./router";

const kLongestRetryMs = 4_000;
const kPreloadAfterMs = 1_000;

// Only what may pass by itself is asked again, and it is asked for as long as somebody looks.
const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 2_000,
      retry: (_, error) => error instanceof ApiError && error.isPassing,
      retryDelay: (attempt) => Math.min(250 * 2 ** attempt, kLongestRetryMs),
      networkMode: "always",
    },
    mutations: { networkMode: "always" },
  },
});

applyStoredTheme();
const container = document.getElementById("root");
if (!container) throw new Error("index.html has no #root");
createRoot(container).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
setTimeout(preloadRooms, kPreloadAfterMs);
