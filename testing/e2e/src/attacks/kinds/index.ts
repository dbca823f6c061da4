import type { Attack } from "../Attack.ts";
import { executions } from "./executions.ts";
import { peers } from "./peers.ts";
import { requests } from "./requests.ts";

const none: Attack = { title: "no attack", prepare: async () => () => new Promise<never>(() => {}) };

export const ATTACKS: Readonly<Record<string, Attack>> = { none, ...executions, ...requests, ...peers };
