export { type Actor, type ContractCase, contractCases } from "./contractCases.ts";
export { createMemoryApiKeyStore } from "./createMemoryApiKeyStore.ts";
export { createMemoryAuditStore } from "./createMemoryAuditStore.ts";
export { createMemoryDedupeStore } from "./createMemoryDedupeStore.ts";
export { createMemoryWebhookStore } from "./createMemoryWebhookStore.ts";
