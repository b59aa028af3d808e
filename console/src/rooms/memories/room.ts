// The one piece of code that the router fetches for this room.
export { MemoryPage } from "./memory-page";
export { MemoriesPage } from "./page";
