import type { Attack } from "../Attack.ts";
import { executions } from "./executions.ts";
import { requests } from "./requests.ts";

export const ATTACKS: Readonly<Record<string, Attack>> = { ...executions, ...requests };
