import { rawMethods } from "./raw.ts";
import { traceMethods } from "./trace.ts";

export const debugMethods = [...traceMethods, ...rawMethods];
