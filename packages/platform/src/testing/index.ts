export { createMemoryDedupeStore } from "../notify/createMemoryDedupeStore.ts";
export { type Actor, type ContractCase, contractCases } from "./contractCases.ts";
export { createExampleCosts } from "./createExampleCosts.ts";
export { createExampleSessions } from "./createExampleSessions.ts";
export { createMemoryApiKeyStore } from "./createMemoryApiKeyStore.ts";
export { createMemoryAuditStore } from "./createMemoryAuditStore.ts";
export { createMemorySessionStore } from "./createMemorySessionStore.ts";
export { createMemoryWebhookStore } from "./createMemoryWebhookStore.ts";
