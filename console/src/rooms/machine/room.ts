// What the router draws of this room, as one piece of code to fetch.
export { DefinitionTab } from "./definition-tab";
export { EditorTab } from "./editor-tab";
export { ExecutionsTab } from "./executions-tab";
export { MachinePage } from "./page";
export { VersionsTab } from "./versions-tab";
