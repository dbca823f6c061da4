import { setTimeout as pause } from "node:timers/promises";

const THINK_MS = 10;

/** Between two requests of a client. A loop without it takes the cores from the processes under test. */
export const think = (): Promise<void> => pause(THINK_MS);
