export { eventsErrors } from "./errors.ts";
export { type EventDraft, type Events, openEvents, type StoredEvent } from "./openEvents.ts";
