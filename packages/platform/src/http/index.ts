export type { ApiPorts, UsageCounter } from "./ApiPorts.ts";
export { type ApiDefinition, type ApiOptions, addApi, admit } from "./addApi.ts";
export {
  addEventSocket,
  type EventSocketOptions,
  type EventSocketPorts,
  type EventStream,
  type StreamedEvent,
} from "./addEventSocket.ts";
export { addLogin, type LoginOptions, type LoginPorts } from "./addLogin.ts";
export { addPasswordLogin } from "./addPasswordLogin.ts";
export {
  addSessions,
  type LoginOffers,
  type SessionAnswer,
  type SessionOptions,
  type SessionPorts,
} from "./addSessions.ts";
export type { Correlation } from "./correlation.ts";
export {
  type Authenticator,
  type AuthenticatorPorts,
  createAuthenticator,
  type RequestFacts,
  requireSameSite,
} from "./createAuthenticator.ts";
export {
  createHealth,
  type Health,
  type HealthCheck,
  type HealthReport,
  type Warning,
} from "./createHealth.ts";
export { correlationOf, createServer, type DoorGuard, type ServerPorts } from "./createServer.ts";
export { httpErrors } from "./errors.ts";
export { createMemoryIdempotencyStore } from "./idempotency/createMemoryIdempotencyStore.ts";
export type {
  Beginning,
  IdempotencyStore,
  IdempotentRequest,
  StoredAnswer,
} from "./idempotency/IdempotencyStore.ts";
export { openIdempotencyStore } from "./idempotency/openIdempotencyStore.ts";
export {
  openServicePort,
  requireFreePort,
  type ServiceHttpPorts,
  type ServicePort,
  type ServicePortOptions,
} from "./openServicePort.ts";
export { createOpenSession, type OpenSession } from "./openSession.ts";
export { type ListCall, type Page, pageOf, pageQuery, readPage } from "./pagination.ts";
export { requireVersion, versionTag } from "./precondition.ts";
export { type Issue, PROBLEM_MEDIA_TYPE, type Problem, problemOf, withIssues } from "./problem.ts";
export {
  type AnswerShape,
  type Call,
  type CallOf,
  type DocumentShape,
  defineRoute,
  type Method,
  type NothingShape,
  type Route,
  type RouteShape,
  type UploadShape,
} from "./route.ts";
export { isSecure, SESSION_COOKIE, sessionCookieName } from "./sessionCookie.ts";
export * from "./signatures/index.ts";
export { type Statuses, statusOf } from "./statuses.ts";
export { removeLeftUploads, type Upload } from "./systemUpload.ts";
